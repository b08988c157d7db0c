import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../shared/eyes';

/**
 * States of eyes whose motion is "differences", [pose, change, change before it, …, actions]: each picture by itself becomes a pose p,
 *
 *   z_t = [p_t, p_t − p_{t−1}, …, p_{t−n+2} − p_{t−n+1}, a_{t−n+1}, …, a_{t−1}]
 *
 * Layers that are given several pictures at once and asked for a velocity learn it by heart from a few thousand of them; a difference
 * of poses holds for pictures that were never seen. A velocity of now is also what was done since the last change, so the actions between
 * the pictures are part of the state. A state of any other eyes is all pose.
 */
export type StateShape = Pick<EyesSummary, 'motion' | 'latent' | 'stack' | 'acts'>;

/** Numbers of a pose: what a picture is drawn from. */
export const poseNumbers = ({ motion, latent, stack, acts }: StateShape): number =>
  motion === 'differences' ? (latent - acts) / stack : latent;

/** The pose of each state. @param states [n, latent] */
export function posesOf(shape: StateShape, states: tf.Tensor2D): tf.Tensor2D {
  const numbers = poseNumbers(shape);
  return numbers === shape.latent ? states : tf.slice2d(states, [0, 0], [-1, numbers]);
}

/**
 * @param poses [n, pose] of the pictures of each state, oldest first
 * @param acts normalised, [n, acts]; undefined where there are none
 * @returns [n, latent]
 */
export function stateOfPoses(poses: readonly tf.Tensor2D[], acts: tf.Tensor2D | undefined): tf.Tensor2D {
  const changes = poses.slice(1).map((pose, i) => tf.sub(pose, poses[i] as tf.Tensor2D));
  return tf.concat([poses.at(-1), ...changes.reverse(), ...(acts ? [acts] : [])] as tf.Tensor2D[], 1);
}

/**
 * The state one step on, of which only the pose had to be foretold.
 * @param states [n, latent]
 * @param pose [n, pose] one step later
 * @param acts [n, acts] of that step
 */
export function movedOn(
  shape: StateShape,
  states: tf.Tensor2D,
  pose: tf.Tensor2D,
  acts: tf.Tensor2D | undefined,
): tf.Tensor2D {
  const numbers = poseNumbers(shape);
  const change = tf.sub(pose, posesOf(shape, states));
  const kept = tf.slice2d(states, [0, numbers], [-1, numbers * Math.max(0, shape.stack - 2)]);
  const changes = shape.stack > 1 ? [change, ...(shape.stack > 2 ? [kept] : [])] : [];
  return tf.concat([pose, ...changes, ...(acts ? [acts] : [])] as tf.Tensor2D[], 1);
}
