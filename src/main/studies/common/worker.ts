import { availableParallelism } from 'node:os';
import { ForesightError } from '../../../shared/errors';
import { heardOf } from '../../processes/heard';
import type { Host, SpawnedProcess } from '../../processes/port';
import type { FromStudyProcess, ToStudyProcess } from './messages';

/** More processes than this want more memory than a laptop has. */
const MAX_PROCESSES = 8;

/**
 * @param units that are left to compute
 * @param wanted processes side by side; one a core when left out
 * @returns processes, and each one's threads
 */
export function sharesOf(units: number, wanted?: number): { workers: number; threads: number } {
  const cores = availableParallelism();
  const workers = Math.min(units, wanted ?? Math.min(MAX_PROCESSES, cores));
  return { workers, threads: Math.max(1, Math.floor(cores / Math.max(1, workers))) };
}

export interface StudyWorkerOptions {
  host: Host;
  /** What runs in the process. */
  entry: 'study-process' | 'control-study-process' | 'policy-study-process';
  threads: number;
  /** Niceness of the process, 1 to 19; left as it is where a rig is driven. */
  nice?: number;
  /** How long a process may take to close what it opened before it is ended, ms; 0 ends it at once. */
  leaveMs: number;
  signal?: AbortSignal;
}

/** A process that computes one unit of a study after the other: started when first needed, and again after it died. */
export class StudyWorker<Order, Unit, Progress> {
  /** Did the newest process end without a word? */
  mute = false;
  private child: SpawnedProcess | undefined;

  constructor(private readonly options: StudyWorkerOptions) {}

  /** @throws cancelled, and whatever stopped the unit */
  async do(order: Order, onProgress: (progress: Progress) => void): Promise<Unit> {
    const { host, entry, threads, nice, signal } = this.options;
    if (signal?.aborted) throw cancelled();
    if (this.child === undefined) {
      this.child = await host.spawn(entry, { label: 'The study process' });
      this.mute = true;
    }
    // An abort while the process started would have had nobody to hear it.
    if (signal?.aborted) throw cancelled();
    const child = this.child;
    const subscriptions: { dispose(): void }[] = [];
    let abort = () => {};
    try {
      return await new Promise<Unit>((resolve, reject) => {
        abort = () => reject(cancelled());
        signal?.addEventListener('abort', abort, { once: true });
        subscriptions.push(
          child.onMessage((received) => {
            this.mute = false;
            const known = { progress: true, done: true, failed: true } as const;
            const message = heardOf<FromStudyProcess<Unit, Progress>>(known, received, 'a study process');
            if (!message) return;
            if (message.type === 'progress') onProgress(message.progress);
            else if (message.type === 'done') resolve(message.unit);
            else reject(ForesightError.fromShape(message.error));
          }),
          child.onClose((reason) => {
            this.child = undefined;
            reject(
              new ForesightError(
                'internal',
                `${reason} Its work is lost.`,
                'Run the study again; what is done is kept.',
              ),
            );
          }),
        );
        child.post({ type: 'unit', order, threads, ...(nice && { nice }) } satisfies ToStudyProcess<Order>);
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      for (const subscription of subscriptions) subscription.dispose();
    }
  }

  /** Resolves when the process is gone, or was told to go at once. */
  async close(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    if (this.options.leaveMs === 0) return child.kill();
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => child.kill(), this.options.leaveMs);
      child.onClose(() => {
        clearTimeout(late);
        resolve();
      });
      child.post({ type: 'stop' } satisfies ToStudyProcess<Order>);
    });
  }
}

/** How long a process may take to bring its rig to hold and to close its workspace, ms. */
const LEAVE_MS = 8000;

/** All orders, so many at a time, each in a process that does one after the other. @throws what `work` throws */
export async function eachOrder<Order, Unit, Progress>(
  orders: readonly Order[],
  {
    processes,
    ...options
  }: Pick<StudyWorkerOptions, 'host' | 'entry' | 'nice'> & {
    signal?: AbortSignal | undefined;
    processes?: number | undefined;
  },
  work: (order: Order, worker: StudyWorker<Order, Unit, Progress>) => Promise<void>,
): Promise<void> {
  const queue = [...orders];
  const { workers, threads } = sharesOf(queue.length, processes);
  const { host, entry, nice, signal } = options;
  const results = await Promise.allSettled(
    Array.from({ length: workers }, async () => {
      const worker = new StudyWorker<Order, Unit, Progress>({
        ...{ host, entry, threads, leaveMs: LEAVE_MS, ...(nice && { nice }), ...(signal && { signal }) },
      });
      try {
        for (let order = queue.shift(); order; order = queue.shift()) await work(order, worker);
      } finally {
        await worker.close();
      }
    }),
  );
  // All of them have left by now.
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected) throw rejected.reason;
}

function cancelled(): ForesightError {
  return new ForesightError(
    'cancelled',
    'The study was stopped.',
    'Run it again to go on: what was finished is kept.',
  );
}
