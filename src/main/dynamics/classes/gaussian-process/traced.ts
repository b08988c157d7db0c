import * as tf from '@tensorflow/tfjs-core';
import { named, type Tensors } from '../../mlp';
import type { KernelName } from './kernels';

/**
 * 1 − ‖c·W‖² is zero at data; in float32 it is what rounding leaves. Up to this it counts as zero, in units of σ_f².
 */
const DEAD_ZONE = 3e-6;

/** Normalised mean and latent variance, [1, batch, targets] each. */
interface TracedPosterior {
  mean: tf.Tensor3D;
  latent: tf.Tensor3D;
}

/**
 * posterior.ts inside a traced program, for the arrays that gaussian-process.ts describes.
 * @param inputs [1, batch, inputs] normalised
 */
export function tracedPosterior(kernel: KernelName, tensors: Tensors, inputs: tf.Tensor3D): TracedPosterior {
  const [, targets = 0, points = 0, width = 0] = named(tensors, 'points').shape as number[];
  const array = (name: string, shape: [number, number, number]): tf.Tensor3D =>
    tf.reshape(named(tensors, name), shape);
  const scale = array('lengthScales', [targets, 1, width]);
  const near = tf.transpose(
    tf.div(array('points', [targets, points, width]), scale),
    [0, 2, 1],
  ) as tf.Tensor3D;
  const x: tf.Tensor3D = tf.div(inputs, scale);
  // Difference by difference: |x|² + |p|² − 2 x·p loses in float32 what the variance near data is made of.
  const distances = Array.from({ length: width }, (_, d) =>
    tf.square(tf.sub(tf.slice3d(x, [0, 0, d], [-1, -1, 1]), tf.slice3d(near, [0, d, 0], [-1, 1, -1]))),
  );
  const c = covariance(kernel, tf.addN(distances) as tf.Tensor3D);
  const squares = (matrix: string): tf.Tensor3D =>
    tf.sum(tf.square(tf.matMul(c, array(matrix, [targets, points, points]))), 2, true);
  const open = tf.relu(tf.sub(1 - DEAD_ZONE, squares('whitening')));
  const variance = array('signalVariance', [targets, 1, 1]);
  const byTarget = (x: tf.Tensor3D): tf.Tensor3D => tf.transpose(x, [2, 1, 0]);
  return {
    mean: byTarget(tf.matMul(c, array('alpha', [targets, points, 1]))),
    latent: byTarget(tf.mul(variance, tf.add(open, squares('shrinking')))),
  };
}

/** kernels.ts for tensors. */
function covariance(kernel: KernelName, r2: tf.Tensor3D): tf.Tensor3D {
  if (kernel === 'squared-exponential') return tf.exp(tf.mul(r2, -0.5));
  const s = tf.sqrt(tf.mul(r2, 5));
  return tf.mul(tf.add(tf.add(s, 1), tf.mul(r2, 5 / 3)), tf.exp(tf.neg(s)));
}
