import * as tf from '@tensorflow/tfjs-core';
import type { ActorShape } from '../../../shared/policy';
import { mlp, type Tensors } from '../../dynamics/mlp';
import { gaussianActor, squashedSample } from './actor';
import { jointActions, type PolicySpace } from './space';

/** An action nearer to a limit than this is taken to be this near: what lies beyond has no density that is a number. */
const NEAREST = 1e-6;

/** Numbers that an action taken is described by, for `logDensity`. */
export const takenWidth = (space: PolicySpace, { kind }: Pick<ActorShape, 'kind'>): number =>
  kind === 'categorical' ? (jointActions(space)?.length ?? 0) : space.actions.length;

/**
 * Describes an action that was taken: before the tanh, or as one of the joint actions.
 * @param action [actions] in units of the ranges
 * @returns [takenWidth]
 */
export function describeTaken(
  space: PolicySpace,
  { kind }: Pick<ActorShape, 'kind'>,
  action: Float32Array,
): Float32Array {
  if (kind !== 'categorical') {
    const most = 1 - NEAREST;
    return action.map((value) => Math.atanh(Math.min(most, Math.max(-most, value))));
  }
  const distances = (jointActions(space) ?? []).map((joint) =>
    joint.reduce((sum, value, i) => sum + (value - (action[i] ?? 0)) ** 2, 0),
  );
  const nearest = distances.indexOf(Math.min(...distances));
  return Float32Array.from(distances, (_, index) => (index === nearest ? 1 : 0));
}

/**
 * log π(a | s) of actions that were taken, less what does not depend on the policy. Traceable.
 * @param inputs [1 or stacks, batch, inputs] of the states (`policyInputs`)
 * @param taken [stacks, batch, takenWidth] as `describeTaken` gives them
 * @returns [stacks, batch, 1]
 */
export function logDensity(
  space: PolicySpace,
  shape: ActorShape,
  tensors: Tensors,
  inputs: tf.Tensor3D,
  taken: tf.Tensor3D,
): tf.Tensor3D {
  if (shape.kind === 'categorical') {
    const logits = mlp(shape, tensors, inputs, 'actor/');
    return tf.sum(tf.mul(taken, logChances(logits)), 2, true);
  }
  const { mean, logStd } = gaussianActor(space, shape, tensors, inputs);
  const deviations = tf.mul(tf.sub(taken, mean), tf.exp(tf.neg(logStd)));
  return tf.neg(tf.sum(tf.add(tf.mul(0.5, tf.square(deviations)), logStd), 2, true));
}

/**
 * Entropy of the policy in every state, nats, [1, batch, 1]: of a distribution over joint actions its own, of a squashed
 * Gaussian −log π of one draw, which is right on average. Traceable.
 * @param noise [1, batch, actions] standard normal; of no use to a categorical actor
 */
export function entropy(
  space: PolicySpace,
  shape: ActorShape,
  tensors: Tensors,
  inputs: tf.Tensor3D,
  noise: tf.Tensor3D,
): tf.Tensor3D {
  if (shape.kind !== 'categorical') {
    return tf.neg(squashedSample(gaussianActor(space, shape, tensors, inputs), noise).logDensity);
  }
  const logs = logChances(mlp(shape, tensors, inputs, 'actor/'));
  return tf.neg(tf.sum(tf.mul(tf.exp(logs), logs), 2, true));
}

/** log softmax over the last axis. */
function logChances(logits: tf.Tensor3D): tf.Tensor3D {
  const lowered = tf.sub(logits, tf.max(logits, 2, true));
  return tf.sub(lowered, tf.log(tf.sum(tf.exp(lowered), 2, true)));
}
