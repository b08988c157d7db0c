import { solveCholesky } from '../../../shared/linear-algebra/cholesky';
import { block, product, transposedProduct } from '../../../shared/linear-algebra/products';
import { boxQuadratic } from './box-quadratic';
import type { Expansion } from './expansion';
import type { Problem } from './problem';

/** What improves a trajectory: u_t = ū_t + α k_t + K_t (x_t − x̄_t), x = (state, action executed before). */
export interface Policy {
  /** [horizon, actions] */
  k: Float64Array;
  /** [horizon, actions, stateWidth + actions] */
  gains: Float64Array;
  /** [horizon, observations] ½ ∂²V/∂o² after every step: what a unit of variance of the noise costs there. */
  noiseCost: Float64Array;
}

/** The trajectory that is improved. */
export interface Nominal {
  /** [horizon, actions] as they are asked for. */
  actions: Float32Array;
  /** [horizon, actions] executed before every step. */
  before: Float32Array;
  /** [horizon] 1, or 0 after the end of the episode. */
  alive: Float32Array;
  /** Does the episode go on after the last step? */
  goesOn: boolean;
}

/**
 * Dynamic programming backwards along a trajectory (Li & Todorov 2004; Tassa, Erez & Todorov 2012), costs l = −r, beginning from
 * what the end is worth:
 *
 *   Q_z = l_z + Fᵀ V'_x,   Q_zz = l_zz + Fᵀ V'_xx F,   z = (x, u), F = ∂x'/∂z
 *   k = argmin ½ kᵀ (Q_uu + μ/h²) k + Q_uᵀ k within the limits of u,   K = −(Q_uu + μ/h²)⁻¹ Q_ux in the free actions
 *   V_x = Q_x + Kᵀ Q_uu k + Kᵀ Q_u + Q_uxᵀ k,   V_xx = Q_xx + Kᵀ Q_uu K + Kᵀ Q_ux + Q_uxᵀ K
 *
 * with h half an action's range and μ in units of the cost (CostQuadratic.scale), so that it means the same whatever the
 * units of actions and rewards. The limits are met as in control-limited
 * DDP (Tassa, Mansard & Todorov 2014). With the model's noise (iLQG, Todorov & Li 2005) Q also has ½ tr(V'_xx Σ(s, e)), with
 * its slope, and of its curvature the part ∇Σ ∇Σᵀ / Σ that a variance exp(·) has from its slope.
 *
 * x holds the action executed before because smoothing and the rate penalty look back at it:
 *   e = σ p + (1 − σ) u,   cost ρ (e − p)² = ρ (1 − σ)² (u − p)².
 * @returns undefined where some Q_uu is not positive definite: μ must grow
 */
export function backwardPass(
  problem: Problem,
  expansion: Expansion,
  nominal: Nominal,
  regularisation: number,
): Policy | undefined {
  const { horizon, actions, observations, width } = problem;
  const size = width + actions;
  const policy: Policy = {
    k: new Float64Array(horizon * actions),
    gains: new Float64Array(horizon * actions * size),
    noiseCost: new Float64Array(horizon * observations),
  };
  const end = nominal.goesOn ? expansion.end : null;
  let slope: Float64Array<ArrayBufferLike> = end?.slope ?? new Float64Array(size);
  let curvature: Float64Array<ArrayBufferLike> = end?.curvature ?? new Float64Array(size * size);
  for (let t = horizon - 1; t >= 0; t--) {
    for (let c = 0; c < observations; c++) {
      policy.noiseCost[t * observations + c] = curvature[c * size + c] / 2;
    }
    const q = stepQuadratic(problem, expansion, nominal, t, slope, curvature);
    const solved = improve(problem, nominal, t, q, regularisation * expansion.scale);
    if (!solved) return undefined;
    policy.k.set(solved.k, t * actions);
    policy.gains.set(solved.gains, t * actions * size);
    ({ slope, curvature } = solved);
  }
  return policy.k.every(Number.isFinite) && policy.gains.every(Number.isFinite) ? policy : undefined;
}

/** Q around one step, in z = (state, action before, action): [n] and [n, n], n = stateWidth + 2 · actions. */
interface Quadratic {
  slope: Float64Array;
  curvature: Float64Array;
}

