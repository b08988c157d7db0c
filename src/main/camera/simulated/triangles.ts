/** Corners [corners, 3] and which three of them make a triangle [triangles, 3]. */
export interface Triangles {
  corners: Float64Array;
  faces: Int32Array;
}

/** A height field as MuJoCo has it: heights [rows, columns], row after row along y. */
export interface HeightField {
  rows: number;
  columns: number;
  /** Half sides in x and y, height of a 1, and how deep its base reaches. */
  size: readonly [number, number, number, number];
  heights: ArrayLike<number>;
}

/** Its surface, the walls around it and its bottom. */
export function heightFieldTriangles({ rows, columns, size, heights }: HeightField): Triangles {
  const [sx, sy, top, base] = size;
  const count = rows * columns;
  // Once as they are, once at the bottom.
  const corners = new Float64Array(2 * count * 3);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      const x = (2 * sx * column) / (columns - 1) - sx;
      const y = (2 * sy * row) / (rows - 1) - sy;
      corners.set([x, y, (heights[at] ?? 0) * top], 3 * at);
      corners.set([x, y, -base], 3 * (count + at));
    }
  }
  const faces: number[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const across = at + columns + 1;
      faces.push(at, across, at + 1, at, across, at + columns);
    }
  }
  const wall = (from: number, to: number) => faces.push(from, to, count + to, from, count + to, count + from);
  for (let column = 0; column + 1 < columns; column++) {
    wall(column, column + 1);
    wall((rows - 1) * columns + column, (rows - 1) * columns + column + 1);
  }
  for (let row = 0; row + 1 < rows; row++) {
    wall(row * columns, (row + 1) * columns);
    wall((row + 1) * columns - 1, (row + 2) * columns - 1);
  }
  const corner = [0, columns - 1, count - columns, count - 1].map((at) => count + at) as [
    number,
    number,
    number,
    number,
  ];
  faces.push(corner[0], corner[1], corner[2], corner[3], corner[1], corner[2]);
  return { corners, faces: Int32Array.from(faces) };
}
