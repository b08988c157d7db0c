import { PLANNER_OPTIONS, type PlannerName, PlannerOptions } from '../../shared/plan';
import { median, quantile } from '../../shared/statistics';
import { budgetKnob, measureBudget, withSize } from '../plan/budget/measure';
import { isSampling } from '../plan/methods';
import { PlanSession } from '../plan/session/session';
import { type PlanBasis, setupFor } from './plan-model';

/** How much of one planner fits into the period, at the 99 % quantile. */
export interface FitRow {
  planner: PlannerName;
  particles: number;
  horizon: number;
  /** What was traded for time; of candidates those of one iteration. */
  of: 'candidates' | 'iterations';
  /** Iterations beside it, where candidates are traded. */
  iterations: number;
  fits: number;
  /** Of a plan with so many, ms; above the period where not even the least fits. */
  fitsP99Ms: number;
  /** The planner's own default, and what it takes, ms. */
  usual: number;
  usualMedianMs: number;
  usualP99Ms: number;
}

const PARTICLES = [1, 5, 20];
/** Sizes are looked for this long, ms; with p99 of many plans a try takes a second. */
const LOOKING_MS = 9000;

export interface Case {
  planner: PlannerOptions;
  particles: number;
}

/** Batches of half the plans whose median 99 % quantile counts: one that a hiccup fell into does not decide. */
const BATCHES = 3;

/** Every planner with 1, 5 and 20 particles, and with half and double its horizon. */
export function fitCases(methods?: readonly PlannerName[]): Case[] {
  return PLANNER_OPTIONS.flatMap((options) => {
    const planner = PlannerOptions.parse({ method: options.shape.method.value });
    if (methods && !methods.includes(planner.method)) return [];
    const horizon = (factor: number) =>
      PlannerOptions.parse({ ...planner, horizon: Math.round(planner.horizon * factor) });
    // Planners that differentiate follow the mean future: particles are none of their cost.
    const particles = isSampling(planner) ? PARTICLES : [1];
    return [
      ...particles.map((particles) => ({ planner, particles })),
      { planner: horizon(0.5), particles: 1 },
      { planner: horizon(2), particles: 1 },
    ];
  });
}

/** @param plans timed for every quantile */
export async function measureFit(
  basis: PlanBasis,
  { planner, particles }: Case,
  periodMs: number,
  plans: number,
): Promise<FitRow> {
  const knob = budgetKnob(planner);
  const open = async (size: number) => {
    const session = await PlanSession.open(setupFor(basis, withSize(planner, size), { particles }));
    return { time: async () => (await times(session, plans)).p99, close: () => session.close() };
  };
  // The quantile is what must fit; it takes long, so there is one to a size.
  const once = { ...knob, timingMs: 0, measuringMs: LOOKING_MS };
  const fit = await measureBudget(open, periodMs, once);
  await fit.planner.close();
  const usual = await PlanSession.open(setupFor(basis, planner, { particles }));
  try {
    const taken = await times(usual, plans);
    const size = sizeOf(planner);
    // A size whose timing was disturbed led to a smaller one; what was seen to fit, fits.
    const usualFits = size > fit.size && taken.p99 <= periodMs;
    return {
      planner: planner.method,
      particles,
      horizon: planner.horizon,
      of: knob.name,
      iterations: 'iterations' in planner ? planner.iterations : 1,
      fits: usualFits ? size : fit.size,
      fitsP99Ms: usualFits ? taken.p99 : fit.planMs,
      usual: size,
      usualMedianMs: taken.median,
      usualP99Ms: taken.p99,
    };
  } finally {
    await usual.close();
  }
}

export const sizeOf = (planner: PlannerOptions): number =>
  isSampling(planner) ? planner.candidates : planner.iterations;

/** As in real time: one action is already decided, and the screen wants to draw. @returns ms */
async function times(session: PlanSession, plans: number): Promise<{ median: number; p99: number }> {
  const batches: number[][] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const ms: number[] = [];
    for (let i = 0; i < plans / 2; i++) ms.push(await session.time());
    batches.push(ms);
  }
  return { median: median(batches.flat()), p99: median(batches.map((ms) => quantile(ms, 0.99))) };
}
