import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { ForesightError } from '../../../shared/errors';
import type { TrainProgress } from '../../../shared/model';

const PROGRESS_PERIOD_MS = 125;

type Change = Partial<TrainProgress> & Pick<TrainProgress, 'phase'>;

export interface Reporter {
  /**
   * Passes progress on, at once when the phase changes and else not too often, and lets messages in (a cancel, say)
   * between two engine calls, which block the thread. @throws cancelled
   */
  (change: Change): Promise<void>;
  /** Reports again and again while something is done elsewhere. @throws cancelled, and what the work throws */
  while<T>(change: Change, work: Promise<T>): Promise<T>;
  /** Since the training began, interruptions left out. */
  seconds(): number;
}

/**
 * @param options.before seconds that an interrupted training had taken
 * @param options.prefix what the training as a whole is at, ahead of every detail: "round 2"
 */
export function progressReporter(options: {
  epochs: number;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  before: number;
  prefix(): string;
}): Reporter {
  const started = performance.now();
  const seconds = () => options.before + (performance.now() - started) / 1000;
  let reported = Number.NEGATIVE_INFINITY;
  let progress: TrainProgress = {
    ...{ phase: 'loading', epoch: 0, epochs: options.epochs, transitions: 0, secondsElapsed: 0 },
    ...{ trainLoss: null, holdOutLoss: null, detail: '' },
  };
  const report = async (change: Change) => {
    const due = change.phase !== progress.phase || performance.now() - reported >= PROGRESS_PERIOD_MS;
    const detail = [options.prefix(), change.detail ?? ''].filter((part) => part !== '').join(', ');
    progress = { ...progress, ...change, detail, secondsElapsed: seconds() };
    if (due) {
      reported = performance.now();
      options.onProgress?.(progress);
    }
    await setImmediate();
    if (!options.signal?.aborted) return;
    throw new ForesightError(
      'cancelled',
      'The training was cancelled.',
      'Start it again when you want the model.',
    );
  };
  const during = async <T>(change: Change, work: Promise<T>): Promise<T> => {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    await report(change);
    while (!ended) {
      await Promise.race([work, setTimeout(PROGRESS_PERIOD_MS, undefined, { ref: false })]);
      await report(change);
    }
    return work;
  };
  return Object.assign(report, { while: during, seconds });
}
