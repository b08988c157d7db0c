/**
 * Dense float64 products of row-major arrays. Large ones are built on A·Bᵀ, whose inner loop runs along rows of both, in
 * blocks; long work lets others in between blocks through `Breath`. Those for the few numbers of one time step are plain loops
 * that give a new array.
 */

/** Called between blocks; lets progress out and a cancel in when it is time for that. */
export type Breath = () => void | Promise<void>;
export const NO_BREATH: Breath = () => {};

/** Rows that are worked on between two breaths. */
const SLICE = 512;
/** Length of the inner loop at a time: eight rows of it lie in a first-level cache. */
const DEPTH = 256;

/** Rows of a row-major matrix: row i begins at `offset` + i · `stride`. */
export interface Rows64 {
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
export function dot(a: Rows64, i: number, b: Rows64, j: number, from: number, to: number): number {
  const [ai, bj] = [a.offset + i * a.stride, b.offset + j * b.stride];
  let sum = 0;
  for (let k = from; k < to; k++) sum += a.values[ai + k] * b.values[bj + k];
  return sum;
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
