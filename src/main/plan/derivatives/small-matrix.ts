/** Dense float64 algebra for the few numbers of one time step: row-major arrays, plain loops, nothing allocated twice. */

/** A·B for A [rows, inner] and B [inner, columns]. */
export const product = (a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number) =>
  strided(a, [inner, 1], b, rows, inner, columns);

/** Aᵀ·B for A [inner, rows] and B [inner, columns]. */
export const transposedProduct = (
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
) => strided(a, [1, rows], b, rows, inner, columns);

/** Σ_k a(i, k) b(k, j), where a(i, k) lies at i · byRow + k · byInner. */
function strided(
  a: Float64Array,
  [byRow, byInner]: readonly [number, number],
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const c = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const x = a[i * byRow + k * byInner];
      if (x === 0) continue;
      for (let j = 0; j < columns; j++) {
        c[i * columns + j] = c[i * columns + j] + x * b[k * columns + j];
      }
    }
  }
  return c;
}

/** The part of a matrix [n, n] in these rows and columns. */
export function block(a: Float64Array, n: number, rows: number[], columns: number[]): Float64Array {
  const part = new Float64Array(rows.length * columns.length);
  rows.forEach((i, r) => {
    columns.forEach((j, c) => {
      part[r * columns.length + c] = a[i * n + j];
    });
  });
  return part;
}

/** Cholesky factor L [n, n] of a symmetric matrix, or undefined when it is not positive definite (or no number). */
export function cholesky(a: Float64Array, n: number): Float64Array | undefined {
  const l = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i > j) l[i * n + j] = sum / l[j * n + j];
      else if (sum > 0) l[j * n + j] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return l;
}

/** X of L·Lᵀ·X = B for B [n, columns]. */
export function solveCholesky(l: Float64Array, b: Float64Array, n: number, columns: number): Float64Array {
  const x = Float64Array.from(b);
  for (let c = 0; c < columns; c++) {
    for (let i = 0; i < n; i++) {
      let sum = x[i * columns + c];
      for (let k = 0; k < i; k++) sum -= l[i * n + k] * x[k * columns + c];
      x[i * columns + c] = sum / l[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i * columns + c];
      for (let k = i + 1; k < n; k++) sum -= l[k * n + i] * x[k * columns + c];
      x[i * columns + c] = sum / l[i * n + i];
    }
  }
  return x;
}

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
