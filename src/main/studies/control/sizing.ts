import type { PlannerOptions } from '../../../shared/plan';
import { quantile } from '../../../shared/statistics';
import { budgetKnob, withSize } from '../../plan/budget/measure';
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
/** A size is tried next that is at most so many times the last one. */
const REACH = 10;

/** Time of a plan with these options, ms. */
export type TimePlanner = (planner: PlannerOptions) => Promise<number>;

/**
 * The planner with as many candidates (or iterations) as make a plan take `ms`: a small size, then sizes in
 * proportion to the time that the last one took, or on the line through the last two, until one is near.
 */
export async function fillTime(
  planner: PlannerOptions,
  ms: number,
  time: TimePlanner,
  now: () => number = () => performance.now(),
): Promise<PlannerOptions> {
  const began = now();
  const knob = budgetKnob(planner);
  const within = (size: number) => Math.round(Math.min(knob.most, Math.max(knob.least, size)));
  const tried = new Map<number, number>();
  const off = (took: number) => Math.abs(Math.log(took / ms));
  let size = knob.first;
  let before: [size: number, took: number] | undefined;
  while (tried.size < MOST_SIZES && !tried.has(size)) {
    const took = await time(withSize(planner, size));
    tried.set(size, took);
    if (off(took) < NEAR || !(took > 0) || (tried.size > 2 && now() - began > SIZING_MS)) break;
    const each = before ? (took - before[1]) / (size - before[0]) : 0;
    // Noise may make the larger size the quicker one.
    const next = each > 0.01 * (took / size) ? size + (ms - took) / each : (size * ms) / took;
    before = [size, took];
    size = within(Math.min(next, REACH * size));
  }
  const [[best = knob.first] = []] = [...tried].sort(([, a], [, b]) => off(a) - off(b));
  return withSize(planner, best);
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
