import * as tf from '@tensorflow/tfjs-core';
import type { TensorProgram, TensorSpec } from '../tensor/types';
import { adamStep, optimiserState } from './adam';
import { forward, inputCount, type NetworkLayout, type NetworkTensors, named } from './network';
import type { NamedArray } from './types';

/** Weight of Σ (max − min) of the log variance's soft bounds (PETS). */
const BOUND_PENALTY = 0.01;
const LN_2PI = Math.log(2 * Math.PI);

export interface StepShape {
  layout: NetworkLayout;
  members: number;
  batch: number;
  /** Optimisation steps in one call. */
  unroll: number;
  weightDecay: number;
}

/**
 * The training program and its inputs: weights and optimiser state by name, "inputs"
 * [unroll, members, batch, inputs] and "targets" [unroll, members, batch, observations] in normalised units,
 * "schedule" [unroll, 2]. Outputs: the new state under the same names, and "nll" (nats a channel) and "mse"
 * (normalised units), both [members], means over the call's batches, each before its step.
 */
export function trainProgram(
  weights: Map<string, NamedArray>,
  shape: StepShape,
): { program: TensorProgram; specs: TensorSpec[] } {
  const { layout, members, batch, unroll } = shape;
  const names = [...weights.keys()];
  const specs: TensorSpec[] = [
    ...[...weights, ...optimiserState(weights)].map(([name, array]) => ({ name, shape: array.shape })),
    { name: 'inputs', shape: [unroll, members, batch, inputCount(layout)] },
    { name: 'targets', shape: [unroll, members, batch, layout.angles.length] },
    { name: 'schedule', shape: [unroll, 2] },
  ];
  const program: TensorProgram = (feeds) => {
    const state = [...names, ...optimiserState(weights).keys()];
    let current: NetworkTensors = Object.fromEntries(state.map((name) => [name, named(feeds, name)]));
    const nll: tf.Tensor[] = [];
    const mse: tf.Tensor[] = [];
    for (let step = 0; step < unroll; step++) {
      const inputs = stepOf(feeds, 'inputs', step);
      const targets = stepOf(feeds, 'targets', step);
      const { gradients, losses } = lossAndGradients(layout, names, current, inputs, targets);
      nll.push(losses.nll);
      mse.push(losses.mse);
      current = adamStep(current, gradients, scheduleOf(feeds, step), shape.weightDecay);
    }
    return {
      ...current,
      nll: tf.mul(tf.addN(nll), 1 / unroll),
      mse: tf.mul(tf.addN(mse), 1 / unroll),
    };
  };
  return { program, specs };
}

/**
 * The same losses without a step, on rows that all members see: "inputs" [1, rows, inputs], "targets"
 * [1, rows, observations] → "nll", "mse", both [members].
 */
export function lossProgram(
  weights: Map<string, NamedArray>,
  layout: NetworkLayout,
  rows: number,
): { program: TensorProgram; specs: TensorSpec[] } {
  const specs: TensorSpec[] = [
    ...[...weights].map(([name, array]) => ({ name, shape: array.shape })),
    { name: 'inputs', shape: [1, rows, inputCount(layout)] },
    { name: 'targets', shape: [1, rows, layout.angles.length] },
  ];
  const program: TensorProgram = (feeds) => {
    const { nll, mse } = losses(layout, feeds, named(feeds, 'inputs'), named(feeds, 'targets'));
    return { nll, mse };
  };
  return { program, specs };
}

/** Gaussian negative log-likelihood and squared error by member, means over rows and channels. */
function losses(layout: NetworkLayout, tensors: NetworkTensors, inputs: tf.Tensor3D, targets: tf.Tensor3D) {
  const { mean, logVariance } = forward(layout, tensors, inputs);
  const squares = tf.square(tf.sub(mean, targets));
  const surprise = tf.mean(tf.add(tf.mul(squares, tf.exp(tf.neg(logVariance))), logVariance), [1, 2]);
  return {
    /** Twice the NLL without its constant: what mbrl-lib and PETS minimise. */
    surprise,
    nll: tf.mul(tf.add(surprise, LN_2PI), 0.5),
    mse: tf.mean(squares, [1, 2]),
  };
}

/**
 * Gradients of Σ_members (surprise + 0.01 Σ (max − min)): members do not touch each other, so each one's
 * gradient is as if it were trained alone.
 */
function lossAndGradients(
  layout: NetworkLayout,
  names: string[],
  current: NetworkTensors,
  inputs: tf.Tensor3D,
  targets: tf.Tensor3D,
) {
  let reported: { nll: tf.Tensor; mse: tf.Tensor } | undefined;
  const objective = (...weights: tf.Tensor[]): tf.Scalar => {
    const tensors = Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor]));
    const { surprise, nll, mse } = losses(layout, tensors, inputs, targets);
    reported = { nll: tf.keep(nll), mse: tf.keep(mse) };
    const spread = tf.sub(named(tensors, 'logVariance/max'), named(tensors, 'logVariance/min'));
    return tf.add(tf.sum(surprise), tf.mul(tf.sum(spread), BOUND_PENALTY));
  };
  const weights = names.map((name) => named(current, name));
  const { grads } = tf.valueAndGrads(objective as (...args: tf.Tensor[]) => tf.Scalar)(weights);
  if (reported === undefined) throw new Error('tfjs did not evaluate the objective');
  const gradients = Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor]));
  return { gradients, losses: reported };
}

function stepOf(feeds: NetworkTensors, name: string, step: number): tf.Tensor3D {
  const all = named(feeds, name) as unknown as tf.Tensor4D;
  const [, members, rows, columns] = all.shape;
  return tf.reshape(tf.slice4d(all, [step, 0, 0, 0], [1, -1, -1, -1]), [members, rows, columns]);
}

function scheduleOf(feeds: NetworkTensors, step: number) {
  const all = named(feeds, 'schedule') as unknown as tf.Tensor2D;
  return {
    size: tf.reshape(tf.slice2d(all, [step, 0], [1, 1]), []),
    epsilon: tf.reshape(tf.slice2d(all, [step, 1], [1, 1]), []),
  };
}
