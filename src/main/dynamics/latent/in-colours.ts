import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { showsDepth } from '../../../shared/look';
import { coloursOf, heightOf, type Sizes } from './size';

/**
 * What the network gets, or draws, for people: the pictures of all cameras one below the other, then their depths where they are looked at,
 * bright where something is near.
 * @param picture [height, size, colours]
 * @returns rgb [height, width, 3]
 */
export function inColours(
  summary: Sizes & Pick<EyesSummary, 'colour'>,
  picture: ArrayLike<number>,
): { rgb: Uint8Array; width: number; height: number } {
  const [width, rows, colours] = [summary.size, heightOf(summary), coloursOf(summary)];
  const deep = showsDepth(summary);
  const lights = deep ? colours - 1 : colours;
  const height = deep ? 2 * rows : rows;
  const rgb = new Uint8Array(3 * height * width);
  for (let pixel = 0; pixel < rows * width; pixel++) {
    for (let part = 0; part < 3; part++) {
      rgb[3 * pixel + part] = picture[pixel * colours + (lights === 3 ? part : 0)]!;
      if (deep) rgb[3 * (rows * width + pixel) + part] = picture[pixel * colours + lights]!;
    }
  }
  return { rgb, width, height };
}
