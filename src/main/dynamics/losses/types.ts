import type * as tf from '@tensorflow/tfjs-core';
import type { LossName, LossOptions } from '../../../shared/model-options';
import type { Engine, TensorSpec } from '../../tensor';
import type { BatchLoss, GradientClass } from '../classes/types';
import type { TrainingData } from '../data/training-data';
import type { ModelLayout } from '../layout';
import type { Tensors } from '../mlp';
import type { DynamicsModel } from '../types';

export type LossOptionsOf<Name extends LossName> = Extract<LossOptions, { name: Name }>;

/** One stage of a training: the same program with other sizes. One-step training has one. */
export interface Stage {
  /** Consecutive transitions in one row of a batch. */
  steps: number;
  /** Share of the training's epochs that the stage has; the last stage ends when training does. */
  share: number;
  /** What the stage is about, for the progress shown: "k = 4". */
  title: string;
}

/** One batch of one optimisation step inside a traced program. */
export interface LossContext {
  modelClass: GradientClass;
  layout: ModelLayout;
  options: Parameters<GradientClass['loss']>[0]['options'];
  /** Weights and the normaliser's arrays, by name. */
  tensors: Tensors;
  /** The batch, by the names of `feeds`, [members, batch, …]. */
  batch: Tensors;
  /** Random numbers of the class, by the names of its `noise`. */
  noise: Tensors;
  rows: number;
}

/** What a loss finds after a round of training. */
export interface Refinement {
  /** How wrong the round's model is; the round with the lowest is kept. */
  error: number;
  /** What to train on next; undefined ends the training. */
  data?: TrainingData;
  /** Worth telling about the round, for the notes of its model. */
  notes: string[];
}

/**
 * How data becomes batches and a batch becomes a number. A loss is one file and one entry in index.ts. Everything random
 * comes from the generator that is handed in.
 */
export interface LossMethod<Name extends LossName = LossName> {
  readonly name: Name;
  /** L2 norm that each member's gradient is cut to before an optimisation step; none when left out. */
  readonly clipNorm?: number;
  stages(options: LossOptionsOf<Name>): Stage[];
  /** Inputs of a batch for one member: `name` and the shape of one row. */
  feeds(layout: ModelLayout, stage: Stage): TensorSpec[];
  /**
   * What writes row `start` of the data (an index into `starts`) to the feeds' arrays at row `to`.
   * @returns a function with `jitter` [history · observations] added to the observations of the state that is learned from,
   *   SI units; the observation that followed stays what it was
   */
  filler(
    data: TrainingData,
    stage: Stage,
  ): (start: number, feeds: Record<string, Float32Array>, to: number, jitter?: ArrayLike<number>) => void;
  /** First transitions that a row of a batch may begin with, indices into the data's transitions. */
  starts(data: TrainingData, stage: Stage, which: 'train' | 'holdOut'): Int32Array;
  /** Of one batch, [members] each. */
  loss(options: LossOptionsOf<Name>, stage: Stage, context: LossContext): BatchLoss;
  /**
   * [members] what decides on the hold-out when to stop and which weights are kept; the batch's first axis is 1, all
   * members see the same rows.
   */
  judge(options: LossOptionsOf<Name>, stage: Stage, context: Omit<LossContext, 'noise'>): tf.Tensor1D;
  /**
   * After a training: how good it became, and more data to go on with (corrections of the model's own predictions).
   * @param round 1 after the first training
   */
  refine?(
    options: LossOptionsOf<Name>,
    context: { model: DynamicsModel; data: TrainingData; engine: Engine; round: number },
  ): Promise<Refinement>;
}
