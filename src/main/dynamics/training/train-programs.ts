import type { TrainOptions } from '../../../shared/model-options';
import type { Engine } from '../../tensor';
import type { Arrays } from '../classes/types';
import type { TrainingData } from '../data/training-data';
import { noWindowError } from '../data/windows';
import { lossMethod } from '../losses';
import type { Stage } from '../losses/types';
import { heldOutBatch } from './batches';
import { judgeProgram, type StepShape, trainProgram } from './train-step';

export type State = Record<string, Float32Array>;

/** Optimisation steps in one engine call: more saves little and makes compiling slower. */
export const UNROLL = 8;

/** How a pass over the data is cut into engine calls. */
export interface Pace {
  /** Rows that a batch may begin with. */
  rows: number;
  batch: number;
  unroll: number;
  callsPerEpoch: number;
}

/**
 * The pace of a stage. Steps that a loss unrolls through the model count like steps of the optimiser: both make the graph
 * longer. An engine that calls kernel by kernel gains nothing by unrolling; its passes have as many steps all the same.
 * @throws bad-data when no row can begin a batch
 */
export function paceOf(
  data: TrainingData,
  options: TrainOptions,
  stage: Stage,
  eager: boolean,
  starts = lossMethod(options.loss.name).starts(data, stage, 'train'),
): Pace {
  const rows = starts.length;
  if (rows === 0) throw noWindowError(data, stage.steps);
  const batch = Math.min(options.batchSize, rows);
  const unroll = Math.max(1, Math.floor(UNROLL / stage.steps));
  const callsPerEpoch = Math.max(1, Math.round(rows / batch / unroll));
  return eager
    ? { rows, batch, unroll: 1, callsPerEpoch: callsPerEpoch * unroll }
    : { rows, batch, unroll, callsPerEpoch };
}

export function stepShape(
  data: TrainingData,
  options: TrainOptions,
  stage: Stage,
  { rows, batch, unroll }: Pace,
): StepShape {
  return {
    ...{ layout: data.layout, class: options.class, loss: options.loss, stage },
    ...{ normaliser: data.normaliser, rows, batch, unroll, weightDecay: options.weightDecay },
  };
}

export interface TrainPrograms {
  /** `unroll` optimisation steps; nll [members] over their batches. The arrays that come back are new ones. */
  step(feeds: State): Promise<{ state: State; nll: Float32Array }>;
  /** Loss of every member on the hold-out [members]; undefined without one. */
  judge: ((state: State) => Promise<Float32Array>) | undefined;
  dispose(): Promise<void>;
}

/** The optimisation steps and the judgement on the hold-out, compiled for as many members as there are in `weights`. */
export async function compilePrograms(
  engine: Engine,
  {
    weights,
    shape,
    data,
    threads,
  }: { weights: Arrays; shape: StepShape; data: TrainingData; threads: number },
): Promise<TrainPrograms> {
  const training = trainProgram(weights, shape);
  const step = await engine.compile(training.program, training.specs, { name: 'training step', threads });
  const holdOut = heldOutBatch(data, { method: lossMethod(shape.loss.name), stage: shape.stage });
  const judging = holdOut && judgeProgram(weights, shape, holdOut.rows);
  const judge =
    judging && (await engine.compile(judging.program, judging.specs, { name: 'hold-out loss', threads }));
  return {
    async step(feeds) {
      const { nll, ...state } = (await step.run(feeds)) as State & { nll: Float32Array };
      return { state, nll };
    },
    judge: judge && (async (state) => (await judge.run({ ...state, ...holdOut?.feeds })).nll as Float32Array),
    async dispose() {
      await step.dispose();
      await judge?.dispose();
    },
  };
}
