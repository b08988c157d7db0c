/** How tfjs places the pixels of the resized image over those of the given one. */
export interface Placement {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/** Where on an axis of `from` pixels the pixel `i` of `to` pixels lies, without the shift to pixel centres. */
function ratio(from: number, to: number, { alignCorners }: Placement): number {
  const aligned = alignCorners && to > 1;
  return aligned ? (from - 1) / (to - 1) : from / to;
}

/** For each of `to` pixels the nearest of `from` pixels, as tfjs rounds. */
export function nearestPixels(from: number, to: number, placement: Placement): number[] {
  const step = ratio(from, to, placement);
  const round = placement.alignCorners ? Math.round : Math.floor;
  const centre = placement.halfPixelCenters ? 0.5 : 0;
  return Array.from({ length: to }, (_, i) => Math.min(from - 1, Math.max(0, round(step * (i + centre)))));
}

/** Resizing an axis is linear: the matrix [to, from], row-major, that takes each pixel from its nearest one. */
export function nearestMatrix(from: number, to: number, placement: Placement): Float32Array {
  const matrix = new Float32Array(to * from);
  nearestPixels(from, to, placement).forEach((source, i) => {
    matrix[i * from + source] = 1;
  });
  return matrix;
}

/** The same for interpolating between the two neighbours. */
export function bilinearMatrix(from: number, to: number, placement: Placement): Float32Array {
  const matrix = new Float32Array(to * from);
  const step = ratio(from, to, placement);
  for (let i = 0; i < to; i++) {
    const place = placement.halfPixelCenters ? step * (i + 0.5) - 0.5 : step * i;
    const below = Math.max(0, Math.floor(place));
    const above = Math.min(from - 1, Math.ceil(place));
    const fraction = place - below;
    // Both may be the same pixel, at the border or exactly on one; together they count as one.
    for (const [source, weight] of [
      [below, 1 - fraction],
      [Math.max(0, above), fraction],
    ] as const) {
      matrix[i * from + source] = (matrix[i * from + source] ?? 0) + weight;
    }
  }
  return matrix;
}
