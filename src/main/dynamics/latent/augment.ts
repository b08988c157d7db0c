import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { camerasOf, coloursOf, linesOf, type Sizes } from './size';

/** Pictures [height, size, colours], each camera's moved up and to the left by so many pixels, what comes in being 0, the mean. */
export function shifted(
  summary: Sizes & Pick<EyesSummary, 'colour'>,
  pictures: Float32Array,
  into: Float32Array,
  down: number,
  right: number,
): void {
  const numbers = pictures.length / camerasOf(summary);
  for (let at = 0; at < pictures.length; at += numbers) {
    const part = (of: Float32Array) => of.subarray(at, at + numbers);
    shiftedOne(summary, part(pictures), part(into), down, right);
  }
}

function shiftedOne(
  summary: Sizes & Pick<EyesSummary, 'colour'>,
  picture: Float32Array,
  into: Float32Array,
  down: number,
  right: number,
): void {
  const lines = linesOf(summary);
  const width = summary.size * coloursOf(summary);
  const aside = right * coloursOf(summary);
  // All of it at once, which is as fast as memory is; then what came in at the edges is blank.
  const by = down * width + aside;
  const from = Math.max(0, by);
  into.set(picture.subarray(from, picture.length + Math.min(0, by)), from - by);
  const rows = Math.min(lines, Math.abs(down)) * width;
  if (down > 0) into.fill(0, picture.length - rows);
  if (down < 0) into.fill(0, 0, rows);
  for (let row = 0; row < lines && aside !== 0; row++) {
    const edge = aside > 0 ? width - aside : 0;
    into.fill(0, row * width + edge, row * width + edge + Math.abs(aside));
  }
}
