import type { EpisodeWindow } from '../../shared/episode-window';

/** Seconds on the host's clock. */
export interface Span {
  from: number;
  to: number;
}

type Placed = Pick<EpisodeWindow, 'from' | 'to' | 'bucket' | 'seconds' | 'endSeconds'>;

/** Where bucket `i` ends, which is where the next one begins. */
const endOf = ({ seconds, endSeconds }: Placed, i: number) => seconds[i + 1] ?? endSeconds;

/** Row of the window whose time is nearest; within a bucket of several rows they are taken to be equally far apart. */
export function rowAt(window: Placed, second: number): number {
  const { from, to, bucket, seconds } = window;
  if (bucket === 1) return from + nearest(seconds, second);
  const i = lastNotAfter(seconds, second);
  const begin = seconds[i] ?? 0;
  const share = (second - begin) / Math.max(1e-9, endOf(window, i) - begin);
  const row = from + (i + Math.min(1, Math.max(0, share))) * bucket;
  return Math.min(to - 1, Math.max(from, Math.round(row)));
}

/** Time of a row, with the same words; that of the window's nearest end for a row outside of it. */
export function secondOf(window: Placed, row: number): number {
  const { from, to, bucket, seconds } = window;
  const place = (Math.min(to - 1, Math.max(from, row)) - from) / bucket;
  const i = Math.min(seconds.length - 1, Math.floor(place));
  const begin = seconds[i] ?? 0;
  return begin + (place - i) * (endOf(window, i) - begin);
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
