import * as tf from '@tensorflow/tfjs-core';
import { input } from '../traced';
import { type Problem, touching } from './problem';

/** Derivatives of the model at every step, the members' mean. "n" is stateWidth + actions. */
export interface DynamicsJacobian {
  /** [horizon] of [stateWidth, n]: ∂ next state / ∂ (state, action). */
  dynamics: Float64Array[];
  /** [horizon] of [n]: ∂ learned reward / ∂ (state, action), where the model's reward is summed. */
  reward: Float64Array[] | null;
  /** [horizon] of [observations] variance of the predicted noise, and of [observations, n] its derivative. */
  noise: { variance: Float64Array[]; slope: Float64Array[] } | null;
}

/** Numbers of which a row's derivative is taken: changes of observations, learned reward, variances. */
const outputsOf = ({ observations, learnedReward }: Problem, noise: boolean) =>
  observations + (learnedReward ? 1 : 0) + (noise ? observations : 0);

/**
 * Part of a program, from "states" [horizon, stateWidth] and "actions" [horizon, actions]: the Jacobian of all steps and
 * outputs at once, one vector–Jacobian product of a batch in which every step stands once an output. Outputs:
 *   byState [outputs · horizon, stateWidth], byAction [outputs · horizon, actions], and with noise
 *   variances [horizon, observations];
 * and, for the reward, `mean` [1, horizon, targets].
 */
export function jacobianProgram(
  problem: Problem,
  inputs: Record<string, tf.Tensor>,
  noise: boolean,
): { mean: tf.Tensor3D; outputs: Record<string, tf.Tensor> } {
  const { horizon, width, actions, observations } = problem;
  const outputs = outputsOf(problem, noise);
  const predictor = problem.predictor();
  const targets = observations + (problem.layout.reward ? 1 : 0);
  const means = outputs - (noise ? observations : 0);
  const every = (name: string, size: number) =>
    tf.tile(tf.reshape(input(inputs, name), [1, horizon, size]), [1, outputs, 1]);
  /** [1, outputs · horizon, targets]: of the rows that belong to output `first` + c, column c. */
  const choose = (first: number, count: number) => {
    const chosen = new Float32Array(outputs * horizon * targets);
    for (let c = 0; c < count; c++) {
      for (let t = 0; t < horizon; t++) chosen[((first + c) * horizon + t) * targets + c] = 1;
    }
    return tf.tensor3d(chosen, [1, outputs * horizon, targets]);
  };
  let mean: tf.Tensor | undefined;
  let variance: tf.Tensor | undefined;
  const total = (...z: tf.Tensor[]): tf.Tensor => {
    const [state, action] = z as [tf.Tensor3D, tf.Tensor3D];
    const predicted = noise ? predictor.predict(state, action) : undefined;
    mean = tf.keep(tf.mean(predicted?.mean ?? predictor.mean(state, action), 0, true));
    let sum: tf.Tensor = tf.sum(tf.mul(mean, choose(0, means)));
    if (predicted) {
      variance = tf.keep(tf.mean(tf.exp(predicted.logVariance), 0, true));
      sum = tf.add(sum, tf.sum(tf.mul(variance, choose(means, observations))));
    }
    return touching(sum, z);
  };
  const [byState, byAction] = tf.grads(total)([every('states', width), every('actions', actions)]);
  if (!mean || !byState || !byAction) throw new Error('tfjs did not evaluate the prediction');
  const once = (x: tf.Tensor, columns: number) =>
    tf.slice(x, [0, 0, 0], [1, horizon, columns]) as tf.Tensor3D;
  return {
    mean: once(mean, targets),
    outputs: {
      byState: tf.reshape(byState, [outputs * horizon, width]),
      byAction: tf.reshape(byAction, [outputs * horizon, actions]),
      ...(variance ? { variances: tf.reshape(once(variance, observations), [horizon, observations]) } : {}),
    },
  };
}

/** What the program gave, step by step, with the parts of a state that only move along in a history. */
export function readJacobian(
  problem: Problem,
  given: Record<string, ArrayLike<number>>,
  noise: boolean,
): DynamicsJacobian {
  const { horizon, width, actions, observations, learnedReward } = problem;
  const { byState = [], byAction = [], variances = [] } = given;
  const n = width + actions;
  /** Derivatives of one output at one step, [n]. */
  const row = (output: number, t: number) => {
    const at = output * horizon + t;
    return Float64Array.from({ length: n }, (_, j) =>
      j < width ? byState[at * width + j] : byAction[at * actions + j - width],
    );
  };
  const steps = Array.from({ length: horizon }, (_, t) => t);
  const rows = (first: number, count: number, t: number) => {
    const all = new Float64Array(count * n);
    for (let c = 0; c < count; c++) all.set(row(first + c, t), c * n);
    return all;
  };
  const firstVariance = observations + (learnedReward ? 1 : 0);
  return {
    dynamics: steps.map((t) => {
      const jacobian = new Float64Array(width * n);
      jacobian.set(rows(0, observations, t));
      for (let i = 0; i < width; i++) {
        const from = sourceOf(problem, i);
        jacobian[i * n + from] = jacobian[i * n + from] + 1;
      }
      return jacobian;
    }),
    reward: learnedReward ? steps.map((t) => row(observations, t)) : null,
    noise: noise
      ? {
          variance: steps.map((t) =>
            Float64Array.from({ length: observations }, (_, c) => variances[t * observations + c]),
          ),
          slope: steps.map((t) => rows(firstVariance, observations, t)),
        }
      : null,
  };
}

/** Column of (state, action) that number i of the next state is, or is a change from (dynamics/layout.ts). */
function sourceOf({ layout, observations, actions, width }: Problem, i: number): number {
  const observed = layout.history * observations;
  if (i < observations) return i;
  if (i < observed) return i - observations;
  return i < observed + actions ? width + i - observed : i - actions;
}
