import { type Instruction, usesOf } from './instructions';
import { sizeOf } from './view';

/**
 * Dimensions of which both lists are made by joining neighbours: [5, 500] and [5, 2, 250] are both read as the latter.
 * Undefined where there are none, or the lists have different numbers of places.
 */
export function commonPieces(a: readonly number[], b: readonly number[]): number[] | undefined {
  if (sizeOf(a) !== sizeOf(b)) return undefined;
  const pieces: number[] = [];
  const [left, right] = [a.filter((size) => size > 1), b.filter((size) => size > 1)];
  let [x, y] = [left.shift() ?? 1, right.shift() ?? 1];
  while (x > 1 || y > 1) {
    const piece = Math.min(x, y);
    if (piece === 1 || x % piece !== 0 || y % piece !== 0) return undefined;
    pieces.push(piece);
    x = x === piece ? (left.shift() ?? 1) : x / piece;
    y = y === piece ? (right.shift() ?? 1) : y / piece;
  }
  return pieces;
}

/** Lets an instruction walk pieces of its dimensions instead of the dimensions. */
export function cutInto(one: Instruction, pieces: readonly number[]): void {
  if (one.dims.length === pieces.length) return;
  const parts: { dimension: number; times: number }[] = [];
  let at = 0;
  one.dims.forEach((size, dimension) => {
    for (let left = size; left > 1; ) {
      left /= pieces[at++] ?? 1;
      parts.push({ dimension, times: left });
    }
  });
  for (const { access } of usesOf(one)) {
    const own = access.strides.slice(one.dims.length);
    access.strides = [
      ...parts.map(({ dimension, times }) => (access.strides[dimension] ?? 0) * times),
      ...own,
    ];
  }
  one.dims = [...pieces];
}
