import type { ControlUnit } from '../../shared/control-study';
import { ForesightError } from '../../shared/errors';
import type { Host, SpawnedProcess } from '../port';
import type { ControlOrder, FromControlProcess, ToControlProcess } from './messages';

/** How long a process may take to bring its rig to hold and to close its workspace, ms. */
const LEAVE_MS = 8000;

/** A process that is started when first needed, and again after it died. */
export class ControlWorker {
  private child: SpawnedProcess | undefined;

  constructor(
    private readonly host: Host,
    private readonly threads: number,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @returns null of a recording. @throws cancelled, and whatever stopped the unit */
  async do(order: ControlOrder, onProgress: (words: string) => void): Promise<ControlUnit | null> {
    if (this.signal?.aborted) throw cancelled();
    this.child ??= await this.host.spawn('control-study-process', { label: 'The study process' });
    // An abort while the process started would have had nobody to hear it.
    if (this.signal?.aborted) throw cancelled();
    const child = this.child;
    const subscriptions: { dispose(): void }[] = [];
    let abort = () => {};
    try {
      return await new Promise<ControlUnit | null>((resolve, reject) => {
        abort = () => reject(cancelled());
        this.signal?.addEventListener('abort', abort, { once: true });
        subscriptions.push(
          child.onMessage((received) => {
            const message = received as FromControlProcess;
            if (message.type === 'progress') onProgress(message.words);
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
        child.post({ type: 'unit', order, threads: this.threads } satisfies ToControlProcess);
      });
    } finally {
      this.signal?.removeEventListener('abort', abort);
      for (const subscription of subscriptions) subscription.dispose();
    }
  }

  /** Lets it hold its rig and close its workspace; ends it when that takes too long. */
  async close(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => child.kill(), LEAVE_MS);
      child.onClose(() => {
        clearTimeout(late);
        resolve();
      });
      child.post({ type: 'stop' } satisfies ToControlProcess);
    });
  }
}

export function cancelled(): ForesightError {
  return new ForesightError(
    'cancelled',
    'The study was stopped.',
    'Run it again to go on: what was finished is kept.',
  );
}
