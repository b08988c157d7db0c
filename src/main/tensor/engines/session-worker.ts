import { parentPort } from 'node:worker_threads';
import { workInTurn } from '../../processes/work-in-turn';
import type { CompiledProgram } from '../types';
import { openPortable } from './native';
import type { FromSessionWorker, ToSessionWorker } from './remote-session';

/** A thread with one compiled graph: `run` blocks whoever calls it, so two graphs need two threads. */
function start(port: NonNullable<typeof parentPort>): void {
  let session: CompiledProgram | undefined;
  const post = (message: FromSessionWorker, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);

  const handle = async (message: ToSessionWorker): Promise<void> => {
    switch (message.type) {
      case 'open': {
        session = await openPortable(message.program, message.options);
        post({ type: 'opened', inputs: session.inputs, outputs: session.outputs });
        return;
      }
      case 'run': {
        if (!session) throw new Error('asked to run before it was opened');
        post({ type: 'result', id: message.id, result: await session.run(message.feeds) });
        return;
      }
      case 'close':
        await session?.dispose();
        port.close();
    }
  };

  workInTurn<ToSessionWorker>(port, { open: true, run: true, close: true }, handle, (message, error) =>
    post({ type: 'failed', id: message.type === 'run' ? message.id : null, error }),
  );
}

if (parentPort === null) throw new Error('session-worker runs as a worker thread');
start(parentPort);
