/** Eigenvalues of small symmetric matrices: row-major float64 arrays, plain loops. */

const SWEEPS = 30;

/** Eigenvalues and eigenvectors (columns of `vectors`) of a symmetric matrix, by Jacobi's rotations. */
export function symmetricEigen(
  matrix: Float64Array,
  n: number,
): { values: Float64Array; vectors: Float64Array } {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  const total = a.reduce((sum, x) => sum + x * x, 0);
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a, n) > 1e-24 * total; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), vectors };
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += 2 * a[i * n + j] ** 2;
  return sum;
}

/** The rotation in the plane of p and q that makes a_pq zero (Golub & Van Loan, §8.5). */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const tau = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const cos = 1 / Math.sqrt(1 + t * t);
  const sin = t * cos;
  const turn = (m: Float64Array, i: number, j: number) => {
    const [x, y] = [m[i], m[j]];
    m[i] = cos * x - sin * y;
    m[j] = sin * x + cos * y;
  };
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k);
  for (let k = 0; k < n; k++) turn(vectors, k * n + p, k * n + q);
}

/**
 * The nearest positive semidefinite matrix (in the Frobenius norm) to a symmetric one: negative eigenvalues become zero.
 */
export function nearestConvex(matrix: Float64Array, n: number): Float64Array {
  const scale = matrix.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return matrix;
  const { values, vectors } = symmetricEigen(matrix, n);
  if (values.every((value) => value >= -1e-12 * scale)) return matrix;
  const scaled = Float64Array.from(vectors, (x, i) => x * Math.sqrt(Math.max(0, values[i % n])));
  const convex = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += scaled[i * n + k] * scaled[j * n + k];
      convex[i * n + j] = sum;
      convex[j * n + i] = sum;
    }
  }
  return convex;
}
