import { Worker } from 'node:worker_threads';
import { ForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import { entryPoint } from '../../processes/entry';
import { Simulator, type SimulatorFutures, type SimulatorJob } from './simulator';
import type { StateMap } from './simulator-state';
import type { FromSimulatorWorker, ToSimulatorWorker } from './simulator-worker';

/** Where sequences are simulated: in this thread or in another. */
export interface SimulatorThread {
  evaluate(job: SimulatorJob): Promise<SimulatorFutures>;
  close(): Promise<void>;
}

export async function simulateHere(rig: Rig, map: StateMap): Promise<SimulatorThread> {
  const simulator = await Simulator.open(rig, map);
  return {
    evaluate: async (job) => simulator.evaluate(job),
    close: async () => simulator.dispose(),
  };
}

/** A simulator in a worker thread of its own; resolves when it is ready. */
export async function simulateElsewhere(rig: Rig, map: StateMap, name: string): Promise<SimulatorThread> {
  const { path, execArgv } = entryPoint('simulator-worker');
  const worker = new Worker(path, { execArgv, name });
  const waiting: { resolve(message: FromSimulatorWorker): void; reject(error: Error): void }[] = [];
  let ended: ForesightError | undefined;
  const end = (error: ForesightError) => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  worker.on('message', (message: FromSimulatorWorker) => {
    const next = waiting.shift();
    if (message.type === 'failed') next?.reject(ForesightError.fromShape(message.error));
    else next?.resolve(message);
  });
  worker.on('error', (cause) => end(endedError(cause.message, cause)));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      end(endedError('it was closed.'));
      resolve();
    });
  });
  /** Answers come in the order of the questions. */
  const ask = (message: ToSimulatorWorker) =>
    new Promise<FromSimulatorWorker>((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.push({ resolve, reject });
      worker.postMessage(message);
    });
  const close = async () => {
    if (!ended) worker.postMessage({ type: 'close' } satisfies ToSimulatorWorker);
    await exited;
  };
  try {
    await ask({ type: 'open', rig, map });
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    async evaluate(job) {
      const answer = await ask({ type: 'run', job });
      if (answer.type !== 'futures') throw new Error(`a simulator answered "${answer.type}" to a job`);
      return answer.futures;
    },
    close,
  };
}

function endedError(why: string, cause?: Error): ForesightError {
  return new ForesightError(
    'unavailable',
    `A thread that simulates futures has ended: ${why}`,
    'Start the run again.',
    cause && { cause },
  );
}
