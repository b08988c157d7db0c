import type { Band, EpisodeWindow, Trace } from '../../shared/episode-window';

type Values = (number | null | undefined)[];

/** Points that draw a bucket of several rows: first, lowest, what is not known, highest, last. */
const POINTS = 5;

/** The x of every point of a window's curves. */
export function pointSeconds({ bucket, seconds, endSeconds }: EpisodeWindow): number[] {
  if (bucket === 1) return seconds;
  return seconds.flatMap((begin, i) => {
    const step = ((seconds[i + 1] ?? endSeconds) - begin) / POINTS;
    return Array.from({ length: POINTS }, (_, k) => begin + k * step);
  });
}

/**
 * A curve through the extremes of every bucket, so that a peak of one sample stands out at any zoom. It breaks where a row is
 * not known: null breaks a curve, undefined is passed over.
 */
export function curveOf({ first, more }: Trace): Values {
  if (more === undefined) return first;
  const broken = new Set(more.gaps);
  return first.flatMap((value, i) => [
    value,
    more.min[i],
    broken.has(i) ? null : undefined,
    more.max[i],
    more.last[i],
  ]);
}

/** The edges of a band, for the same points. */
export function edgesOf({ low, high }: Band, bucket: number): [Values, Values] {
  if (bucket === 1) return [low, high];
  const repeated = (edge: readonly (number | null)[]) =>
    edge.flatMap((value) => Array.from({ length: POINTS }, () => value));
  return [repeated(low), repeated(high)];
}

/** Whether anything of it is known. */
export const isKnown = ({ first, more }: Trace): boolean =>
  (more?.min ?? first).some((value) => value !== null) || first.some((value) => value !== null);
