import { asForesightError } from '../../shared/errors';
import { childPort } from '../child-port';
import { limitThreads } from '../dynamics/threads';
import { standBack } from '../jobs/stand-back';
import type { FromStudyProcess, ToStudyProcess } from './messages';
import { runUnit } from './unit';

/** A process that trains and judges one variant of a study after the other, and ends when whoever started it is gone. */
const { port } = await childPort();
const post = (message: FromStudyProcess) => port.post(message);
// Ctrl-C on a terminal reaches every process of the group; whoever started this one decides.
process.on('SIGINT', () => undefined);
port.onClose(() => process.exit(0));
let stoodBack = false;
port.onMessage((message) => void work(message as ToStudyProcess));

async function work({ order, threads, nice }: ToStudyProcess): Promise<void> {
  // Threads inherit it from this one, so it comes before the engine starts any.
  if (nice > 0 && !stoodBack) standBack(nice);
  stoodBack = true;
  limitThreads(threads);
  try {
    const unit = await runUnit(order, { onProgress: (progress) => post({ type: 'progress', progress }) });
    post({ type: 'done', unit });
  } catch (thrown) {
    post({ type: 'failed', error: asForesightError(thrown).toShape() });
  }
}
