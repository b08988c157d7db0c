/**
 * Dense float64 linear algebra for Gaussian processes: row-major Float64Arrays, blocked, all of it built on products
 * A·Bᵀ, whose inner loop runs along rows of both. Long work lets others in between blocks through `Breath`.
 */

/** Called between blocks; lets progress out and a cancel in when it is time for that. */
export type Breath = () => void | Promise<void>;
export const NO_BREATH: Breath = () => {};

/** Columns of a panel, rows of a block of a triangle. */
const BLOCK = 64;
/** Rows that are worked on between two breaths. */
const SLICE = 512;
/** Length of the inner loop at a time: eight rows of it lie in a first-level cache. */
const DEPTH = 256;

/** Rows of a row-major matrix: row i begins at `offset` + i · `stride`. */
interface Rows64 {
  values: Float64Array;
  offset: number;
  stride: number;
}

export const rowsOf = (values: Float64Array, stride: number, row = 0, column = 0): Rows64 => ({
  values,
  offset: row * stride + column,
  stride,
});

interface ProductSize {
  /** Of A and C. */
  rows: number;
  /** Of C; rows of B. */
  columns: number;
  /** Columns of A and B that are multiplied. */
  depth: number;
}

/** C += factor · A·Bᵀ. */
export function addProduct(
  c: Rows64,
  a: Rows64,
  b: Rows64,
  { rows, columns, depth }: ProductSize,
  factor: number,
): void {
  for (let from = 0; from < depth; from += DEPTH) {
    const to = Math.min(from + DEPTH, depth);
    for (let j = 0; j < columns; j += 4) {
      for (let i = 0; i < rows; i += 4) {
        if (i + 4 <= rows && j + 4 <= columns) tile(c, a, b, i, j, from, to, factor);
        else edge(c, a, b, i, Math.min(i + 4, rows), j, Math.min(j + 4, columns), from, to, factor);
      }
    }
  }
}

/** Four rows of A by four rows of B: sixteen sums in registers for eight loads. */
function tile(
  { values: c, offset: oc, stride: sc }: Rows64,
  { values: a, offset: oa, stride: sa }: Rows64,
  { values: b, offset: ob, stride: sb }: Rows64,
  i: number,
  j: number,
  from: number,
  to: number,
  factor: number,
): void {
  const [a0, b0] = [oa + i * sa, ob + j * sb];
  const [a1, a2, a3] = [a0 + sa, a0 + 2 * sa, a0 + 3 * sa];
  const [b1, b2, b3] = [b0 + sb, b0 + 2 * sb, b0 + 3 * sb];
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (let k = from; k < to; k++) {
    const x0 = a[a0 + k];
    const x1 = a[a1 + k];
    const x2 = a[a2 + k];
    const x3 = a[a3 + k];
    const y0 = b[b0 + k];
    const y1 = b[b1 + k];
    const y2 = b[b2 + k];
    const y3 = b[b3 + k];
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    s23 += x2 * y3;
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
    s33 += x3 * y3;
  }
  const c0 = oc + i * sc + j;
  const [c1, c2, c3] = [c0 + sc, c0 + 2 * sc, c0 + 3 * sc];
  c[c0] = c[c0] + factor * s00;
  c[c0 + 1] = c[c0 + 1] + factor * s01;
  c[c0 + 2] = c[c0 + 2] + factor * s02;
  c[c0 + 3] = c[c0 + 3] + factor * s03;
  c[c1] = c[c1] + factor * s10;
  c[c1 + 1] = c[c1 + 1] + factor * s11;
  c[c1 + 2] = c[c1 + 2] + factor * s12;
  c[c1 + 3] = c[c1 + 3] + factor * s13;
  c[c2] = c[c2] + factor * s20;
  c[c2 + 1] = c[c2 + 1] + factor * s21;
  c[c2 + 2] = c[c2 + 2] + factor * s22;
  c[c2 + 3] = c[c2 + 3] + factor * s23;
  c[c3] = c[c3] + factor * s30;
  c[c3 + 1] = c[c3 + 1] + factor * s31;
  c[c3 + 2] = c[c3 + 2] + factor * s32;
  c[c3 + 3] = c[c3 + 3] + factor * s33;
}

/** The same with breaths. */
export async function addProductSlowly(
  c: Rows64,
  a: Rows64,
  b: Rows64,
  size: ProductSize,
  factor: number,
  breath: Breath,
): Promise<void> {
  for (let top = 0; top < size.rows; top += SLICE) {
    const rows = Math.min(SLICE, size.rows - top);
    addProduct(below(c, top), below(a, top), b, { ...size, rows }, factor);
    await breath();
  }
}

const below = ({ values, offset, stride }: Rows64, rows: number): Rows64 => ({
  values,
  offset: offset + rows * stride,
  stride,
});

/** What does not fill a tile. */
function edge(
  c: Rows64,
  a: Rows64,
  b: Rows64,
  top: number,
  bottom: number,
  left: number,
  right: number,
  from: number,
  to: number,
  factor: number,
): void {
  for (let i = top; i < bottom; i++) {
    for (let j = left; j < right; j++) {
      const at = c.offset + i * c.stride + j;
      const sum = dot(a, i, b, j, from, to);
      c.values[at] = c.values[at] + factor * sum;
    }
  }
}

/** Product of row i of A and row j of B over columns [from, to). */
function dot(a: Rows64, i: number, b: Rows64, j: number, from: number, to: number): number {
  const [ai, bj] = [a.offset + i * a.stride, b.offset + j * b.stride];
  let sum = 0;
  for (let k = from; k < to; k++) sum += a.values[ai + k] * b.values[bj + k];
  return sum;
}

/**
 * The lower triangle L of A = L·Lᵀ, in place of A's own; what lies above the diagonal is left as it is.
 * @param a [n, n], only its lower triangle is read
 * @returns false where A is not positive definite in float64; `a` is then of no use
 */
export async function cholesky(a: Float64Array, n: number, breath: Breath): Promise<boolean> {
  for (let first = 0; first < n; first += BLOCK) {
    const width = Math.min(BLOCK, n - first);
    const panel = rowsOf(a, n, first, first);
    const left = rowsOf(a, n, first);
    await addProductSlowly(panel, left, left, { rows: n - first, columns: width, depth: first }, -1, breath);
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
    await breath();
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

/** [rows, columns] to [columns, rows]. */
export function transpose(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j];
  }
  return result;
}

/** A·v for a row-major A [rows, v.length]. */
export function timesVector(a: Float64Array, v: Float64Array, rows: number): Float64Array {
  const [left, right] = [rowsOf(a, v.length), rowsOf(v, v.length)];
  return Float64Array.from({ length: rows }, (_, i) => dot(left, i, right, 0, 0, v.length));
}
