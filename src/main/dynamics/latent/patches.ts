import * as tf from '@tensorflow/tfjs-core';

/**
 * Pictures cut into squares that do not overlap, each a row of its numbers.
 * @param x [n, height, width, colours], height and width multiples of `patch`
 * @returns [n, height / patch · width / patch, patch² · colours]
 */
export function cutPatches(x: tf.Tensor4D, patch: number): tf.Tensor3D {
  const [n, height, width, colours] = x.shape;
  const [rows, columns] = [height / patch, width / patch];
  const lines = tf.reshape(x, [n, rows, patch, columns, patch * colours]);
  return tf.reshape(tf.transpose(lines, [0, 1, 3, 2, 4]), [n, rows * columns, patch * patch * colours]);
}

/** The way back: squares laid side by side again, [n, size, size, colours]. */
export function layPatches(rows: tf.Tensor3D, size: number, patch: number): tf.Tensor4D {
  const [n, , numbers] = rows.shape;
  const side = size / patch;
  const squares = tf.reshape(rows, [n, side, side, patch, numbers / patch]);
  return tf.reshape(tf.transpose(squares, [0, 1, 3, 2, 4]), [n, size, size, numbers / patch ** 2]);
}

/**
 * Squares that overlap by half, so that whatever moves across a seam lies whole in one of them: four grids, each shifted by half a
 * square along one axis, along both, or not at all.
 * @param x [n, size, size, colours]
 * @returns [n, overlappingCentres(size, patch).length, patch² · colours]
 */
export function cutOverlapping(x: tf.Tensor4D, patch: number): tf.Tensor3D {
  const [n, size, , colours] = x.shape;
  const grids = SHIFTS.map(([down, right]) => {
    const [rows, columns] = [sideOf(size, patch, down), sideOf(size, patch, right)];
    const part = tf.slice4d(
      x,
      [0, (down * patch) / 2, (right * patch) / 2, 0],
      [n, rows * patch, columns * patch, colours],
    );
    return cutPatches(part, patch);
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

/** Where the middles of `cutOverlapping`'s squares lie, down and right, −1 to 1 across the picture. */
export function overlappingCentres(size: number, patch: number): { down: number; right: number }[] {
  const middle = (shift: number, i: number) => (2 * (patch * (i + 0.5 + shift / 2))) / size - 1;
  return SHIFTS.flatMap(([down, right]) =>
    Array.from({ length: sideOf(size, patch, down) }, (_, i) =>
      Array.from({ length: sideOf(size, patch, right) }, (_, j) => ({
        down: middle(down, i),
        right: middle(right, j),
      })),
    ).flat(),
  );
}
