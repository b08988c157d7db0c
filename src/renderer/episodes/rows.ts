import type { EpisodeWindow } from '../../shared/episode-window';

/** Seconds on the host's clock. */
export interface Span {
  from: number;
  to: number;
}

type Placed = Pick<EpisodeWindow, 'from' | 'to' | 'bucket' | 'seconds' | 'endSeconds'>;

/** Bucket `i`: its first row, how many rows on it ends, and when; the last one ends at the window's last row. */
function bucketOf({ from, to, bucket, seconds, endSeconds }: Placed, i: number) {
  const row = from + i * bucket;
  const next = seconds[i + 1];
  const begin = seconds[i] ?? 0;
  return next === undefined
    ? { row, rows: Math.max(1, to - 1 - row), begin, end: endSeconds }
    : { row, rows: bucket, begin, end: next };
}

/** Row of the window whose time is nearest; within a bucket of several rows they are taken to be equally far apart. */
export function rowAt(window: Placed, second: number): number {
  const { from, to, bucket, seconds } = window;
  if (bucket === 1) return from + nearest(seconds, second);
  const { row, rows, begin, end } = bucketOf(window, lastNotAfter(seconds, second));
  const share = (second - begin) / Math.max(1e-9, end - begin);
  return Math.min(to - 1, Math.max(from, Math.round(row + Math.min(1, Math.max(0, share)) * rows)));
}

/** Time of a row, with the same words; that of the window's nearest end for a row outside of it. */
export function secondOf(window: Placed, row: number): number {
  const { from, to, bucket, seconds } = window;
  const within = Math.min(to - 1, Math.max(from, row));
  const place = bucketOf(window, Math.min(seconds.length - 1, Math.floor((within - from) / bucket)));
  return place.begin + ((within - place.row) / place.rows) * (place.end - place.begin);
}

/** Place of the number that is nearest; they are in their order. */
export function nearest(sorted: readonly number[], value: number): number {
  const low = lastNotAfter(sorted, value);
  const next = sorted[low + 1];
  return next !== undefined && next - value <= value - (sorted[low] ?? 0) ? low + 1 : low;
}

/** Place of the last number that is not greater; 0 where all are. */
function lastNotAfter(sorted: readonly number[], value: number): number {
  let [low, high] = [0, Math.max(0, sorted.length - 1)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** `span` made `factor` times as long about a moment that keeps its place; null once it is all of `whole`. */
export function zoomed(span: Span, whole: Span, factor: number, about: number): Span | null {
  const shortest = (whole.to - whole.from) * 1e-7;
  const length = Math.max(shortest, (span.to - span.from) * factor);
  if (length >= whole.to - whole.from) return null;
  const share = (about - span.from) / Math.max(1e-12, span.to - span.from);
  return moved({ from: about - share * length, to: about + (1 - share) * length }, whole, 0);
}

/** `span` later by so many seconds, and within `whole`. */
export function moved({ from, to }: Span, whole: Span, by: number): Span {
  const length = to - from;
  const begin = Math.max(whole.from, Math.min(whole.to - length, from + by));
  return { from: begin, to: begin + length };
}
