import { parentPort } from 'node:worker_threads';
import { workInTurn } from '../../processes/work-in-turn';
import { openEngine } from '../../tensor';
import type { TrainingData } from '../data/training-data';
import { openStage, type StageRunner, UNIT_MS } from './member-run';
import { buffersOf, type FromTrainThread, type ToTrainThread } from './train-thread';

/** A thread that trains members of an ensemble: ONNX Runtime's `run` blocks whoever calls it. */
function start(port: NonNullable<typeof parentPort>): void {
  let data: TrainingData | undefined;
  let runner: StageRunner | undefined;
  const post = (message: FromTrainThread, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);

  const handle = async (message: ToTrainThread): Promise<void> => {
    if (message.type === 'close') {
      await runner?.close();
      port.close();
      return;
    }
    if (message.type === 'open') {
      data = message.data ?? data;
      if (data === undefined) throw new Error('asked to train before it was given data');
      const engine = await openEngine(message.setup.options.engine);
      await runner?.close();
      runner = await openStage(engine, { ...message.setup, data });
      post({ type: 'opened' });
      return;
    }
    if (runner === undefined) throw new Error('asked to train before a stage was opened');
    const { state, passes } = await runner.run(message.state, message.until, UNIT_MS);
    post({ type: 'ran', state, passes }, buffersOf(state));
  };

  workInTurn<ToTrainThread>(port, { open: true, run: true, close: true }, handle, (_message, error) =>
    post({ type: 'failed', error }),
  );
}

if (parentPort === null) throw new Error('train-worker runs as a worker thread');
start(parentPort);
