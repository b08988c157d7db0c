/** Column `index` of rows `from` to `to` (exclusive) of a row-major matrix. */
export function column(
  matrix: Float64Array,
  width: number,
  index: number,
  from: number,
  to: number,
): Float64Array {
  const out = new Float64Array(to - from);
  for (let row = from, at = from * width + index; row < to; row++, at += width) {
    out[row - from] = matrix[at] ?? Number.NaN;
  }
  return out;
}

/** Columns of equal length, side by side: [rows, columns], row-major. */
export function matrixOf(columns: readonly Float64Array[], rows: number): Float64Array {
  const width = columns.length;
  const out = new Float64Array(rows * width);
  columns.forEach((values, i) => {
    for (let row = 0, at = i; row < rows; row++, at += width) out[at] = values[row] ?? Number.NaN;
  });
  return out;
}
