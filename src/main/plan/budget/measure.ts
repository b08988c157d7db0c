import { type PlannerOptions, PlannerOptions as Planners } from '../../../shared/plan';
import { median } from '../../../shared/statistics';
import { isSampling } from '../methods';
import type { PlanSetup } from '../types';
import { lineThrough, type SizeRange, searchSize } from './size-search';

/** Plans that are timed with one size, at most; fewer when they take long. */
const TIMINGS = 5;
/** Time for the timings of one size, ms; one is always made. */
const TIMING_MS = 80;
/** After so long no further size is tried, so that a run begins within a second and a half. */
const MEASURING_MS = 900;
/** What is left free of the target: the other half of all plans is slower than the median. */
const ROOM = 0.85;
/** Sizes after the first, at most. */
const MOST_TRIES = 3;

/** What an automatic budget may change: how many sequences a planner tries, or how often it improves one. */
export interface BudgetKnob extends SizeRange {
  name: 'candidates' | 'iterations';
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
  }: SizeRange & { timingMs?: number; measuringMs?: number },
  now: () => number = () => performance.now(),
): Promise<Budget<S>> {
  const began = now();
  const aim = ROOM * targetMs;
  let planner: S | undefined;
  /** Times a size; its planner stays open until the next one's. */
  const time = async (size: number) => {
    await planner?.close();
    planner = undefined;
    planner = await open(size);
    return medianTime(planner, timingMs, now);
  };
  try {
    const measured = await searchSize(
      time,
      aim,
      { least, most, first },
      {
        never: 'over',
        enough: (tried, next) => {
          if (tried.length > MOST_TRIES || now() - began >= measuringMs) return true;
          const { size, ms } = tried[tried.length - 1];
          // A tenth more or less is not worth the compiling, unless this one is over.
          return ms <= aim ? next <= 1.1 * size : next === size;
        },
      },
    );
    // The last try may be over, because the computer was disturbed while another one was timed: what fitted, fits.
    const fitted = Math.max(0, ...measured.filter(({ ms }) => ms <= targetMs).map(({ size }) => size));
    if (measured[measured.length - 1].ms > targetMs && fitted > 0) {
      measured.push({ size: fitted, ms: await time(fitted) });
    }
    const last = measured[measured.length - 1];
    return { size: last.size, ...lineThrough(measured), planMs: last.ms, planner: planner as S };
  } catch (error) {
    await planner?.close();
    throw error;
  }
}

async function medianTime(planner: Sized, timingMs: number, now: () => number): Promise<number> {
  const began = now();
  const times = [await planner.time()];
  while (times.length < TIMINGS && now() - began < timingMs) times.push(await planner.time());
  return median(times);
}

/** What an automatic budget fills, ms; null where the planner has none, or nobody said what the period is. */
export function budgetTargetMs({ planner, periodSeconds }: PlanSetup): number | null {
  if (planner.budget !== 'auto' || periodSeconds === undefined) return null;
  return planner.budgetShare * periodSeconds * 1000;
}
