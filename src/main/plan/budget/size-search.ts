import { mean } from '../../../shared/statistics';

/** What a plan of one size takes, ms. */
export interface Timing {
  size: number;
  ms: number;
}

/** Sizes that may be tried; `first` is small enough for any computer. */
export interface SizeRange {
  least: number;
  most: number;
  first: number;
}

/** How far beyond the largest size that was tried a line is believed. */
const REACH = 8;

/**
 * Tries sizes until one is found that takes `aimMs`, or near enough: a small one; what would fit if all the time were
 * proportional to it; then what the line through all timings says, no further than it can be believed.
 * @param options.enough asked before every further size
 * @param options.never over: a size that takes longer is followed by one that is smaller in proportion, whatever the line says
 * @returns every timing, in order
 */
export async function searchSize(
  time: (size: number) => Promise<number>,
  aimMs: number,
  { least, most, first }: SizeRange,
  { enough, never }: { enough: (tried: readonly Timing[], next: number) => boolean; never?: 'over' },
): Promise<Timing[]> {
  const tried: Timing[] = [];
  for (let next = first; tried.length === 0 || !enough(tried, next); ) {
    const last = { size: next, ms: await time(next) };
    tried.push(last);
    const proportional = (last.size * aimMs) / last.ms;
    const { fixedMs, eachMs } = lineThrough(tried);
    const said = tried.length === 1 ? proportional : (aimMs - fixedMs) / eachMs;
    const wanted = never === 'over' && last.ms > aimMs ? proportional : said;
    const reach = REACH * Math.max(...tried.map(({ size }) => size));
    next = Math.min(most, Math.max(least, Math.floor(Math.min(wanted, reach))));
  }
  return tried;
}

/** Least squares, t = fixed + each · size; all proportional while there is one size only. */
export function lineThrough(tried: readonly Timing[]): { fixedMs: number; eachMs: number } {
  const size = mean(tried.map((one) => one.size));
  const ms = mean(tried.map((one) => one.ms));
  const spread = tried.reduce((sum, one) => sum + (one.size - size) ** 2, 0);
  if (spread === 0) return { fixedMs: 0, eachMs: ms / size };
  const slope = tried.reduce((sum, one) => sum + (one.size - size) * (one.ms - ms), 0) / spread;
  // Noise may make the larger size the quicker one: then nearly all of it is fixed.
  const eachMs = Math.max(slope, (0.01 * ms) / size);
  return { fixedMs: Math.max(0, ms - eachMs * size), eachMs };
}
