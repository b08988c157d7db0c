import { Worker } from 'node:worker_threads';
import { type ErrorShape, ForesightError } from '../../../shared/errors';
import { entryPoint } from '../../processes/entry';
import type { PortableProgram } from '../types';
import { Rendezvous } from './lane-rendezvous';
import { openInPlace } from './native';

/** What a program reads and writes in one turn, in the order of its inputs and outputs: views of shared memory. */
export interface LaneTurn {
  inputs: Float32Array[];
  outputs: Float32Array[];
}

/** A program and its turns. */
export interface Lane {
  program: PortableProgram;
  turns: LaneTurn[];
}

export type ToLaneWorker = { lane: Lane; control: SharedArrayBuffer; name: string };
export type FromLaneWorker = { type: 'opened' } | { type: 'failed'; error: ErrorShape };

export interface Lanes {
  /** All turns, in both threads; each begins when both have ended the one before. Blocks its thread. */
  run(): void;
  dispose(): Promise<void>;
}

/**
 * Two programs that compute side by side, turn by turn, one in this thread and one in a thread of its own, on memory that
 * both see: what one writes in a turn the other reads in the next. Nothing is copied and no message is sent in between, so that
 * turns may be of a millisecond.
 * @throws ForesightError engine
 */
export async function openLanes(here: Lane, beside: Lane, name: string): Promise<Lanes> {
  const control = Rendezvous.memory();
  const rendezvous = new Rendezvous(control, 'here');
  const own = await openInPlace(here.program, name);
  const { path, execArgv } = entryPoint('lane-worker');
  const workerData: ToLaneWorker = { lane: beside, control, name };
  const worker = new Worker(path, { execArgv, name, workerData });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      worker.once('message', (message: FromLaneWorker) => {
        if (message.type === 'opened') resolve();
        else reject(ForesightError.fromShape(message.error));
      });
      worker.once('error', (cause) => reject(crashed(name, cause)));
      worker.once('exit', () => reject(crashed(name)));
    });
  } catch (error) {
    await own.dispose();
    await worker.terminate();
    throw error;
  }
  worker.on('error', (error) => console.error(error));
  return {
    run() {
      rendezvous.begin();
      for (const { inputs, outputs } of here.turns) {
        own.run(inputs, outputs);
        if (!rendezvous.meet()) throw crashed(name);
      }
    },
    async dispose() {
      rendezvous.leave();
      await exited;
      await own.dispose();
    },
  };
}

/**
 * The same two programs in this thread alone, one after the other in every turn: the numbers are those of two threads, bit for bit.
 * @throws ForesightError engine
 */
export async function openInTurn(here: Lane, beside: Lane, name: string): Promise<Lanes> {
  const lanes = await Promise.all(
    [here, beside].map(async ({ program, turns }) => ({ program: await openInPlace(program, name), turns })),
  );
  return {
    run() {
      for (const turn of here.turns.keys()) {
        for (const { program, turns } of lanes) {
          const { inputs, outputs } = turns[turn] as LaneTurn;
          program.run(inputs, outputs);
        }
      }
    },
    async dispose() {
      for (const { program } of lanes) await program.dispose();
    },
  };
}

const crashed = (name: string, cause?: Error): ForesightError =>
  new ForesightError(
    'internal',
    `A thread that computes "${name}" ended unexpectedly${cause ? `: ${cause.message}` : '.'}`,
    'Start it again, and send the message to the developers.',
    { cause },
  );
