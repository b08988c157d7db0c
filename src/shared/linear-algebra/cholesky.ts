import { addProduct, addProductSlowly, type Breath, dot, type Rows64, rowsOf } from './products';

/** Cholesky factors of row-major float64 matrices, blocked, and what is solved with them. */

/** Columns of a panel, rows of a block of a triangle. */
const BLOCK = 64;

/**
 * The lower triangle L of A = L·Lᵀ, in place of A's own; what lies above the diagonal is left as it is.
 * @param a [n, n], only its lower triangle is read
 * @returns false where A is not positive definite in float64, or no number; `a` is then of no use
 */
export function cholesky(a: Float64Array, n: number): boolean {
  for (let first = 0; first < n; first += BLOCK) {
    const { panel, left, size } = panelOf(a, n, first);
    addProduct(panel, left, left, size, -1);
    if (!factorPanel(a, n, first, size.columns)) return false;
  }
  return true;
}

/** The same with breaths. */
export async function choleskySlowly(a: Float64Array, n: number, breath: Breath): Promise<boolean> {
  for (let first = 0; first < n; first += BLOCK) {
    const { panel, left, size } = panelOf(a, n, first);
    await addProductSlowly(panel, left, left, size, -1, breath);
    if (!factorPanel(a, n, first, size.columns)) return false;
    await breath();
  }
  return true;
}

/** Columns from `first` on as far as a panel goes, what lies left of them, and the size of their product. */
const panelOf = (a: Float64Array, n: number, first: number) => ({
  panel: rowsOf(a, n, first, first),
  left: rowsOf(a, n, first),
  size: { rows: n - first, columns: Math.min(BLOCK, n - first), depth: first },
});

/** A panel's columns of L, those left of it having been subtracted. */
function factorPanel(a: Float64Array, n: number, first: number, width: number): boolean {
  const panel = rowsOf(a, n, first, first);
  for (let j = 0; j < width; j++) {
    const diagonal = first + j;
    const square = a[diagonal * n + diagonal] - dot(panel, j, panel, j, 0, j);
    if (!(square > 0)) return false;
    const root = Math.sqrt(square);
    a[diagonal * n + diagonal] = root;
    for (let i = j + 1; i < n - first; i++) {
      const at = (first + i) * n + diagonal;
      a[at] = (a[at] - dot(panel, i, panel, j, 0, j)) / root;
    }
  }
  return true;
}

/**
 * X·L⁻ᵀ in place of X: every row x becomes L⁻¹x.
 * @param l [n, n] lower triangle
 * @param x `rows` rows of n
 */
export async function solveRows(
  l: Float64Array,
  n: number,
  x: Float64Array,
  rows: number,
  breath: Breath,
): Promise<void> {
  for (let top = 0; top < rows; top += BLOCK) {
    const count = Math.min(BLOCK, rows - top);
    solveBlock(l, n, rowsOf(x, n, top), count, 0);
    await breath();
  }
}

/** Rows of X whose first `from` columns are zero. */
function solveBlock(l: Float64Array, n: number, x: Rows64, rows: number, from: number): void {
  const right = (column: number): Rows64 => ({ ...x, offset: x.offset + column });
  for (let first = from; first < n; first += BLOCK) {
    const width = Math.min(BLOCK, n - first);
    const size = { rows, columns: width, depth: first - from };
    addProduct(right(first), right(from), rowsOf(l, n, first, from), size, -1);
    const [triangle, solved] = [rowsOf(l, n, first, first), right(first)];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < width; j++) {
        const at = solved.offset + i * solved.stride + j;
        const rest = x.values[at] - dot(solved, i, triangle, j, 0, j);
        x.values[at] = rest / l[(first + j) * n + first + j];
      }
    }
  }
}

/** L⁻ᵀ, an upper triangle [n, n], into `w`. */
export async function inverseTransposed(
  l: Float64Array,
  n: number,
  w: Float64Array,
  breath: Breath,
): Promise<void> {
  w.fill(0, 0, n * n);
  for (let top = 0; top < n; top += BLOCK) {
    const count = Math.min(BLOCK, n - top);
    for (let i = top; i < top + count; i++) w[i * n + i] = 1;
    solveBlock(l, n, rowsOf(w, n, top), count, top);
    await breath();
  }
}

/** The lower triangle of W·Wᵀ for an upper triangle W, into `c`: with W = L⁻ᵀ the inverse of L·Lᵀ. */
export async function squareOfUpper(
  w: Float64Array,
  n: number,
  c: Float64Array,
  breath: Breath,
): Promise<void> {
  for (let top = 0; top < n; top += BLOCK) {
    const rows = Math.min(BLOCK, n - top);
    for (let i = top; i < top + rows; i++) c.fill(0, i * n, i * n + top + rows);
    // Column k of row i is zero for k < i.
    const size = { rows, columns: top + rows, depth: n - top };
    addProduct(rowsOf(c, n, top), rowsOf(w, n, top, top), rowsOf(w, n, 0, top), size, 1);
    await breath();
  }
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
