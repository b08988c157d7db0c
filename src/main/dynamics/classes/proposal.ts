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

/**
 * One of many points of q for every row, chosen with probability proportional to p̃ / q (sampling-importance-
 * resampling, Rubin 1988), [1, rows, targets].
 * @param density ln p̃ of [1, rows · candidates, targets], the candidates of a row one after the other, [1, rows · candidates, 1]
 * @param shift [1, rows, targets] and `luck` [1, rows, 1], standard normal
 */
export function resampled(
  density: (z: tf.Tensor3D) => tf.Tensor3D,
  shift: tf.Tensor3D,
  luck: tf.Tensor3D,
  candidates: number,
): tf.Tensor3D {
  const [, rows, targets] = shift.shape;
  const offered = proposalFrom(shiftedLattice(candidates, uniformOf(shift)));
  const flat = tf.reshape(offered, [1, rows * candidates, targets]) as tf.Tensor3D;
  const weights = tf.sub(density(flat), tf.reshape(logProposal(offered), [1, rows * candidates, 1]));
  const shares = tf.softmax(tf.reshape(weights, [rows, candidates]) as tf.Tensor2D);
  const until: tf.Tensor2D = tf.cumsum(shares, 1);
  // The last sum is 1 but for rounding: whoever passes all the others is the last.
  const passed = tf.less(
    tf.slice2d(until, [0, 0], [-1, candidates - 1]),
    tf.reshape(uniformOf(luck), [rows, 1]),
  );
  const first = Int32Array.from({ length: rows }, (_, row) => row * candidates);
  const chosen = tf.add(tf.tensor1d(first, 'int32'), tf.sum(tf.cast(passed, 'int32'), 1));
  return tf.gather(flat, chosen as tf.Tensor1D, 1);
}

/** A standard normal number to a uniform one, Φ(x). */
function uniformOf(normal: tf.Tensor3D): tf.Tensor3D {
  return tf.mul(tf.add(tf.erf(tf.mul(normal, Math.SQRT1_2)), 1), 0.5);
}
