import { paletteColour, viridis } from '../../shared/colours';

/** Whatever a model predicted, where it is not drawn in its channel's own colour. */
export const PREDICTED_COLOUR = '#7c5cff';

/** What a plan does where the model has no data, in plots and in the 3D view. */
export const UNKNOWN_COLOUR = '#d9822b';

/** Behind what is recorded, in live plots. */
export const RECORDED_COLOUR = '#e03131';

/** One colour a channel, everywhere: observations first, then actions. */
export const channelColour = paletteColour;

/** `#rrggbb` with an opacity from 0 to 1, as CSS. */
export function withAlpha(colour: string, alpha: number): string {
  const byte = Math.round(Math.min(1, Math.max(0, alpha)) * 255);
  return `${colour}${byte.toString(16).padStart(2, '0')}`;
}

/** Colour of a return between the worst (0) and the best (1) of its plan; components from 0 to 1. */
export const returnColour = viridis;
