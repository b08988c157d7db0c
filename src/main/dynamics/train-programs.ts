import { availableParallelism } from 'node:os';
import type { TrainOptions } from '../../shared/model';
import type { CompiledProgram, Engine } from '../tensor';
import type { NetworkLayout } from './network';
import { lossProgram, trainProgram } from './train-step';
import type { NamedArray } from './types';

/** More threads than this wait for each other more than they compute, with networks of this size. */
const MAX_THREADS = 8;
export const trainThreads = (): number => Math.min(MAX_THREADS, availableParallelism());

export interface Rows {
  /** [rows, inputs] normalised */
  inputs: Float32Array;
  /** [rows, observations] normalised */
  targets: Float32Array;
  rows: number;
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
    weights: Map<string, NamedArray>;
    layout: NetworkLayout;
    batch: number;
    unroll: number;
    holdOut: Rows | undefined;
    /** As many as suit the machine when left out. */
    threads?: number;
    options: Pick<TrainOptions, 'members' | 'weightDecay'>;
  },
): Promise<TrainPrograms> {
  const { weights, layout, batch, unroll, holdOut, options } = setup;
  const threads = setup.threads ?? trainThreads();
  const { members, weightDecay } = options;
  const training = trainProgram(weights, { layout, members, batch, unroll, weightDecay });
  const step = await engine.compile(training.program, training.specs, { name: 'training step', threads });
  const loss = holdOut && (await compileLoss(engine, weights, layout, holdOut, threads));
  return {
    async step(feeds) {
      const { nll, ...state } = (await step.run(feeds)) as State & { nll: Float32Array };
      return { state, nll };
    },
    judge: loss?.judge,
    async dispose() {
      await step.dispose();
      await loss?.program.dispose();
    },
  };
}

async function compileLoss(
  engine: Engine,
  weights: Map<string, NamedArray>,
  layout: NetworkLayout,
  { rows, inputs, targets }: Rows,
  threads: number,
): Promise<{ program: CompiledProgram; judge: NonNullable<TrainPrograms['judge']> }> {
  const judging = lossProgram(weights, layout, rows);
  const program = await engine.compile(judging.program, judging.specs, { name: 'hold-out loss', threads });
  return {
    program,
    judge: async (state) => (await program.run({ ...state, inputs, targets })).nll as Float32Array,
  };
}
