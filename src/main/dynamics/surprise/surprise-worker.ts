import { parentPort } from 'node:worker_threads';
import { workInTurn } from '../../processes/work-in-turn';
import { limitThreads } from '../threads';
import { SurpriseMeter } from './surprise-meter';
import type { FromSurpriseWorker, ToSurpriseWorker } from './surprise-thread';

/** The thread that compares a model with what happens: ONNX Runtime's `run` blocks whoever calls it. */
function start(port: NonNullable<typeof parentPort>): void {
  // It has little to do, and planning needs the other cores.
  limitThreads(1);
  let meter: SurpriseMeter | undefined;
  const post = (message: FromSurpriseWorker) => port.postMessage(message);

  const handle = async (message: ToSurpriseWorker): Promise<void> => {
    switch (message.type) {
      case 'open': {
        const next = await SurpriseMeter.open(message.modelFile);
        await meter?.close();
        meter = next;
        post({ type: 'done', id: message.id, surprises: [] });
        return;
      }
      case 'measure':
        if (!meter) throw new Error('asked for a comparison before a model was opened');
        post({ type: 'done', id: message.id, surprises: await meter.measure(message.steps) });
        return;
      case 'close':
        await meter?.close();
        port.close();
    }
  };

  workInTurn<ToSurpriseWorker>(port, { open: true, measure: true, close: true }, handle, (message, error) =>
    post({ type: 'failed', id: message.type === 'close' ? 0 : message.id, error }),
  );
}

if (parentPort === null) throw new Error('surprise-worker runs as a worker thread');
start(parentPort);
