import * as tf from '@tensorflow/tfjs-core';

/** Step size that a chain begins with, and what it is multiplied by after an accepted and after a rejected step. */
const FIRST_STEP = 0.3;
const [GROW, SHRINK] = [1.1, 0.7];
/** A drift is cut to this many times √width. */
const LONGEST_DRIFT = 2;

/** Standard-normal numbers a row that `steps` steps need. */
export const langevinNoise = (width: number, steps: number): number => steps * (width + 2);

/** Where the chains of all rows are. */
interface Point {
  /** [1, rows, width] */
  z: tf.Tensor3D;
  /** [1, rows, 1] */
  logDensity: tf.Tensor3D;
  /** [1, rows, width] step before it is scaled by ε² / 2 */
  force: tf.Tensor3D;
}

/**
 * Metropolis-adjusted Langevin steps (MALA, Roberts & Tweedie 1996), one chain a row, all in one traced program:
 *   z' = z + ε²/2 · g(z) + ε n,  g = ∇ ln p̃ cut in length (their MALTA), accepted with probability
 *   min(1, p̃(z') q(z | z') / (p̃(z) q(z' | z))),  q(z' | z) = N(z + ε²/2 · g(z), ε²)
 * Rejecting is what lets one step size serve densities of any sharpness: a step too long for the place is not taken, and
 * the row's ε shrinks until one is (so a chain is exact only as ε settles). Every step costs the density forward and
 * backward once.
 * Acceptance takes a uniform number u; −ln u is exponential, which half the squares of two standard normals are.
 * @param logDensity of [1, rows, width], unnormalised, [1, rows, 1]
 * @param start [1, rows, width]
 * @param noise [1, rows, steps · (width + 2)] standard normal
 */
export function langevin(
  logDensity: (z: tf.Tensor3D) => tf.Tensor3D,
  start: tf.Tensor3D,
  noise: tf.Tensor3D,
  steps: number,
): tf.Tensor3D {
  const [, rows, width] = start.shape;
  const at = (z: tf.Tensor3D): Point => {
    let value: tf.Tensor3D | undefined;
    const total = (x: tf.Tensor3D): tf.Scalar => {
      value = tf.keep(logDensity(x));
      return tf.sum(value);
    };
    const force: tf.Tensor3D = tf.grad(total as (x: tf.Tensor) => tf.Tensor)(z) as tf.Tensor3D;
    if (value === undefined) throw new Error('tfjs did not evaluate the density');
    return { z, logDensity: value, force };
  };
  let now = at(start);
  let epsilon: tf.Tensor3D = tf.fill([1, rows, 1], FIRST_STEP);
  for (let step = 0; step < steps; step++) {
    const begin = step * (width + 2);
    const kick = tf.slice3d(noise, [0, 0, begin], [-1, -1, width]);
    const luck = tf.slice3d(noise, [0, 0, begin + width], [-1, -1, 2]);
    const there = at(tf.add(tf.add(now.z, drift(now, epsilon)), tf.mul(epsilon, kick)));
    const back = tf.div(tf.sub(tf.sub(now.z, there.z), drift(there, epsilon)), epsilon);
    const ratio = tf.add(
      tf.sub(there.logDensity, now.logDensity),
      tf.sub(halfSquares(kick), halfSquares(back as tf.Tensor3D)),
    );
    const accepted = tf.greater(tf.add(ratio, halfSquares(luck)), 0);
    const choose = (a: tf.Tensor3D, b: tf.Tensor3D): tf.Tensor3D => tf.where(accepted, a, b);
    now = {
      z: choose(there.z, now.z),
      logDensity: choose(there.logDensity, now.logDensity),
      force: choose(there.force, now.force),
    };
    epsilon = choose(tf.mul(epsilon, GROW), tf.mul(epsilon, SHRINK));
  }
  return now.z;
}

function drift({ force }: Point, epsilon: tf.Tensor3D): tf.Tensor3D {
  const half = tf.mul(tf.square(epsilon), 0.5);
  const length = tf.mul(tf.sqrt(tf.add(tf.sum(tf.square(force), 2, true), 1e-12)), half);
  const longest = LONGEST_DRIFT * Math.sqrt(force.shape[2]);
  return tf.mul(force, tf.mul(half, tf.minimum(tf.div(tf.mul(epsilon, longest), length), 1)));
}

/** ‖x‖² / 2, [1, rows, 1] */
const halfSquares = (x: tf.Tensor3D): tf.Tensor3D => tf.mul(tf.sum(tf.square(x), 2, true), 0.5);
