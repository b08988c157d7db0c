import { quantile } from '../../shared/statistics';

/** Round trips that are looked back on. */
const WINDOW = 40;
/** Of which this share must have been in time. */
const QUANTILE = 0.95;
/** Until there are so many round trips, the first estimate is a lower bound. */
const FEW = 5;
/** Messages between core and rig process take 0.1 ms, 1 ms in one case of a hundred: one there and one back. */
const MESSAGES_MS = 1.5;
/** Ticks that the phase of the rig's schedule is found from: few, because a period that the rig skips moves it. */
const PHASE_WINDOW = 12;

/** How long it takes from asking for a plan until the rig has it, ms: what is promised, not what is usual. */
export class PlanLatency {
  #trips: number[] = [];

  /** @param firstMs a plan made while the planner warmed up */
  constructor(private firstMs: number) {}

  get estimateMs(): number {
    const known = quantile(this.#trips, QUANTILE);
    const expected = this.#trips.length < FEW ? Math.max(this.firstMs, known || 0) : known;
    return expected + MESSAGES_MS;
  }

  /** From asking for a plan until it was handed on. */
  report(tripMs: number): void {
    this.#trips.push(tripMs);
    if (this.#trips.length > WINDOW) this.#trips.shift();
  }

  /** Another planner, another graph: what was measured says nothing any more. */
  restart(firstMs: number): void {
    this.firstMs = firstMs;
    this.#trips = [];
  }
}

/**
 * When the rig's ticks are, seen from here. A tick's message comes a little after the tick, now and then much later;
 * the earliest of the last ones, relative to the schedule, are the ones that tell.
 */
export class TickPhase {
  #offsets: number[] = [];

  constructor(private readonly periodMs: number) {}

  /** @param at when the message of the step's tick came, ms */
  push(step: number, at: number): void {
    this.#offsets.push(at - step * this.periodMs);
    if (this.#offsets.length > PHASE_WINDOW) this.#offsets.shift();
  }

  /** When the tick of this step was, or will be, ms; NaN before the first. */
  at(step: number): number {
    return this.#offsets.length === 0 ? Number.NaN : Math.min(...this.#offsets) + step * this.periodMs;
  }
}

export interface NextPlan {
  /** Begin it now; otherwise wait for the next tick. */
  begins: boolean;
  /** Step that its first action is for. */
  firstStep: number;
}

/**
 * The next plan of a planner that is free, in whatever part of a period that is.
 *
 * A plan begun now from observation k takes effect at the first tick after `ageMs` + `tripMs`: at step
 * k + ⌈(age + trip) / period⌉. Begun with the next observation, it takes effect ⌈trip / period⌉ steps after that one. So
 * it begins at once exactly when it is in force a step earlier than it would be after waiting; when it would be for
 * the same step, the newer observation is worth the wait.
 *
 * @param observed step of the newest observation
 * @param planned step of the observation of the last plan; nothing is planned twice from the same
 * @param ageMs since the tick of the newest observation
 * @param horizon steps of a plan; further ahead there would be nothing left of it to follow
 */
export function nextPlan(
  { observed, planned, ageMs, atTick }: { observed: number; planned: number; ageMs: number; atTick: boolean },
  tripMs: number,
  periodMs: number,
  horizon: number,
): NextPlan {
  const periods = (ms: number) => Math.min(Math.max(1, horizon), Math.max(1, Math.ceil(ms / periodMs)));
  const now = periods(Math.max(0, ageMs) + tripMs);
  const later = 1 + periods(tripMs);
  if (observed > planned && (atTick || now < later)) return { begins: true, firstStep: observed + now };
  return { begins: false, firstStep: observed + later };
}
