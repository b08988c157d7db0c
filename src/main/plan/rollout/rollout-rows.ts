import * as tf from '@tensorflow/tfjs-core';
import { shorterWay, stateWidth } from '../../dynamics/layout';
import { placesOf, type RolloutShape, shuffles } from './rollout-shape';

/**
 * Whatever lies at a place, by row instead.
 * @param x [n · groups, rowsPerGroup, …] of n steps
 * @param places the program's input, where rows are shuffled
 * @returns [n, candidates · particles, …]
 */
export function byRow(
  shape: RolloutShape,
  x: tf.Tensor,
  n: number,
  places: tf.Tensor1D | undefined,
): tf.Tensor {
  const { groups, rowsPerGroup, candidates, particles } = shape;
  const rest = x.shape.slice(2);
  const rows = candidates * particles;
  if (shuffles(shape)) {
    if (!places) throw new RangeError('shuffled rows need their places');
    const flat = tf.reshape(x, [n * placesOf(shape), ...rest]);
    return tf.reshape(tf.gather(flat, places), [n, rows, ...rest]);
  }
  if (groups === 1) return tf.reshape(x, [n, rows, ...rest]);
  const blocks = tf.reshape(x, [n, groups, rowsPerGroup, ...rest]);
  const turned = tf.transpose(blocks, [0, 2, 1, ...rest.map((_, axis) => axis + 3)]);
  const all = tf.reshape(turned, [n, placesOf(shape), ...rest]);
  if (placesOf(shape) === rows) return all;
  return tf.slice(all, [0, 0, ...rest.map(() => 0)], [n, rows, ...rest]);
}

/**
 * `byRow` of what lies at the places of the last step.
 * @param x [groups, rowsPerGroup, 1]
 * @returns [candidates · particles]
 */
export function lastByRow(shape: RolloutShape, x: tf.Tensor3D, places: tf.Tensor1D | undefined): tf.Tensor {
  const { horizon, candidates, particles } = shape;
  const rows = candidates * particles;
  const before = (horizon - 1) * rows;
  const last =
    places && tf.sub(tf.slice1d(places, before, rows), tf.scalar((horizon - 1) * placesOf(shape), 'int32'));
  return tf.reshape(byRow(shape, x, 1, last as tf.Tensor1D | undefined), [rows]);
}

/**
 * Moment matching (PETS' program, "MM"; Chua et al. 2018): the particles of a candidate are drawn anew from the Gaussian
 * of their own mean and variance, channel by channel,
 *
 *   s'_p = μ + σ n_p      μ = mean_p s_p      σ² = mean_p (s_p − μ)²
 *
 * angles by the shorter way from the first particle. What a model remembers of before stays each particle's own.
 * @param state [groups, rowsPerGroup, stateWidth]
 * @param noise [candidates, particles, observations] standard normal
 */
export function redrawn(shape: RolloutShape, state: tf.Tensor3D, noise: tf.Tensor3D): tf.Tensor3D {
  const { candidates, particles, groups, rowsPerGroup, layout } = shape;
  const width = stateWidth(layout);
  const observations = layout.angles.length;
  const rows = tf.reshape(byRow(shape, state, 1, undefined), [candidates, particles, width]);
  const particle = tf.slice3d(rows as tf.Tensor3D, [0, 0, 0], [-1, -1, observations]);
  const first = tf.slice3d(particle, [0, 0, 0], [-1, 1, -1]);
  const apart = shorterWay(tf.sub(particle, first), layout.angles);
  const mean = tf.mean(apart, 1, true);
  const std = tf.sqrt(tf.mean(tf.square(tf.sub(apart, mean)), 1, true));
  const drawn: tf.Tensor3D = tf.add(tf.add(first, mean), tf.mul(std, noise));
  const whole =
    width === observations
      ? drawn
      : tf.concat([drawn, tf.slice3d(rows as tf.Tensor3D, [0, 0, observations], [-1, -1, -1])], 2);
  const flat = tf.reshape(whole, [candidates * particles, width]) as tf.Tensor2D;
  const fill = placesOf(shape) - candidates * particles;
  const filled =
    fill > 0
      ? tf.pad(flat, [
          [0, fill],
          [0, 0],
        ])
      : flat;
  return tf.transpose(tf.reshape(filled, [rowsPerGroup, groups, width]), [1, 0, 2]) as tf.Tensor3D;
}
