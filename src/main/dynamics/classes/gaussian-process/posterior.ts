import { choleskySlowly, inverseTransposed, solveRows } from '../../../../shared/linear-algebra/cholesky';
import {
  addProductSlowly,
  type Breath,
  rowsOf,
  timesVector,
  transpose,
} from '../../../../shared/linear-algebra/products';
import type { Hyperparameters } from './hyperparameters';
import { covariances, type Kernel, type Points, pointsOf, scaled, squaredDistance } from './kernels';
import type { Regression } from './marginal-likelihood';

/**
 * A conditioned Gaussian process in the form it predicts in. With c(x) = [k(x, p_1) … k(x, p_r)] / σ_f² for r points p
 *   mean(x) = c·α
 *   latent variance(x) = σ_f² (1 − ‖c·W‖² + ‖c·V‖²)
 * W = L⁻ᵀ of the points' covariance L·Lᵀ, so that 1 − ‖c·W‖² is what the points say nothing about, and V = L⁻ᵀ L_A⁻ᵀ with
 * A = I + ΦᵀΦ/ρ = L_A·L_Aᵀ is what noise has left unsure among what they do. Near data the first part vanishes and the
 * second is a sum of squares: no difference of large numbers, unlike k(x, x) − k K⁻¹ k.
 */
export interface Posterior {
  hyperparameters: Hyperparameters;
  /** The points p, normalised units. */
  points: Points;
  /** [points] */
  alpha: Float64Array;
  /** W [points, points] row-major. */
  whitening: Float64Array;
  /** V [points, points] row-major. */
  shrinking: Float64Array;
}

/** On the diagonal of the points' covariance, unit variance: keeps W small enough for float32. */
const JITTER = 3e-7;
/** Rows that are conditioned on at a time. */
const CHUNK = 1024;

/**
 * Greedy choice of points by their remaining variance (pivoted Cholesky, Fine & Scheinberg 2001; as inducing points
 * Burt et al. 2020): each next point is the one that the chosen ones say least about.
 * @param x scaled points to choose from
 * @param tolerance stops when no point has more of its variance left than this; unit variance
 * @returns their indices
 */
export async function choosePoints(
  kernel: Kernel,
  x: Points,
  limit: { tolerance: number; count: number },
  breath: Breath,
): Promise<number[]> {
  const n = x.count;
  const most = Math.min(limit.count, n);
  const left = new Float64Array(n).fill(1);
  // Column k of the factor is one array: rows are long, and how many columns there will be shows in the end.
  const columns: Float64Array[] = [];
  const chosen: number[] = [];
  while (chosen.length < most) {
    const pivot = largest(left);
    const square = left[pivot];
    if (chosen.length > 0 && square <= limit.tolerance) break;
    const column = new Float64Array(n);
    for (let i = 0; i < n; i++) column[i] = kernel.value(squaredDistance(x, i, x, pivot));
    for (const earlier of columns) {
      const factor = earlier[pivot];
      for (let i = 0; i < n; i++) column[i] = column[i] - factor * earlier[i];
    }
    const root = Math.sqrt(square);
    for (let i = 0; i < n; i++) {
      const value = column[i] / root;
      column[i] = value;
      left[i] = left[i] - value * value;
    }
    // Never again, whatever rounding says.
    left[pivot] = Number.NEGATIVE_INFINITY;
    columns.push(column);
    chosen.push(pivot);
    await breath();
  }
  return chosen;
}

function largest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * Conditions on all rows through the chosen points: exactly where they leave nothing open (Q = K), else as the
 * variational posterior of Titsias 2009, equation 6.
 * @returns undefined where a covariance is not positive definite in float64
 */
export async function condition(
  kernel: Kernel,
  { points, targets }: Regression,
  hyperparameters: Hyperparameters,
  limit: { tolerance: number; count: number; candidates: ArrayLike<number> },
  breath: Breath,
): Promise<Posterior | undefined> {
  const { lengthScales, signalVariance, noiseVariance } = hyperparameters;
  const rho = noiseVariance / signalVariance;
  const candidates = pointsOf(points, limit.candidates);
  const chosen = await choosePoints(kernel, scaled(candidates, lengthScales), limit, breath);
  const own = pointsOf(candidates, chosen);
  const near = scaled(own, lengthScales);
  const r = chosen.length;
  const lower = new Float64Array(r * r);
  covariances(kernel, near, near, lower, true);
  for (let i = 0; i < r; i++) lower[i * r + i] = 1 + JITTER;
  if (!(await choleskySlowly(lower, r, breath))) return undefined;
  const a = new Float64Array(r * r);
  const projected = new Float64Array(r);
  for (let from = 0; from < points.count; from += CHUNK) {
    const rows = Int32Array.from({ length: Math.min(CHUNK, points.count - from) }, (_, i) => from + i);
    const x = scaled(pointsOf(points, rows), lengthScales);
    const features = new Float64Array(rows.length * r);
    covariances(kernel, x, near, features);
    await solveRows(lower, r, features, rows.length, breath);
    const columns = transpose(features, rows.length, r);
    const size = { rows: r, columns: r, depth: rows.length };
    const all = rowsOf(columns, rows.length);
    await addProductSlowly(rowsOf(a, r), all, all, size, 1 / rho, breath);
    const part = timesVector(columns, targets.subarray(from, from + rows.length), r);
    for (let i = 0; i < r; i++) projected[i] = projected[i] + part[i] / rho;
  }
  for (let i = 0; i < r; i++) a[i * r + i] = a[i * r + i] + 1;
  if (!(await choleskySlowly(a, r, breath))) return undefined;
  const whitening = new Float64Array(r * r);
  await inverseTransposed(lower, r, whitening, breath);
  const shrinking = whitening.slice();
  await solveRows(a, r, shrinking, r, breath);
  await solveRows(a, r, projected, 1, breath);
  const alpha = timesVector(shrinking, projected, r);
  return { hyperparameters, points: own, alpha, whitening, shrinking };
}

/** Mean and latent variance at every point, float64, normalised units: what graphs approximate in float32. */
export async function predictAt(
  kernel: Kernel,
  { hyperparameters, points, alpha, whitening, shrinking }: Posterior,
  at: Points,
  breath: Breath,
): Promise<{ mean: Float64Array; latent: Float64Array }> {
  const { lengthScales, signalVariance } = hyperparameters;
  const r = points.count;
  const covariance = new Float64Array(at.count * r);
  covariances(kernel, scaled(at, lengthScales), scaled(points, lengthScales), covariance);
  /** ‖c·M‖² of every point. */
  const squares = async (matrix: Float64Array): Promise<Float64Array> => {
    const features = new Float64Array(at.count * r);
    const columns = rowsOf(transpose(matrix, r, r), r);
    const size = { rows: at.count, columns: r, depth: r };
    await addProductSlowly(rowsOf(features, r), rowsOf(covariance, r), columns, size, 1, breath);
    return Float64Array.from({ length: at.count }, (_, i) =>
      features.subarray(i * r, (i + 1) * r).reduce((sum, feature) => sum + feature * feature, 0),
    );
  };
  const [said, unsure] = [await squares(whitening), await squares(shrinking)];
  return {
    mean: timesVector(covariance, alpha, at.count),
    latent: said.map((part, i) => signalVariance * (Math.max(0, 1 - part) + unsure[i])),
  };
}
