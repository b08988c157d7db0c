/**
 * A value stream for any number of listeners, each at its own pace: a listener that is slow gets fewer, larger
 * batches and never holds up the publisher.
 */
export class Broadcast<T> {
  readonly #listeners = new Set<(value: T) => void>();

  publish(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }

  get listening(): number {
    return this.#listeners.size;
  }

  listen(listener: (value: T) => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }
}

/**
 * Reads a broadcast as an async iterator of batches, at least `intervalMs` apart. `merge` folds a value into the
 * batch in hand; `first` is what a new listener starts from.
 */
export async function* batches<T, B>(
  source: Broadcast<T>,
  options: {
    first?: B;
    empty: () => B;
    merge: (batch: B, value: T) => void;
    intervalMs: number;
    signal?: AbortSignal;
  },
): AsyncGenerator<B, void, void> {
  let batch: B | undefined = options.first;
  let wake: (() => void) | undefined;
  const subscription = source.listen((value) => {
    batch ??= options.empty();
    options.merge(batch, value);
    wake?.();
  });
  const onAbort = () => wake?.();
  options.signal?.addEventListener('abort', onAbort);
  try {
    while (!options.signal?.aborted) {
      if (batch === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
        continue;
      }
      const ready = batch;
      batch = undefined;
      yield ready;
      await new Promise((resolve) => setTimeout(resolve, options.intervalMs));
    }
  } finally {
    subscription.dispose();
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** So many values wait for a listener that stands still; of more, the newest. */
const MOST_WAITING = 1000;

/** Every value of a broadcast in order, the given ones first. */
export async function* values<T>(
  source: Broadcast<T>,
  first: T[],
  signal?: AbortSignal,
): AsyncGenerator<T, void, void> {
  const queues = batches<T, T[]>(source, {
    first: first.length > 0 ? [...first] : undefined,
    empty: () => [],
    merge: (batch, value) => {
      batch.push(value);
      if (batch.length > MOST_WAITING) batch.shift();
    },
    intervalMs: 0,
    signal,
  });
  for await (const queue of queues) yield* queue;
}
