import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { channelsOf } from '../../../shared/look';

/** Values of a pixel: brightness, or red, green and blue; then its depth where that is looked at. */
export const coloursOf = ({ colour }: Pick<EyesSummary, 'colour'>): number => channelsOf({ colour });

/** How many cameras are looked through. */
export const camerasOf = ({ others = [] }: Pick<EyesSummary, 'others'>): number => 1 + others.length;

/** Pixels down what the network gets at a time: the pictures of all cameras, one below the other. */
export const heightOf = (summary: Pick<EyesSummary, 'size' | 'others'>): number =>
  camerasOf(summary) * summary.size;

/** Numbers of it, [height, size, colours]. */
export const pixelsOf = (summary: Pick<EyesSummary, 'colour' | 'size' | 'others'>): number =>
  heightOf(summary) * summary.size * coloursOf(summary);
