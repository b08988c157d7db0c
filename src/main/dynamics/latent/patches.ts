import * as tf from '@tensorflow/tfjs-core';

/**
 * Pictures cut into rectangles that do not overlap, each a row of its numbers.
 * @param x [n, height, width, colours], height a multiple of `down` and width one of `right`
 * @returns [n, height / down · width / right, down · right · colours]
 */
export function cutPatches(x: tf.Tensor4D, down: number, right: number): tf.Tensor3D {
  const [n, height, width, colours] = x.shape;
  const [rows, columns] = [height / down, width / right];
  const lines = tf.reshape(x, [n, rows, down, columns, right * colours]);
  return tf.reshape(tf.transpose(lines, [0, 1, 3, 2, 4]), [n, rows * columns, down * right * colours]);
}

/** Pixels of a picture, and of the rectangles that it is made of. */
interface Laid {
  height: number;
  width: number;
  down: number;
  right: number;
}

/** The way back: rectangles laid side by side again, [n, height, width, colours]. */
export function layPatches(rows: tf.Tensor3D, { height, width, down, right }: Laid): tf.Tensor4D {
  const [n, , numbers] = rows.shape;
  const patches = tf.reshape(rows, [n, height / down, width / right, down, numbers / down]);
  const colours = numbers / (down * right);
  return tf.reshape(tf.transpose(patches, [0, 1, 3, 2, 4]), [n, height, width, colours]);
}

/**
 * Squares that overlap by half, so that whatever moves across a seam lies whole in one of them: four grids, each shifted by half a
 * square along one axis, along both, or not at all.
 * @param x [n, height, width, colours], height and width multiples of `patch`
 * @returns [n, overlappingCentres(height, width, patch).length, patch² · colours]
 */
export function cutOverlapping(x: tf.Tensor4D, patch: number): tf.Tensor3D {
  const [n, height, width, colours] = x.shape;
  const grids = SHIFTS.map(([down, right]) => {
    const [rows, columns] = [sideOf(height, patch, down), sideOf(width, patch, right)];
    const part = tf.slice4d(
      x,
      [0, (down * patch) / 2, (right * patch) / 2, 0],
      [n, rows * patch, columns * patch, colours],
    );
    return cutPatches(part, patch, patch);
  });
  return tf.concat(grids, 1);
}

const SHIFTS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

const sideOf = (size: number, patch: number, shift: number): number => size / patch - shift;

/** Where the middles of `cutOverlapping`'s squares lie. */
export const overlappingCentres = (height: number, width: number, patch: number): Centre[] =>
  SHIFTS.flatMap((shift) => centres(height, width, patch, shift));

/** Down and right, −1 to 1 across the picture. */
export interface Centre {
  down: number;
  right: number;
}

/** Where the middles of the squares of one grid lie, line by line. */
export function centres(
  height: number,
  width: number,
  patch: number,
  [down, right]: readonly [number, number] = [0, 0],
): Centre[] {
  const middle = (size: number, shift: number, i: number) => (2 * (patch * (i + 0.5 + shift / 2))) / size - 1;
  return Array.from({ length: sideOf(height, patch, down) }, (_, i) =>
    Array.from({ length: sideOf(width, patch, right) }, (_, j) => ({
      down: middle(height, down, i),
      right: middle(width, right, j),
    })),
  ).flat();
}
