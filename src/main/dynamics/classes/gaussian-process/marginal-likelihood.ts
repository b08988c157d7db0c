import {
  choleskySlowly,
  inverseTransposed,
  solveRows,
  squareOfUpper,
} from '../../../../shared/linear-algebra/cholesky';
import { type Breath, timesVector } from '../../../../shared/linear-algebra/products';
import { fromVector } from './hyperparameters';
import { addLengthScaleGradient, covariances, type Kernel, type Points, scaled } from './kernels';

/** A loss of hyper-parameters and its gradient by θ (hyperparameters.ts). */
export interface Slope {
  /** −ln p(y | X, θ) / n, nats a row; +∞ where the covariance is not positive definite in float64. */
  value: number;
  gradient: Float64Array;
}

/** One output over its inputs. */
export interface Regression {
  points: Points;
  /** [points.count] */
  targets: Float64Array;
}

const LN_2PI = Math.log(2 * Math.PI);

export const impossible = (width: number): Slope => ({
  value: Number.POSITIVE_INFINITY,
  gradient: new Float64Array(width),
});

/**
 * Exact log marginal likelihood (Rasmussen & Williams 2006, algorithm 2.1 and equation 5.9), K = σ_f² (C + ρ I):
 *   ln p(y | X, θ) = −½ yᵀα − Σ_i ln L_ii − n/2 ln 2π,   K = L·Lᵀ, α = K⁻¹y
 *   ∂/∂θ ln p = ½ tr((ααᵀ − K⁻¹) ∂K/∂θ)
 * n³/2 multiplications.
 */
export async function marginalLikelihood(
  kernel: Kernel,
  { points, targets }: Regression,
  theta: Float64Array,
  breath: Breath,
): Promise<Slope> {
  const { count: n, width } = points;
  const { lengthScales, signalVariance, noiseVariance } = fromVector(theta);
  const near = scaled(points, lengthScales);
  const covariance = new Float64Array(n * n);
  covariances(kernel, near, near, covariance, true);
  await breath();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) covariance[i * n + j] = signalVariance * covariance[i * n + j];
    covariance[i * n + i] = covariance[i * n + i] + noiseVariance;
  }
  if (!(await choleskySlowly(covariance, n, breath))) return impossible(theta.length);
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) logDeterminant += 2 * Math.log(covariance[i * n + i]);
  const whitened = targets.slice();
  await solveRows(covariance, n, whitened, 1, breath);
  const upper = new Float64Array(n * n);
  await inverseTransposed(covariance, n, upper, breath);
  const alpha = timesVector(upper, whitened, n);
  const inverse = covariance;
  await squareOfUpper(upper, n, inverse, breath);

  // −ln p falls along ½ (ααᵀ − K⁻¹); its diagonal is the noise's part.
  let trace = 0;
  let all = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const at = i * n + j;
      inverse[at] = 0.5 * (inverse[at] - alpha[i] * alpha[j]);
    }
    trace += inverse[i * n + i];
    all += targets[i] * alpha[i];
  }
  const gradient = new Float64Array(theta.length);
  addLengthScaleGradient(kernel, near, near, inverse, gradient, true);
  for (let d = 0; d < width; d++) gradient[d] = (gradient[d] * signalVariance) / n;
  // K as a whole is proportional to σ_f²: ½ tr(I) − ½ yᵀα.
  gradient[width] = (0.5 * (n - all)) / n;
  gradient[width + 1] = (trace * noiseVariance) / n;
  return { value: (0.5 * (all + logDeterminant) + 0.5 * n * LN_2PI) / n, gradient };
}
