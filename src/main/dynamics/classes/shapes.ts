import type { ClassName, OptionsOf } from '../../../shared/model-options';
import { Random } from '../../../shared/random';
import type { ModelLayout } from '../layout';
import type { GradientClass } from './types';

/** Shapes in a model file of a class that stores exactly what it trains: those of fresh weights. */
export function shapesOf<Name extends ClassName>(
  one: Pick<GradientClass<Name>, 'initialWeights'>,
  layout: ModelLayout,
  options: OptionsOf<Name>,
): Map<string, number[]> {
  const weights = one.initialWeights(layout, options, new Random(0));
  return new Map([...weights].map(([name, { shape }]) => [name, shape]));
}
