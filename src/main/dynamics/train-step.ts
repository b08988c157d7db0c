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
 * "schedule" [unroll, 2]. Outputs: the new state under the same names, and "nll" [members],
 * negative log-likelihood in nats a channel, mean over the call's batches, each before its step.
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
    for (let step = 0; step < unroll; step++) {
      const inputs = stepOf(feeds, 'inputs', step);
      const targets = stepOf(feeds, 'targets', step);
      const { gradients, loss } = lossAndGradients(layout, names, current, inputs, targets);
      nll.push(loss);
      current = adamStep(current, gradients, scheduleOf(feeds, step), shape.weightDecay);
    }
    return {
      ...current,
      nll: tf.mul(tf.addN(nll), 1 / unroll),
    };
  };
  return { program, specs };
}

/**
 * The same loss without a step, on rows that all members see: "inputs" [1, rows, inputs], "targets"
 * [1, rows, observations] → "nll" [members].
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
  const program: TensorProgram = (feeds) => ({
    nll: nats(surprise(layout, feeds, named(feeds, 'inputs'), named(feeds, 'targets'))),
  });
  return { program, specs };
}

/**
 * [members] squared error over variance plus log variance, mean over rows and channels: twice the Gaussian negative
 * log-likelihood without its constant, which is what PETS and mbrl-lib minimise.
 */
function surprise(
  layout: NetworkLayout,
  tensors: NetworkTensors,
  inputs: tf.Tensor3D,
  targets: tf.Tensor3D,
): tf.Tensor {
  const { mean, logVariance } = forward(layout, tensors, inputs);
  const squares = tf.square(tf.sub(mean, targets));
  return tf.mean(tf.add(tf.mul(squares, tf.exp(tf.neg(logVariance))), logVariance), [1, 2]);
}

/** Negative log-likelihood, nats a channel. */
const nats = (surprises: tf.Tensor): tf.Tensor => tf.mul(tf.add(surprises, LN_2PI), 0.5);

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
): { gradients: NetworkTensors; loss: tf.Tensor } {
  let loss: tf.Tensor | undefined;
  const objective = (...weights: tf.Tensor[]): tf.Scalar => {
    const tensors = Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor]));
    const surprises = surprise(layout, tensors, inputs, targets);
    loss = tf.keep(nats(surprises));
    const spread = tf.sub(named(tensors, 'logVariance/max'), named(tensors, 'logVariance/min'));
    return tf.add(tf.sum(surprises), tf.mul(tf.sum(spread), BOUND_PENALTY));
  };
  const weights = names.map((name) => named(current, name));
  const { grads } = tf.valueAndGrads(objective as (...args: tf.Tensor[]) => tf.Scalar)(weights);
  if (loss === undefined) throw new Error('tfjs did not evaluate the objective');
  return { gradients: Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor])), loss };
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
