import { availableParallelism } from 'node:os';
import type { CompiledProgram, Engine } from '../tensor';
import type { Arrays } from './classes/types';
import { judgeProgram, type StepShape, trainProgram } from './train-step';

/** More threads than this wait for each other more than they compute, with networks of this size. */
const MAX_THREADS = 8;
let threadLimit = MAX_THREADS;
export const trainThreads = (): number => Math.min(threadLimit, availableParallelism());

/** For a process that shares the machine with others of its kind: as many threads as its share. */
export function limitThreads(threads: number): void {
  threadLimit = Math.max(1, Math.min(MAX_THREADS, Math.floor(threads)));
}

export type State = Record<string, Float32Array>;

export interface TrainPrograms {
  /** `unroll` optimisation steps; nll [members] over their batches. */
  step(feeds: State): Promise<{ state: State; nll: Float32Array }>;
  /** Loss of every member on the hold-out [members]; undefined without one. */
  judge: ((state: State) => Promise<Float32Array>) | undefined;
  dispose(): Promise<void>;
}

/** The optimisation steps and the judgement on the hold-out, compiled. */
export async function compilePrograms(
  engine: Engine,
  setup: {
    weights: Arrays;
    shape: StepShape;
    /** One batch that all members see. */
    holdOut: { rows: number; feeds: State } | undefined;
    /** As many as suit the machine when left out. */
    threads?: number;
  },
): Promise<TrainPrograms> {
  const { weights, shape, holdOut, threads = trainThreads() } = setup;
  const training = trainProgram(weights, shape);
  const step = await engine.compile(training.program, training.specs, { name: 'training step', threads });
  const judgement = holdOut && (await compileJudgement(engine, weights, shape, holdOut, threads));
  return {
    async step(feeds) {
      const { nll, ...state } = (await step.run(feeds)) as State & { nll: Float32Array };
      return { state, nll };
    },
    judge: judgement?.judge,
    async dispose() {
      await step.dispose();
      await judgement?.program.dispose();
    },
  };
}

async function compileJudgement(
  engine: Engine,
  weights: Arrays,
  shape: StepShape,
  { rows, feeds }: { rows: number; feeds: State },
  threads: number,
): Promise<{ program: CompiledProgram; judge: NonNullable<TrainPrograms['judge']> }> {
  const judging = judgeProgram(weights, shape, rows);
  const program = await engine.compile(judging.program, judging.specs, { name: 'hold-out loss', threads });
  return {
    program,
    judge: async (state) => (await program.run({ ...state, ...feeds })).nll as Float32Array,
  };
}
