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
  const { size } = summary;
  const lines = linesOf(summary);
  const colours = coloursOf(summary);
  for (let row = 0; row < lines; row++) {
    const from = row + down;
    for (let column = 0; column < size; column++) {
      const beside = column + right;
      const inside = from >= 0 && from < lines && beside >= 0 && beside < size;
      for (let c = 0; c < colours; c++) {
        into[(row * size + column) * colours + c] = inside
          ? picture[(from * size + beside) * colours + c]!
          : 0;
      }
    }
  }
}
