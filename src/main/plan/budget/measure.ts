import { type PlannerOptions, PlannerOptions as Planners } from '../../../shared/plan';
import { median } from '../../../shared/statistics';
import { isSampling } from '../methods';
import type { PlanSetup } from '../types';

/** Plans that are timed with one size, at most; fewer when they take long. */
const TIMINGS = 5;
/** Time for the timings of one size, ms; one is always made. */
const TIMING_MS = 80;
/** After so long no further size is tried, so that a run begins within a second and a half. */
const MEASURING_MS = 900;
/** What is left free of the target: the other half of all plans is slower than the median. */
const ROOM = 0.85;
/** How far beyond the largest size that was tried a line is believed. */
const REACH = 8;

/** What an automatic budget may change: how many sequences a planner tries, or how often it improves one. */
export interface BudgetKnob {
  name: 'candidates' | 'iterations';
  least: number;
  most: number;
  /** Small enough for any computer. */
  first: number;
}

export function budgetKnob(planner: PlannerOptions): BudgetKnob {
  if (isSampling(planner)) return { name: 'candidates', least: 2, most: 20_000, first: 50 };
  return { name: 'iterations', least: 1, most: 50, first: 1 };
}

/** The options with another size, everything else as it was. */
export const withSize = (planner: PlannerOptions, size: number): PlannerOptions =>
  Planners.parse({ ...planner, [budgetKnob(planner).name]: size });

/** A planner of one size, ready to plan. */
export interface Sized {
  /** Makes one plan. @returns wall time, ms */
  time(): Promise<number>;
  close(): Promise<void>;
}

export interface Budget<S> {
  /** The largest size whose plans fit, as far as a few timings tell. */
  size: number;
  /** The line t = fixed + each · size through the timings, ms. */
  fixedMs: number;
  eachMs: number;
  /** Median of a plan with this size, ms. */
  planMs: number;
  /** The planner of this size, open. */
  planner: S;
}

/**
 * Finds the size that fills `targetMs` by a few plans of three sizes: a small one; what would fit if all the time were
 * proportional to it; and what the line through both says. The last is then measured too, and made smaller when it is
 * over. @throws whatever opening or planning throws
 */
export async function measureBudget<S extends Sized>(
  open: (size: number) => Promise<S>,
  targetMs: number,
  {
    least,
    most,
    first,
    timingMs = TIMING_MS,
    measuringMs = MEASURING_MS,
  }: Pick<BudgetKnob, 'least' | 'most' | 'first'> & { timingMs?: number; measuringMs?: number },
  now: () => number = () => performance.now(),
): Promise<Budget<S>> {
  const began = now();
  const aim = ROOM * targetMs;
  const within = (size: number) => Math.min(most, Math.max(least, Math.floor(size)));
  const measured: { size: number; ms: number }[] = [];
  let planner = await open(first);
  const measure = async (size: number) => {
    measured.push({ size, ms: await medianTime(planner, timingMs, now) });
  };
  const replace = async (size: number) => {
    await planner.close();
    planner = await open(size);
    await measure(size);
  };
  try {
    await measure(first);
    for (let tries = 0; tries < 3 && now() - began < measuringMs; tries++) {
      const { size, ms } = measured.at(-1) as { size: number; ms: number };
      const { fixedMs, eachMs } = lineThrough(measured);
      const said = measured.length === 1 ? (size * aim) / ms : (aim - fixedMs) / eachMs;
      const next = within(Math.min(ms > aim ? (size * aim) / ms : said, REACH * largest(measured)));
      // A tenth more or less is not worth the compiling, unless this one is over.
      if (ms <= aim ? next <= 1.1 * size : next === size) break;
      await replace(next);
    }
    // The last try may be over, because the computer was disturbed while another one was timed: what fitted, fits.
    const fitted = largest(measured.filter(({ ms }) => ms <= targetMs));
    if ((measured.at(-1)?.ms ?? 0) > targetMs && fitted > 0) await replace(fitted);
    const last = measured.at(-1) as { size: number; ms: number };
    return { size: last.size, ...lineThrough(measured), planMs: last.ms, planner };
  } catch (error) {
    await planner.close();
    throw error;
  }
}

/** 0 of none. */
const largest = (measured: { size: number }[]) => Math.max(0, ...measured.map(({ size }) => size));

async function medianTime(planner: Sized, timingMs: number, now: () => number): Promise<number> {
  const began = now();
  const times = [await planner.time()];
  while (times.length < TIMINGS && now() - began < timingMs) times.push(await planner.time());
  return median(times);
}

/** Least squares; all proportional while there is one size only. */
function lineThrough(measured: { size: number; ms: number }[]): { fixedMs: number; eachMs: number } {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const size = mean(measured.map((m) => m.size));
  const ms = mean(measured.map((m) => m.ms));
  const spread = measured.reduce((sum, m) => sum + (m.size - size) ** 2, 0);
  if (spread === 0) return { fixedMs: 0, eachMs: ms / size };
  const slope = measured.reduce((sum, m) => sum + (m.size - size) * (m.ms - ms), 0) / spread;
  // Noise may make the larger size the quicker one: then nearly all of it is fixed.
  const eachMs = Math.max(slope, (0.01 * ms) / size);
  return { fixedMs: Math.max(0, ms - eachMs * size), eachMs };
}

/** What an automatic budget fills, ms; null where the planner has none, or nobody said what the period is. */
export function budgetTargetMs({ planner, periodSeconds }: PlanSetup): number | null {
  if (planner.budget !== 'auto' || periodSeconds === undefined) return null;
  return planner.budgetShare * periodSeconds * 1000;
}
