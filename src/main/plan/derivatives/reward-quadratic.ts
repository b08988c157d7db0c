import * as tf from '@tensorflow/tfjs-core';
import { nearestConvex } from '../../../shared/linear-algebra/eigen';
import { block, product, transposedProduct } from '../../../shared/linear-algebra/products';
import { rewardOf } from '../../dynamics/layout';
import { discounts } from '../guide/value-at-end';
import { input } from '../traced';
import type { DynamicsJacobian } from './dynamics-jacobian';
import { differenceSteps, type Problem, touching, usualChanges } from './problem';

/** The step's cost, minus its (discounted) reward, to second order in (state, action): "n" is stateWidth + actions. */
export interface CostQuadratic {
  /** [horizon] of [n] */
  gradient: Float64Array[];
  /** [horizon] of [n, n], positive semidefinite. */
  hessian: Float64Array[];
  /**
   * What a step's cost changes by, at most, when one number changes by its spread or by half its range: its unit, whatever
   * the reward is written in. 1 where nothing changes it.
   */
  scale: number;
}

/**
 * Part of a program: slope and curvature of r(o, a, o') − limitPenalty · violation(o') at every step, by its arguments.
 * Outputs: slope [horizon, D] and curvature [D · horizon, D], D = 2 · observations + actions, by double backward. For a
 * learned reward, which is no formula but a network of (state, action), also bends [2 n · horizon, n]: its slope to
 * both sides of every state and action.
 * @param mean [1, horizon, targets] predicted changes
 */
export function rewardProgram(
  problem: Problem,
  inputs: Record<string, tf.Tensor>,
  mean: tf.Tensor3D,
): Record<string, tf.Tensor> {
  const { horizon, observations, actions, width } = problem;
  const size = 2 * observations + actions;
  const states = tf.reshape(input(inputs, 'states'), [1, horizon, width]);
  const before = tf.slice(states, [0, 0, 0], [1, horizon, observations]);
  const after = tf.add(before, tf.slice(mean, [0, 0, 0], [1, horizon, observations]));
  const here = [before, tf.reshape(input(inputs, 'actions'), [1, horizon, actions]), after];
  const slopeAt = (z: tf.Tensor[]): tf.Tensor => {
    const total = (...[o, a, n]: tf.Tensor[]) =>
      touching(rewardSum(problem, inputs, o as tf.Tensor, a as tf.Tensor, n as tf.Tensor), [
        o as tf.Tensor,
        a as tf.Tensor,
        n as tf.Tensor,
      ]);
    return tf.concat(tf.grads(total)(z), 2);
  };
  const chosen = new Float32Array(size * horizon * size);
  for (let d = 0; d < size; d++) {
    for (let t = 0; t < horizon; t++) chosen[(d * horizon + t) * size + d] = 1;
  }
  const choice = tf.tensor3d(chosen, [1, size * horizon, size]);
  const curvature = tf.grads((...z: tf.Tensor[]) => touching(tf.sum(tf.mul(slopeAt(z), choice)), z))(
    here.map((x) => tf.tile(x, [1, size, 1])),
  );
  return {
    slope: tf.reshape(slopeAt(here), [horizon, size]),
    curvature: tf.reshape(tf.concat(curvature, 2), [size * horizon, size]),
    ...(problem.learnedReward ? { bends: bends(problem, inputs) } : {}),
  };
}

/** Σ over all rows, step after step again and again, of what the formulas give; nothing of them where the reward is learned. */
function rewardSum(
  { learnedReward, varying, violation, value, horizon }: Problem,
  inputs: Record<string, tf.Tensor>,
  before: tf.Tensor,
  action: tf.Tensor,
  after: tf.Tensor,
): tf.Tensor {
  const rewards = () => {
    const all = varying(before, action, after);
    if (!value || value.discount === 1) return all;
    const worth = discounts(value, horizon);
    return tf.mul(
      all,
      Array.from({ length: all.size }, (_, row) => worth[row % horizon] ?? 1),
    );
  };
  let sum: tf.Tensor = learnedReward ? tf.scalar(0) : tf.sum(rewards());
  if (violation) {
    const weight = tf.reshape(input(inputs, 'limitPenalty'), []);
    sum = tf.sub(sum, tf.mul(tf.sum(violation(after)), weight));
  }
  return sum;
}

