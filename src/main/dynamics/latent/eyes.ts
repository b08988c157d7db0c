import type { Eyes as EyesSummary } from '../../../shared/eyes';
import type { Taking } from '../learned-file';
import type { Eyes, NamedArray } from '../types';
import { ACT_ARRAYS } from './acts';
import { decoderLayers } from './decoder';
import { encoderLayers } from './encoder';
import { filterLayers } from './recurrent/filter';
import { coloursOf, heightOf } from './size';

/** Before the names of arrays that a file of something learned sees with. */
const PREFIX = 'eyes/';

/** Shapes of the arrays that such eyes have, by name. */
export function eyesShapes(summary: EyesSummary): Map<string, number[]> {
  const pixels = [1, heightOf(summary), summary.size, coloursOf(summary)];
  const inferring = summary.recurrent ? filterLayers(summary) : encoderLayers(summary);
  const layers = [...inferring, ...decoderLayers(summary)];
  return new Map([
    ['pixel/mean', pixels],
    ['pixel/scale', pixels],
    ...(summary.acts > 0 ? ACT_ARRAYS.map((name): [string, number[]] => [name, [summary.acts]]) : []),
    ...layers.flatMap(([name, inputs, units]): [string, number[]][] => [
      [`${name}/kernel`, [inputs, units]],
      [`${name}/bias`, [units]],
    ]),
  ]);
}

/** The arrays of eyes as they lie in a file; none of what has no eyes. */
export const eyesInFile = (eyes: Eyes | undefined): [name: string, array: NamedArray][] =>
  [...(eyes?.arrays ?? [])].map(([name, array]) => [PREFIX + name, array]);

/** The eyes of a file whose summary says that it has such ones. @throws ForesightError bad-file */
export function takeEyes(summary: EyesSummary, take: Taking): Eyes {
  const shapes = [...eyesShapes(summary)];
  return { summary, arrays: new Map(shapes.map(([name, shape]) => [name, take(PREFIX + name, shape)])) };
}

/** Do both infer the same latent states from the same pictures? */
export function sameEyes(one: Eyes, other: Eyes): boolean {
  if (JSON.stringify(one.summary) !== JSON.stringify(other.summary)) return false;
  return [...one.arrays].every(([name, { values }]) => {
    const theirs = other.arrays.get(name)?.values;
    return theirs?.length === values.length && values.every((value, i) => Object.is(value, theirs[i]));
  });
}
