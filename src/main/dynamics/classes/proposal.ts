import * as tf from '@tensorflow/tfjs-core';

/** Scale of the logistic distribution; its standard deviation is π / √3 times that, 1.09. */
const SCALE = 0.6;
/** Uniform numbers are kept this far from 0 and 1: z within ±9. */
const EDGE = 3e-7;

/**
 * Where an energy-based model looks for z before it knows anything: independent logistic distributions, a little wider
 * than z's standard deviation of 1 and with tails heavier than a Gaussian's.
 *   q(z) = Π_i e^(−z_i / s) / (s (1 + e^(−z_i / s))²),  z_i = s · ln(u_i / (1 − u_i)) for uniform u
 */
export function proposalFrom(uniform: tf.Tensor3D): tf.Tensor3D {
  const u = tf.clipByValue(uniform, EDGE, 1 - EDGE);
  return tf.mul(tf.sub(tf.log(u), tf.log(tf.sub(1, u))), SCALE);
}

/** ln q of [rows, n, targets], [rows, n, 1]. */
export function logProposal(z: tf.Tensor3D): tf.Tensor3D {
  const x = tf.mul(z, 1 / SCALE);
  const each = tf.neg(tf.add(x, tf.mul(tf.softplus(tf.neg(x)), 2)));
  return tf.sub(tf.sum(each, 2, true), z.shape[2] * Math.log(SCALE));
}

/**
 * Points that fill the unit cube more evenly than random ones, another set for every row: a fixed lattice, shifted by
 * the row's own offset and wrapped round (Cranley & Patterson 1976). The lattice is Roberts's R sequence (2018),
 *   u_ki = frac(k / φ^i),  φ^(targets + 1) = φ + 1
 * Every point by itself is uniform.
 * @param offset [1, rows, targets] uniform
 * @returns [rows, count, targets]
 */
export function shiftedLattice(count: number, offset: tf.Tensor3D): tf.Tensor3D {
  const [, rows, targets] = offset.shape;
  let phi = 2;
  for (let i = 0; i < 40; i++) phi = (1 + phi) ** (1 / (targets + 1));
  const lattice = Float32Array.from(
    { length: count * targets },
    (_, at) => (Math.floor(at / targets) * phi ** -((at % targets) + 1)) % 1,
  );
  const shifted = tf.add(tf.tensor3d(lattice, [1, count, targets]), tf.reshape(offset, [rows, 1, targets]));
  return tf.sub(shifted, tf.floor(shifted)) as tf.Tensor3D;
}