function stepQuadratic(
  problem: Problem,
  { dynamics, gradient, hessian, noise }: Expansion,
  nominal: Nominal,
  t: number,
  valueSlope: Float64Array,
  valueCurvature: Float64Array,
): Quadratic {
  const { width, actions, observations, smoothing, rateWeight } = problem;
  const [size, inner, n] = [width + actions, width + actions, width + 2 * actions];
  const slope = new Float64Array(n);
  const curvature = new Float64Array(n * n);
  /** z_j moves column `column[j]` of (state, executed action) by `share[j]`. */
  const column = Array.from({ length: n }, (_, j) => (j < size ? j : j - actions));
  const share = column.map((_, j) => (j < width ? 1 : j < size ? smoothing : 1 - smoothing));
  /** Adds a slope and a curvature by (state, executed action). */
  const add = (l: Float64Array, ll: (i: number, j: number) => number) => {
    for (let i = 0; i < n; i++) {
      const [ci, si] = [column[i], share[i]];
      slope[i] = slope[i] + si * l[ci];
      for (let j = 0; j < n; j++) {
        const value = si * share[j] * ll(ci, column[j]);
        curvature[i * n + j] = curvature[i * n + j] + value;
      }
    }
  };
  if (nominal.alive[t]) {
    const ll = hessian[t] as Float64Array;
    add(gradient[t] as Float64Array, (i, j) => ll[i * inner + j]);
    for (let c = 0; noise && c < observations; c++) {
      const cost = valueCurvature[c * size + c] / 2;
      const variance = (noise.variance[t] as Float64Array)[c];
      if (cost === 0 || !(variance > 0)) continue;
      const grows = (noise.slope[t] as Float64Array).subarray(c * inner, (c + 1) * inner);
      add(
        grows.map((g) => cost * g),
        (i, j) => (cost * grows[i] * grows[j]) / variance,
      );
    }
    const f = new Float64Array(size * n);
    for (let r = 0; r < size; r++) {
      for (let j = 0; j < n; j++) {
        const [c, s] = [column[j], share[j]];
        const derivative = r < width ? (dynamics[t] as Float64Array)[r * inner + c] : Number(r === c);
        f[r * n + j] = s * derivative;
      }
    }
    const along = transposedProduct(f, valueSlope, n, size, 1);
    const across = transposedProduct(f, product(valueCurvature, f, size, size, n), n, size, n);
    for (let i = 0; i < n; i++) slope[i] = slope[i] + along[i];
    for (let i = 0; i < n * n; i++) curvature[i] = curvature[i] + across[i];
  }
  for (let a = 0; a < actions; a++) {
    const weight = 2 * rateWeight[a] * (1 - smoothing) ** 2;
    const at = t * actions + a;
    const change = nominal.actions[at] - nominal.before[at];
    const [p, u] = [width + a, size + a];
    slope[p] = slope[p] - weight * change;
    slope[u] = slope[u] + weight * change;
    for (const [i, j, sign] of [
      [p, p, 1],
      [u, u, 1],
      [p, u, -1],
      [u, p, -1],
    ] as const) {
      curvature[i * n + j] = curvature[i * n + j] + sign * weight;
    }
  }
  return { slope, curvature };
}

/** The best change of the action, its gains, and the value that is left. */
function improve(
  { width, actions, low, high }: Problem,
  nominal: Nominal,
  t: number,
  { slope, curvature }: Quadratic,
  regularisation: number,
) {
  const size = width + actions;
  const n = size + actions;
  const [x, u] = [range(0, size), range(size, n)];
  const [qu, quu, qux] = [slope.slice(size), block(curvature, n, u, u), block(curvature, n, u, x)];
  const damped = Float64Array.from(quu);
  const room = (limit: Float64Array) => limit.map((value, a) => value - nominal.actions[t * actions + a]);
  for (let a = 0; a < actions; a++) {
    const half = (high[a] - low[a]) / 2 || 1;
    damped[a * actions + a] = damped[a * actions + a] + regularisation / half ** 2;
  }
  const solved = boxQuadratic(damped, qu, room(low), room(high));
  if (!solved) return undefined;
  const { x: k, free, factor } = solved;
  const gains = new Float64Array(actions * size);
  const reaction = solveCholesky(factor, block(qux, size, free, x), free.length, size);
  free.forEach((a, i) => {
    gains.set(
      reaction.subarray(i * size, (i + 1) * size).map((gain) => -gain),
      a * size,
    );
  });
  const pull = product(quu, k, actions, actions, 1).map((y, a) => y + qu[a]);
  const byGains = transposedProduct(gains, pull, size, actions, 1);
  const byState = transposedProduct(qux, k, size, actions, 1);
  const value = Float64Array.from(x, (i) => slope[i] + byGains[i] + byState[i]);
  const inner = product(quu, gains, actions, actions, size).map((y, i) => y + qux[i]);
  const first = transposedProduct(gains, inner, size, actions, size);
  const second = transposedProduct(qux, gains, size, actions, size);
  const left = block(curvature, n, x, x).map((y, i) => y + first[i] + second[i]);
  return {
    k,
    gains,
    slope: value,
    curvature: left.map((y, i) => (y + left[(i % size) * size + Math.floor(i / size)]) / 2),
  };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
