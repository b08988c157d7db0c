import { parentPort } from 'node:worker_threads';
import { asForesightError, type ErrorShape } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
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
  let work: Promise<void> = Promise.resolve();
  port.on('message', (message: ToSimulatorWorker) => {
    work = work
      .then(async () => {
        const reply = await answer(message);
        if (reply) port.postMessage(reply);
      })
      .catch((thrown: unknown) => {
        const error = asForesightError(thrown).toShape();
        port.postMessage({ type: 'failed', error } satisfies FromSimulatorWorker);
      });
  });
}

if (parentPort === null) throw new Error('simulator-worker runs as a worker thread');
start(parentPort);
