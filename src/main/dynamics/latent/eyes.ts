import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { decoderLayers } from './decoder';
import { encoderLayers } from './encoder';
import { coloursOf } from './size';

/** Shapes of the arrays that such eyes have, by name. */
export function eyesShapes(summary: EyesSummary): Map<string, number[]> {
  const pixels = [1, summary.size, summary.size, coloursOf(summary)];
  const layers = [...encoderLayers(summary), ...decoderLayers(summary)];
  return new Map([
    ['pixel/mean', pixels],
    ['pixel/scale', pixels],
    ...layers.flatMap(([name, inputs, units]): [string, number[]][] => [
      [`${name}/kernel`, [inputs, units]],
      [`${name}/bias`, [units]],
    ]),
  ]);
}
