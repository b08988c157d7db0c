import { asForesightError } from '../../../shared/errors';
import type { TrainProgress } from '../../../shared/model';
import type { StudyUnit } from '../../../shared/model-study';
import { limitThreads } from '../../dynamics/threads';
import { standBack } from '../../jobs/stand-back';
import { childPort } from '../../processes/child-port';
import { heardOf } from '../../processes/heard';
import type { FromStudyProcess, ToStudyProcess } from '../common/messages';
import { runUnit, type UnitOrder } from './unit';

/** A process that trains and judges one variant of a study after the other, and ends when whoever started it is gone. */
const { port } = await childPort();
const post = (message: FromStudyProcess<StudyUnit, TrainProgress>) => port.post(message);
// Ctrl-C on a terminal reaches every process of the group; whoever started this one decides.
process.on('SIGINT', () => undefined);
port.onClose(() => process.exit(0));
let stoodBack = false;
port.onMessage((message) => {
  const known = { unit: true, stop: true } as const;
  const received = heardOf<ToStudyProcess<UnitOrder>>(known, message, 'whoever runs the study');
  if (received?.type === 'stop') process.exit(0);
  else if (received) void work(received);
});

async function work({
  order,
  threads,
  nice,
}: Extract<ToStudyProcess<UnitOrder>, { type: 'unit' }>): Promise<void> {
  try {
    // Threads inherit it from this one, so it comes before the engine starts any.
    if (nice && !stoodBack) standBack(nice);
    stoodBack = true;
    limitThreads(threads);
    const unit = await runUnit(order, { onProgress: (progress) => post({ type: 'progress', progress }) });
    post({ type: 'done', unit });
  } catch (thrown) {
    post({ type: 'failed', error: asForesightError(thrown).toShape() });
  }
}
