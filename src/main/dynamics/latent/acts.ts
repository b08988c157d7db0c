import { besideNumbers, type Eyes as EyesSummary } from '../../../shared/eyes';
import type { Eyes, NamedArray } from '../types';
import type { SeenEpisode } from './pictures';
import { unitOf } from './unit';

/** Mean of the actions between the pictures, and what brings them to a deviation of 1. */
export const ACT_ARRAYS = ['act/mean', 'act/scale'] as const;

/** Unit of a column of the numbers beside the pictures. */
export const unitOfColumn = (
  summary: EyesSummary,
  episodes: readonly SeenEpisode[],
  column: number,
): ReturnType<typeof unitOf> =>
  unitOf(episodes.map(({ beside }) => beside.filter((_, at) => at % besideNumbers(summary) === column)));

/** `ACT_ARRAYS` of a recording; nothing for eyes that infer states without actions. */
export function actStatistics(
  summary: EyesSummary,
  episodes: readonly SeenEpisode[],
): [string, NamedArray][] {
  if (summary.acts === 0) return [];
  const units = Array.from({ length: summary.acts }, (_, i) =>
    unitOfColumn(summary, episodes, summary.beside.length + i),
  );
  const shape = [summary.acts];
  return [
    [ACT_ARRAYS[0], { shape, values: Float32Array.from(units, ({ mean }) => mean) }],
    [ACT_ARRAYS[1], { shape, values: Float32Array.from(units, ({ scale }) => scale) }],
  ];
}

/**
 * Writes what of the numbers beside the pictures are actions, as the encoder gets them.
 * @param beside channels, then actions
 */
export function normaliseActs(
  { summary, arrays }: Eyes,
  beside: ArrayLike<number>,
  into: Float32Array,
  at: number,
): void {
  const [mean, scale] = ACT_ARRAYS.map((name) => (arrays.get(name) as NamedArray).values);
  const own = summary.beside.length;
  for (let i = 0; i < summary.acts; i++) into[at + i] = (beside[own + i]! - mean![i]!) * scale![i]!;
}

/** The actions executed between the pictures of now, from those that were executed last; 0 before the first. @param actions oldest first */
export function newestActs(
  { acts, stack }: Pick<EyesSummary, 'acts' | 'stack'>,
  actions: readonly (readonly number[])[],
): number[] {
  if (acts === 0) return [];
  const done = actions.slice(1 - stack).flat();
  return [...Array.from({ length: acts - done.length }, () => 0), ...done];
}

/**
 * The actions executed between the pictures of a row, oldest first; 0 before the first.
 * @param actions [rows, width] as executed
 */
export function actsBefore(
  { acts, stack }: Pick<EyesSummary, 'acts' | 'stack'>,
  actions: ArrayLike<number>,
  { row, width }: { row: number; width: number },
): number[] {
  if (acts === 0) return [];
  const from = Math.max(0, row - (stack - 1)) * width;
  const done = Array.from({ length: row * width - from }, (_, i) => actions[from + i]!);
  return [...Array.from({ length: acts - done.length }, () => 0), ...done];
}
