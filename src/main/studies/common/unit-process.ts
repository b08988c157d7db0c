import { asForesightError } from '../../../shared/errors';
import { limitThreads } from '../../dynamics/threads';
import { standBack } from '../../jobs/stand-back';
import { childPort } from '../../processes/child-port';
import { heardOf } from '../../processes/heard';
import type { FromStudyProcess, ToStudyProcess } from './messages';

/** A process that computes one unit of a study after the other, and ends when whoever started it is gone. */
export async function unitProcess<Order, Unit, Progress>(
  run: (order: Order, threads: number, onProgress: (progress: Progress) => void) => Promise<Unit>,
): Promise<void> {
  const { port } = await childPort();
  const post = (message: FromStudyProcess<Unit, Progress>) => port.post(message);
  // Ctrl-C on a terminal reaches every process of the group; whoever started this one decides.
  process.on('SIGINT', () => undefined);
  port.onClose(() => process.exit(0));
  let stoodBack = false;
  const work = async ({
    order,
    threads,
    nice,
  }: Extract<ToStudyProcess<Order>, { type: 'unit' }>): Promise<void> => {
    try {
      // Threads inherit it from this one, so it comes before the engine starts any.
      if (nice && !stoodBack) standBack(nice);
      stoodBack = true;
      limitThreads(threads);
      const unit = await run(order, threads, (progress) => post({ type: 'progress', progress }));
      post({ type: 'done', unit });
    } catch (thrown) {
      post({ type: 'failed', error: asForesightError(thrown).toShape() });
    }
  };
  port.onMessage((message) => {
    const known = { unit: true, stop: true } as const;
    const received = heardOf<ToStudyProcess<Order>>(known, message, 'whoever runs the study');
    if (received?.type === 'stop') process.exit(0);
    else if (received) void work(received);
  });
}
