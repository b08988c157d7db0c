import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { coloursOf } from './size';

/** A picture [size, size, colours] moved up and to the left by so many pixels, what comes in being 0, the mean. */
export function shifted(
  summary: Pick<EyesSummary, 'size' | 'colour'>,
  picture: Float32Array,
  into: Float32Array,
  down: number,
  right: number,
): void {
  const { size } = summary;
  const colours = coloursOf(summary);
  for (let row = 0; row < size; row++) {
    const from = row + down;
    for (let column = 0; column < size; column++) {
      const beside = column + right;
      const inside = from >= 0 && from < size && beside >= 0 && beside < size;
      for (let c = 0; c < colours; c++) {
        into[(row * size + column) * colours + c] = inside
          ? picture[(from * size + beside) * colours + c]!
          : 0;
      }
    }
  }
}