function bends(problem: Problem, inputs: Record<string, tf.Tensor>): tf.Tensor {
  const { horizon, width, actions, layout } = problem;
  const predictor = problem.predictor();
  const n = width + actions;
  const moves = new Float32Array(2 * n * n);
  differenceSteps(problem).forEach((step, j) => {
    moves[2 * j * n + j] = step;
    moves[(2 * j + 1) * n + j] = -step;
  });
  const here = tf.concat([input(inputs, 'states'), input(inputs, 'actions')], 1);
  const around = tf.reshape(tf.add(tf.reshape(here, [1, horizon, n]), tf.tensor3d(moves, [2 * n, 1, n])), [
    1,
    2 * n * horizon,
    n,
  ]);
  const [state, action] = tf.split(around, [width, actions], 2);
  const total = (...z: tf.Tensor[]) => {
    const { mean } = predictor.predict(z[0] as tf.Tensor3D, z[1] as tf.Tensor3D);
    return touching(tf.sum(tf.mean(rewardOf(layout, mean), 0)), z);
  };
  const slopes = tf.grads(total)([state as tf.Tensor, action as tf.Tensor]);
  return tf.reshape(tf.concat(slopes, 2), [2 * n * horizon, n]);
}

/**
 * The cost to second order in (s, a) from derivatives by (o, a, o'), with o' = o + Δ(s, a):
 *   l_z = −Tᵀ r,  l_zz ≈ −Tᵀ R T,  T = ∂(o, a, o')/∂(s, a).
 * The model's own curvature is left out, as iLQR does (Gauss–Newton). Curvature the wrong way, away from the best, is set
 * to zero: −R becomes the nearest positive semidefinite matrix, and with it l_zz, so that a backward pass has a minimum at
 * every step.
 */
export function costQuadratic(
  problem: Problem,
  given: Record<string, ArrayLike<number>>,
  { dynamics, reward }: Pick<DynamicsJacobian, 'dynamics' | 'reward'>,
): CostQuadratic {
  const { horizon, observations, actions, width } = problem;
  const { slope = [], curvature = [], bends = [] } = given;
  const size = 2 * observations + actions;
  const n = width + actions;
  const steps = differenceSteps(problem);
  const discounted = discounts(problem.value, horizon);
  const [gradient, hessian]: Float64Array[][] = [[], []];
  for (let t = 0; t < horizon; t++) {
    const chain = new Float64Array(size * n);
    for (let c = 0; c < observations; c++) chain[c * n + c] = 1;
    for (let a = 0; a < actions; a++) chain[(observations + a) * n + width + a] = 1;
    chain.set((dynamics[t] as Float64Array).subarray(0, observations * n), (observations + actions) * n);
    const first = Float64Array.from({ length: size }, (_, d) => -slope[t * size + d]);
    const second = new Float64Array(size * size);
    for (let d = 0; d < size; d++) {
      for (let e = 0; e < size; e++) {
        second[d * size + e] = -curvature[(d * horizon + t) * size + e];
      }
    }
    const l = transposedProduct(chain, first, n, size, 1);
    const convex = convexInUse(second, size);
    const ll = transposedProduct(chain, product(convex, chain, size, size, n), n, size, n);
    if (reward) {
      const own = reward[t] as Float64Array;
      const worth = discounted[t] ?? 1;
      const bend = (j: number, i: number, side: number) => bends[((2 * j + side) * horizon + t) * n + i];
      const learned = new Float64Array(n * n);
      for (let j = 0; j < n; j++) {
        l[j] = l[j] - worth * own[j];
        for (let i = 0; i < n; i++) {
          learned[j * n + i] = (-worth * (bend(j, i, 0) - bend(j, i, 1))) / (2 * steps[j]);
        }
      }
      const bent = nearestConvex(symmetric(learned, n), n);
      for (let i = 0; i < n * n; i++) ll[i] = ll[i] + bent[i];
    }
    gradient.push(l);
    hessian.push(symmetric(ll, n));
  }
  return { gradient, hessian, scale: costScale(usualChanges(problem), gradient, hessian) };
}

/** As CostQuadratic.scale. @param changes [n] */
function costScale(changes: number[], gradient: Float64Array[], hessian: Float64Array[]): number {
  const n = changes.length;
  let most = 0;
  changes.forEach((change, j) => {
    for (const l of gradient) most = Math.max(most, Math.abs(l[j]) * change);
    for (const ll of hessian) most = Math.max(most, ll[j * n + j] * change ** 2);
  });
  return most > 0 && Number.isFinite(most) ? most : 1;
}

/** `nearestConvex` of the rows and columns that are not all zero: a formula looks at few of the channels. */
function convexInUse(matrix: Float64Array, size: number): Float64Array {
  const used = Array.from({ length: size }, (_, d) => d).filter((d) =>
    matrix.subarray(d * size, (d + 1) * size).some((x) => x !== 0),
  );
  const convex = nearestConvex(symmetric(block(matrix, size, used, used), used.length), used.length);
  const all = new Float64Array(size * size);
  used.forEach((d, i) => {
    used.forEach((e, j) => {
      all[d * size + e] = convex[i * used.length + j];
    });
  });
  return all;
}

function symmetric(a: Float64Array, n: number): Float64Array {
  return a.map((x, i) => (x + a[(i % n) * n + Math.floor(i / n)]) / 2);
}
