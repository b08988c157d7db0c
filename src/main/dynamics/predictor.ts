import * as tf from '@tensorflow/tfjs-core';
import type { TensorSpec } from '../tensor/types';
import { expandInputs, type ModelLayout } from './layout';
import { named, type Tensors } from './mlp';
import type { NamedArray, Normaliser } from './types';

/** What a model says about one control period, SI units (layout.ts says what targets are). */
export interface Prediction {
  /** [members, batch, targets] */
  mean: tf.Tensor3D;
  /** [members, batch, targets] natural logarithm of the variance of the noise (aleatoric). */
  logVariance: tf.Tensor3D;
  /**
   * [members, batch, targets] variance of the mean itself within a member (epistemic), of classes that know it in
   * closed form. For the others what is not known is the disagreement of the members, and this is absent.
   */
  ignorance?: tf.Tensor3D;
  /** [members, batch, targets] of the noise, where that is known in fewer operations than from `logVariance`. */
  std?: tf.Tensor3D;
}

/**
 * One prediction step as pure tfjs functions over a model's arrays: planning, evaluation and export all trace these.
 * What a graph does not use of a result, it does not compute.
 */
export interface Predictor {
  /**
   * @param state [members or 1, batch, stateWidth]: member m predicts for row block m; 1 for the same rows to all
   * @param action [members or 1, batch, actions], the same first axis as the state
   */
  predict(state: tf.Tensor3D, action: tf.Tensor3D): Prediction;
  /** Of `predict` the mean alone, where that takes less. */
  mean(state: tf.Tensor3D, action: tf.Tensor3D): tf.Tensor3D;
  /**
   * A draw of the targets from the predicted distribution, noise included.
   * @param noise [members, batch, noiseWidth of the class] standard normal
   * @returns [members, batch, targets]
   */
  sample(state: tf.Tensor3D, action: tf.Tensor3D, noise: tf.Tensor3D): tf.Tensor3D;
}

/**
 * A draw of the targets in two parts, either of which may be left out:
 *   mean + z √ignorance + n e^{½ logVariance}
 * z is a function that the model holds possible, and stays what it is along a rollout: what a model gets wrong it gets wrong
 * again at the next step. n is noise, drawn anew at every step.
 * @param draws.function [members, batch, targets] standard normal; the mean function where it is left out
 * @param draws.noise [members, batch, targets] standard normal
 */
export function drawnTargets(
  { mean, logVariance, ignorance, std }: Prediction,
  draws: { function?: tf.Tensor; noise?: tf.Tensor },
): tf.Tensor3D {
  const centre =
    ignorance && draws.function ? tf.add(mean, tf.mul(tf.sqrt(ignorance), draws.function)) : mean;
  if (!draws.noise) return centre as tf.Tensor3D;
  return tf.add(centre, tf.mul(std ?? tf.exp(tf.mul(logVariance, 0.5)), draws.noise));
}

/** Log variance of what never changes: a standard deviation of 4e-18 and no infinity. */
export const CERTAIN = -80;

/**
 * The normaliser as arrays of a graph: "input/mean" and "input/scale" [1, 1, inputs] (scale: 1 / standard deviation,
 * 0 for a channel that never changed), "target/mean", "target/std", "target/logVariance" [1, 1, targets].
 */
export function normaliserArrays(normaliser: Normaliser): Record<string, NamedArray> {
  const { inputMean, inputStd, targetMean, targetStd } = normaliser;
  const row = (values: Float32Array): NamedArray => ({ shape: [1, 1, values.length], values });
  return {
    'input/mean': row(inputMean),
    'input/scale': row(inputStd.map((std) => (std === 0 ? 0 : 1 / std))),
    'target/mean': row(targetMean),
    'target/std': row(targetStd),
    'target/logVariance': row(targetStd.map((std) => (std === 0 ? CERTAIN : 2 * Math.log(std)))),
  };
}

/** State and action to the network's inputs, normalised: [members or 1, batch, inputs]. */
export function normalisedInputs(
  layout: ModelLayout,
  tensors: Tensors,
  state: tf.Tensor3D,
  action: tf.Tensor3D,
): tf.Tensor3D {
  const inputs = expandInputs(layout, state, action);
  return tf.mul(tf.sub(inputs, named(tensors, 'input/mean')), named(tensors, 'input/scale'));
}

/** Targets from normalised to SI units. */
export const physicalTargets = (tensors: Tensors, targets: tf.Tensor): tf.Tensor3D =>
  tf.add(tf.mul(targets, named(tensors, 'target/std')), named(tensors, 'target/mean'));

/** Mean and log variance of the normalised targets, [members, batch, targets] each. */
export interface Gaussian {
  mean: tf.Tensor3D;
  logVariance: tf.Tensor3D;
}

/** The predictor of a class that gives a Gaussian from normalised inputs. */
export function gaussianPredictor(
  layout: ModelLayout,
  tensors: Tensors,
  distribution: (inputs: tf.Tensor3D) => Gaussian,
): Predictor {
  const predict = (state: tf.Tensor3D, action: tf.Tensor3D): Prediction => {
    const { mean, logVariance } = distribution(normalisedInputs(layout, tensors, state, action));
    return {
      mean: physicalTargets(tensors, mean),
      logVariance: tf.add(logVariance, named(tensors, 'target/logVariance')),
    };
  };
  return {
    predict,
    mean: (state, action) => predict(state, action).mean,
    sample(state, action, noise) {
      const { mean, logVariance } = predict(state, action);
      return tf.add(mean, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5))));
    },
  };
}

/** Members of arrays that are stacked along their first axis, picked and ordered. */
export function pickMembers({ shape, values }: NamedArray, members: readonly number[]): NamedArray {
  const [count = 0, ...rest] = shape;
  const size = values.length / count;
  const picked = new Float32Array(members.length * size);
  members.forEach((member, i) => {
    if (!Number.isInteger(member) || member < 0 || member >= count) {
      throw new RangeError(`member ${member} of ${count}`);
    }
    picked.set(values.subarray(member * size, (member + 1) * size), i * size);
  });
  return { shape: [members.length, ...rest], values: picked };
}

/** Graph inputs for the arrays, when weights are fed on every call. */
export function arraySpecs(arrays: Record<string, NamedArray>): TensorSpec[] {
  return Object.entries(arrays).map(([name, { shape }]) => ({ name, shape }));
}

/** The arrays as tensors. Inside a traced program they become initialisers of the graph. */
export function arrayConstants(arrays: Record<string, NamedArray>): Tensors {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, values }]) => [name, tf.tensor(values, shape, 'float32')]),
  );
}
