import type { Eyes as EyesSummary } from '../../../shared/eyes';

/** Values of a pixel: brightness, or red, green and blue. */
export const coloursOf = ({ colour }: Pick<EyesSummary, 'colour'>): number => (colour === 'rgb' ? 3 : 1);

/** Numbers of a picture as the network gets it, [size, size, colours]. */
export const pixelsOf = (summary: Pick<EyesSummary, 'colour' | 'size'>): number =>
  summary.size ** 2 * coloursOf(summary);
