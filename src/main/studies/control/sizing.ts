import type { PlannerOptions } from '../../../shared/plan';
import { quantile } from '../../../shared/statistics';
import { budgetKnob, withSize } from '../../plan/budget/measure';
import { searchSize } from '../../plan/budget/size-search';
import { PlanSession } from '../../plan/session/session';
import type { PlanSetup } from '../../plan/types';

/** Plans that one size is timed with, after the two of a session's warming up. */
const TIMED_PLANS = 40;
/** Time for the timings of one size, ms; two are always made. */
const TIMING_MS = 1000;
/**
 * Of the timings, what counts: whatever else the computer does makes a plan slower, never quicker, so the quicker ones
 * are those that compare.
 */
const QUICK = 0.25;
/** A size whose time is this near to the wanted one is good enough: a twentieth. */
const NEAR = 0.05;
const MOST_SIZES = 6;
/** After so long no further size is tried once there are three, ms. */
const SIZING_MS = 8000;

/** Time of a plan with these options, ms. */
export type TimePlanner = (planner: PlannerOptions) => Promise<number>;

/** The planner with as many candidates (or iterations) as make a plan take `ms`, or come nearest to it. */
export async function fillTime(
  planner: PlannerOptions,
  ms: number,
  time: TimePlanner,
  now: () => number = () => performance.now(),
): Promise<PlannerOptions> {
  const began = now();
  const off = (took: number) => Math.abs(Math.log(took / ms));
  const tried = await searchSize((size) => time(withSize(planner, size)), ms, budgetKnob(planner), {
    enough: (timings, next) =>
      off(timings[timings.length - 1].ms) < NEAR ||
      timings.length >= MOST_SIZES ||
      timings.some(({ size }) => size === next) ||
      (timings.length > 2 && now() - began > SIZING_MS),
  });
  const [best] = tried.sort((a, b) => off(a.ms) - off(b.ms));
  return withSize(planner, best.size);
}

/**
 * Times plans of a setup one after the other, as an episode makes them, without a rig: every plan is warm-started from
 * the one before. The quicker plans count.
 * @param states recorded observations to plan from, at least one
 */
export function planTimer(setup: PlanSetup, states: readonly number[][]): TimePlanner {
  return async (planner) => {
    const session = await PlanSession.open({ ...setup, planner });
    try {
      const began = performance.now();
      const times: number[] = [];
      while (times.length < TIMED_PLANS && (times.length < 2 || performance.now() - began < TIMING_MS)) {
        const step = times.length;
        const { planMs } = await session.plan({
          ...{ id: step, observedStep: step, pending: [], fresh: step === 0, draw: false },
          observation: [...(states[step % states.length] ?? [])],
        });
        times.push(planMs);
      }
      return quantile(times, QUICK);
    } finally {
      await session.close();
    }
  };
}
