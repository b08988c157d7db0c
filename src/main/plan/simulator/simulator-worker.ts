import { parentPort } from 'node:worker_threads';
import type { ErrorShape } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import { workInTurn } from '../../processes/work-in-turn';
import { Simulator, type SimulatorFutures, type SimulatorJob } from './simulator';
import type { StateMap } from './simulator-state';

/** Messages to and from a thread that simulates; every one is answered in turn. */
export type ToSimulatorWorker =
  | { type: 'open'; rig: Rig; map: StateMap }
  | { type: 'run'; job: SimulatorJob }
  | { type: 'close' };
export type FromSimulatorWorker =
  | { type: 'opened' }
  | { type: 'futures'; futures: SimulatorFutures }
  | { type: 'failed'; error: ErrorShape };

function start(port: NonNullable<typeof parentPort>): void {
  let simulator: Simulator | undefined;
  const answer = async (message: ToSimulatorWorker): Promise<FromSimulatorWorker | undefined> => {
    switch (message.type) {
      case 'open':
        simulator = await Simulator.open(message.rig, message.map);
        return { type: 'opened' };
      case 'run':
        if (!simulator) throw new Error('asked to simulate before it was opened');
        return { type: 'futures', futures: simulator.evaluate(message.job) };
      case 'close':
        simulator?.dispose();
        port.close();
        return undefined;
    }
  };
  workInTurn<ToSimulatorWorker>(
    port,
    { open: true, run: true, close: true },
    async (message) => {
      const reply = await answer(message);
      if (reply) port.postMessage(reply);
    },
    (_message, error) => port.postMessage({ type: 'failed', error } satisfies FromSimulatorWorker),
  );
}

if (parentPort === null) throw new Error('simulator-worker runs as a worker thread');
start(parentPort);
