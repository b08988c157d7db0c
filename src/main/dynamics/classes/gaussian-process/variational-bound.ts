import {
  choleskySlowly,
  inverseTransposed,
  solveRows,
  squareOfUpper,
} from '../../../../shared/linear-algebra/cholesky';
import {
  addProduct,
  addProductSlowly,
  type Breath,
  rowsOf,
  timesVector,
  transpose,
} from '../../../../shared/linear-algebra/products';
import { fromVector } from './hyperparameters';
import { addLengthScaleGradient, covariances, type Kernel, type Points, scaled } from './kernels';
import { impossible, type Regression, type Slope } from './marginal-likelihood';

/** On the diagonal of the inducing points' covariance, in units of σ_f². */
const JITTER = 1e-9;
const LN_2PI = Math.log(2 * Math.PI);

/**
 * The collapsed variational bound on the log marginal likelihood (Titsias 2009) for m inducing inputs Z,
 *   F = ln N(y; 0, Q + σ_n² I) − tr(K − Q) / 2σ_n²,   Q = K_nm K_mm⁻¹ K_mn
 * and its gradient by θ. With Σ = K_mm + σ_n⁻² K_mn K_nm, a = σ_n⁻² Σ⁻¹ K_mn y and e = y − K_nm a
 *   ∂F/∂K_mn = σ_n⁻² [(K_mm⁻¹ − Σ⁻¹) K_mn + a eᵀ]
 *   ∂F/∂K_mm = ½ (K_mm⁻¹ − Σ⁻¹ − aaᵀ) − ½ σ_n⁻² K_mm⁻¹ K_mn K_nm K_mm⁻¹
 *   ∂F/∂σ_n² = −n / 2σ_n² + (tr(Σ⁻¹ K_mn K_nm) + eᵀe + tr(K − Q)) / 2σ_n⁴
 * Everything is computed in units of σ_f, in which σ_n² is ρ, through features Φ = K_nm L⁻ᵀ of K_mm = L·Lᵀ and
 * B = I + ΦᵀΦ/ρ, so that Σ = L·B·Lᵀ (algorithm of GPflow's SGPR). 2.5 n m² multiplications.
 */
export async function variationalBound(
  kernel: Kernel,
  { points, targets }: Regression,
  inducing: Points,
  theta: Float64Array,
  breath: Breath,
): Promise<Slope> {
  const [n, m, width] = [points.count, inducing.count, points.width];
  const { lengthScales, signalVariance, noiseVariance } = fromVector(theta);
  const rho = noiseVariance / signalVariance;
  const [x, z] = [scaled(points, lengthScales), scaled(inducing, lengthScales)];
  const y = targets.map((value) => value / Math.sqrt(signalVariance));
  const l = new Float64Array(m * m);
  covariances(kernel, z, z, l, true);
  for (let i = 0; i < m; i++) l[i * m + i] = 1 + JITTER;
  const features = new Float64Array(n * m);
  covariances(kernel, x, z, features);
  await breath();
  if (!(await choleskySlowly(l, m, breath))) return impossible(theta.length);
  await solveRows(l, m, features, n, breath);

  const columns = transpose(features, n, m);
  const b = new Float64Array(m * m);
  const size = { rows: m, columns: m, depth: n };
  await addProductSlowly(rowsOf(b, m), rowsOf(columns, n), rowsOf(columns, n), size, 1 / rho, breath);
  let explained = 0;
  for (let i = 0; i < m; i++) {
    explained += rho * b[i * m + i];
    b[i * m + i] = b[i * m + i] + 1;
  }
  const factor = b.slice();
  if (!(await choleskySlowly(factor, m, breath))) return impossible(theta.length);
  const projected = timesVector(columns, y, m).map((value) => value / rho);
  await solveRows(factor, m, projected, 1, breath);
  const upper = new Float64Array(m * m);
  await inverseTransposed(factor, m, upper, breath);
  const weights = timesVector(upper, projected, m);
  const inverse = new Float64Array(m * m);
  await squareOfUpper(upper, m, inverse, breath);

  const fitted = timesVector(features, weights, n);
  const errors = y.map((value, i) => value - fitted[i]);
  const squares = dot(y, y) / rho - dot(projected, projected);
  let logDeterminant = n * Math.log(rho);
  let inverseTrace = 0;
  for (let i = 0; i < m; i++) {
    logDeterminant += 2 * Math.log(factor[i * m + i]);
    inverseTrace += inverse[i * m + i];
  }
  const value =
    0.5 * (n * (LN_2PI + Math.log(signalVariance)) + logDeterminant + squares + (n - explained) / rho);

  const gradient = new Float64Array(theta.length);
  await addKernelGradients();
  for (let d = 0; d < width; d++) gradient[d] = -gradient[d] / n;
  gradient[width] = (0.5 * (n - squares)) / n;
  const noisy = rho * (m - inverseTrace) + dot(errors, errors) + n - explained;
  gradient[width + 1] = (0.5 * (n - noisy / rho)) / n;
  return { value: value / n, gradient };

  /** By length scales, of F. */
  async function addKernelGradients(): Promise<void> {
    // Both as full symmetric matrices: I − B⁻¹ and 2 I − B⁻¹ − B.
    const shrunk = new Float64Array(m * m);
    const bent = new Float64Array(m * m);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) {
        const at = i * m + j;
        const one = i === j ? 1 : 0;
        const inverted = inverse[i >= j ? at : j * m + i];
        shrunk[at] = one - inverted;
        bent[at] = 2 * one - inverted - b[at];
      }
    }
    const unwhiten = upper;
    await inverseTransposed(l, m, unwhiten, breath);
    const a = timesVector(unwhiten, weights, m);
    const square = { rows: m, columns: m, depth: m };
    const product = (left: Float64Array, right: Float64Array, scale: number): Float64Array => {
      const result = new Float64Array(m * m);
      addProduct(rowsOf(result, m), rowsOf(left, m), rowsOf(right, m), square, scale);
      return result;
    };
    const byInducing = product(product(unwhiten, bent, 1), unwhiten, 0.5);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j <= i; j++) {
        const at = i * m + j;
        byInducing[at] = byInducing[at] - 0.5 * a[i] * a[j];
      }
    }
    addLengthScaleGradient(kernel, z, z, byInducing, gradient, true);
    await breath();
    const byCross = new Float64Array(n * m);
    const towards = product(unwhiten, shrunk, 1);
    const wide = { rows: n, columns: m, depth: m };
    await addProductSlowly(
      rowsOf(byCross, m),
      rowsOf(features, m),
      rowsOf(towards, m),
      wide,
      1 / rho,
      breath,
    );
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        const at = i * m + j;
        byCross[at] = byCross[at] + (errors[i] * a[j]) / rho;
      }
    }
    addLengthScaleGradient(kernel, x, z, byCross, gradient);
    await breath();
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
