export interface Lease<V> {
  value: V;
  /** Was it there already? */
  cached: boolean;
  /** Gives it back; more than once does nothing. */
  release(): Promise<void>;
}

interface Entry<V> {
  value: Promise<V>;
  users: number;
  keep: boolean;
}

/**
 * Things that are costly to make and can be used by several at once, by a key that says all about them. What nobody uses
 * any more is kept for the next one who asks, up to a number; the longest unused is closed first.
 */
export class SharedCache<V> {
  /** The longest unused first. */
  readonly #entries = new Map<string, Entry<V>>();

  constructor(
    private readonly options: {
      /** Unused ones that are kept at most. */
      unused: number;
      close: (value: V) => Promise<void>;
    },
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  /** @param keep whether it is worth keeping once nobody uses it */
  async take(key: string, make: () => Promise<V>, keep = true): Promise<Lease<V>> {
    const known = this.#entries.get(key);
    const entry = known ?? { value: make(), users: 0, keep };
    entry.users++;
    this.#entries.set(key, entry);
    try {
      const value = await entry.value;
      let held = true;
      return {
        value,
        cached: known !== undefined,
        release: async () => {
          if (!held) return;
          held = false;
          await this.#release(key, entry);
        },
      };
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  async #release(key: string, entry: Entry<V>): Promise<void> {
    entry.users--;
    if (entry.users > 0) return;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const unused = [...this.#entries].filter(([, { users }]) => users === 0);
    const worth = unused.filter(([, { keep }]) => keep);
    const kept = new Set(worth.slice(Math.max(0, worth.length - this.options.unused)).map(([name]) => name));
    for (const [name, one] of unused) {
      if (kept.has(name)) continue;
      this.#entries.delete(name);
      await this.options.close(await one.value);
    }
  }
}
