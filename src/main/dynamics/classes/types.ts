import type * as tf from '@tensorflow/tfjs-core';
import type { ClassName, LossName, OptionsOf } from '../../../shared/model-options';
import type { Random } from '../../../shared/random';
import type { Engine } from '../../tensor';
import type { Rows } from '../data/training-data';
import type { FoldableNetwork } from '../folded';
import type { ModelLayout } from '../layout';
import type { Tensors } from '../mlp';
import type { Gaussian, Predictor } from '../predictor';
import type { DynamicsModel, NamedArray } from '../types';

export type Arrays = Map<string, NamedArray>;

/** What every model class gives, whatever it is fitted by. A class is one file and one entry in index.ts. */
interface Common<Name extends ClassName> {
  readonly name: Name;
  /** Losses that it can be trained with; "one-step" always. */
  readonly losses: readonly LossName[];
  /** Networks (or whatever the first axis of the arrays counts) that lie side by side in the model's file. */
  members(options: OptionsOf<Name>): number;
  /** Of them, how many predict: the best by hold-out loss. */
  elites(options: OptionsOf<Name>): number;
  /**
   * Shapes that a model file of this class must hold.
   * @param found shapes in the file, for sizes that only the file knows (the data of a Gaussian process)
   */
  shapes(
    layout: ModelLayout,
    options: OptionsOf<Name>,
    found: ReadonlyMap<string, readonly number[]>,
  ): Map<string, number[]>;
  /**
   * Arrays that prediction needs besides the normaliser's, in the order of the members that predict; their first axis is
   * the `members` axis of every prediction.
   */
  predictionArrays(model: DynamicsModel, members: readonly number[]): Record<string, NamedArray>;
  /**
   * Is the distribution known by `sample` alone, and what `predict` gives only its mean and variance? Then a verdict on it
   * comes from samples.
   */
  readonly sampled?: boolean;
  /** Does `predict` say how uncertain its mean is (Prediction.ignorance)? A member then stands for many functions. */
  readonly knowsIgnorance?: boolean;
  /** Standard-normal numbers a row that the predictor's `sample` needs. */
  noiseWidth(layout: ModelLayout, options: OptionsOf<Name>): number;
  /** Where `predict` is one perceptron over the normalised inputs: which, so that plans can fold the normaliser in. */
  foldable?(options: OptionsOf<Name>): FoldableNetwork;
  /** @param tensors the arrays of `predictionArrays` and of the normaliser */
  predictor(layout: ModelLayout, options: OptionsOf<Name>, tensors: Tensors): Predictor;
}

/** One batch inside a traced training step. Everything is in normalised units. */
export interface BatchContext<Name extends ClassName = ClassName> {
  layout: ModelLayout;
  options: OptionsOf<Name>;
  /** The weights, by name. */
  tensors: Tensors;
  /** [members, batch, inputs] */
  inputs: tf.Tensor3D;
  /** [members, batch, targets] */
  targets: tf.Tensor3D;
  /** By the names of `noise`. */
  noise: Tensors;
  /** Transitions that are learned from in all: a posterior weighs its prior by them. */
  rows: number;
}

/** A loss of a batch, [members] each: members do not touch each other. */
export interface BatchLoss {
  /** What is minimised. */
  objective: tf.Tensor1D;
  /** What is reported and decides when to stop: negative log-likelihood, nats a channel, or what stands for it. */
  nll: tf.Tensor1D;
}

/** Random numbers that a class needs for every optimisation step, drawn outside of the graph. */
export interface NoiseSpec {
  name: string;
  /** The shape for one step, [members, …]. */
  shape: number[];
  kind: 'normal' | 'uniform';
}

/** A class whose weights are found by Adam on mini-batches. */
export interface GradientClass<Name extends ClassName = ClassName> extends Common<Name> {
  readonly kind: 'gradient';
  /** Does every member learn from a bootstrap sample of its own? */
  bootstrap(options: OptionsOf<Name>): boolean;
  initialWeights(layout: ModelLayout, options: OptionsOf<Name>, random: Random): Arrays;
  noise(layout: ModelLayout, options: OptionsOf<Name>, batch: number): NoiseSpec[];
  /** The class's own loss of single transitions. */
  loss(context: BatchContext<Name>): BatchLoss;
  /** The same judged on the hold-out, without noise where that is possible. [members] */
  judge(context: Omit<BatchContext<Name>, 'noise'>): tf.Tensor1D;
  /**
   * The predicted distribution of the normalised targets. Losses that unroll predictions through the model need it;
   * a class without one says so by leaving "k-step" out of `losses`.
   */
  distribution?(
    context: Pick<BatchContext<Name>, 'layout' | 'options' | 'tensors' | 'inputs' | 'noise'>,
  ): Gaussian;
  /**
   * The loss of a distribution that was predicted already, so that an unrolled prediction is computed once: `loss` is this
   * on `distribution`. A class that leaves it out is asked for its `loss` beside its `distribution`.
   */
  likelihood?(context: Omit<BatchContext<Name>, 'inputs'>, predicted: Gaussian): BatchLoss;
}

/** What a class that is fitted in its own way gets. */
export interface FitContext<Name extends ClassName> {
  layout: ModelLayout;
  options: OptionsOf<Name>;
  /** Normalised. */
  train: Rows;
  holdOut: Rows | undefined;
  engine: Engine;
  threads: number;
  random: Random;
  /** Says how far it is; throws `cancelled` when the training was. Call between engine calls, at least every 200 ms. */
  progress(step: number, steps: number, trainLoss: number, detail?: string): Promise<void>;
}
export interface Fitted {
  weights: Arrays;
  /** [members] on the hold-out where there is one, else on the data learned from. */
  losses: number[];
  curve: { epoch: number; train: number; holdOut: number | null }[];
  epochs: number;
  notes: string[];
}

/** A class that is fitted in its own way. */
export interface DirectClass<Name extends ClassName = ClassName> extends Common<Name> {
  readonly kind: 'direct';
  fit(context: FitContext<Name>): Promise<Fitted>;
}

export type ModelClass<Name extends ClassName = ClassName> = GradientClass<Name> | DirectClass<Name>;
