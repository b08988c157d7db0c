import { ForesightError } from '../../shared/errors';
import type { Host } from '../processes/port';
import type { ToBareTimer } from './bare-timer';
import type { JitterSummary } from './jitter';

export interface BareTimer {
  /** Distance of its ticks from their schedule since the start, ms; null before the first tick. */
  report(): Promise<JitterSummary | null>;
  stop(): void;
}

/** Starts a bare timer with this period beside whatever else runs; it measures until it is stopped. */
export async function measureBareTimer(host: Host, periodSeconds: number): Promise<BareTimer> {
  const process = await host.spawn('bare-timer', { label: 'Bare timer' });
  process.post({ type: 'start', periodSeconds } satisfies ToBareTimer);
  return {
    report: () =>
      new Promise((resolve, reject) => {
        const answer = process.onMessage((message) => {
          settle();
          resolve(message as JitterSummary | null);
        });
        const gone = process.onClose((reason) => {
          settle();
          reject(new ForesightError('internal', `The reference timer is gone: ${reason}`, 'Measure again.'));
        });
        const settle = () => {
          answer.dispose();
          gone.dispose();
        };
        process.post({ type: 'report' } satisfies ToBareTimer);
      }),
    stop: () => process.close(),
  };
}
