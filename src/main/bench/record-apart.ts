import { ForesightError } from '../../shared/errors';
import { heardOf } from '../processes/heard';
import type { Host } from '../processes/port';
import { type FromBenchProcess, HEARD_OF_BENCH, type ToBenchProcess } from './bench-messages';

/** Makes the recording in a process of its own, whose memory is none of the caller's. */
export async function recordApart(host: Host, folder: string, rows: number): Promise<void> {
  const child = await host.spawn('bench-process', { label: 'The process that makes a recording' });
  try {
    await new Promise<void>((resolve, reject) => {
      child.onMessage((received) => {
        const message = heardOf<FromBenchProcess>(
          HEARD_OF_BENCH,
          received,
          'a process that makes a recording',
        );
        if (message?.type === 'recorded') resolve();
        if (message?.type === 'failed') reject(ForesightError.fromShape(message.error));
      });
      child.onClose((reason) => reject(new ForesightError('internal', reason, 'Run the benchmark again.')));
      child.post({ type: 'record', folder, rows } satisfies ToBenchProcess);
    });
  } finally {
    child.kill();
  }
}
