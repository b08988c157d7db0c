import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { channelsOf } from '../../../shared/look';

/** Values of a pixel: brightness, or red, green and blue; then its depth where that is looked at. */
export const coloursOf = ({ colour }: Pick<EyesSummary, 'colour'>): number => channelsOf({ colour });

/** How many cameras are looked through. */
export const camerasOf = ({ others = [] }: Pick<EyesSummary, 'others'>): number => 1 + others.length;

/** How large what the network gets is. */
export type Sizes = Pick<EyesSummary, 'size' | 'pixelsDown' | 'others'>;

/** Pixels down the picture of one camera, as the network gets it. */
export const linesOf = ({ size, pixelsDown }: Pick<EyesSummary, 'size' | 'pixelsDown'>): number =>
  pixelsDown ?? size;

/** Pixels down what the network gets at a time: the pictures of all cameras, one below the other. */
export const heightOf = (summary: Sizes): number => camerasOf(summary) * linesOf(summary);

/** Numbers of it, [height, size, colours]. */
export const pixelsOf = (summary: Sizes & Pick<EyesSummary, 'colour'>): number =>
  heightOf(summary) * summary.size * coloursOf(summary);

/** The same of one camera's picture, [height, size, colours]. */
export const pixelsOfOne = (summary: Pick<EyesSummary, 'colour' | 'size' | 'pixelsDown'>): number =>
  linesOf(summary) * summary.size * coloursOf(summary);
