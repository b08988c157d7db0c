import type { JointPlan } from '../../../shared/safety/joint-limits';
import { type Braking, speedWithin } from './braking';

/** Where a joint is, and what was commanded last. */
export interface JointState {
  /** Observed; NaN where nobody knows. */
  position: number;
  /** Where it was told to be; undefined where only its speed is commanded and the device keeps no goal. */
  goal: number | undefined;
  /** The commanded speed of the period before. */
  speed: number;
  /** Of the speed that is asked for, 0 to 1: less where it is hot or its current is high. */
  slow: number;
}

/** What one joint is commanded, and which limit changed it. */
export interface JointMotion {
  speed: number;
  /** As it stands behind "asked for, … given: ". */
  why: string | undefined;
}

/** Speeds that a joint may be commanded next, [lowest, highest]. */
type Span = readonly [number, number];

/** Rounding of a distance must not carry anything past a limit. */
const CAUTION = 1 - 1e-9;

/**
 * The speed of a joint for the next period, as near to the asked one as its limits allow. Where it can still stop within its position
 * limits it may go on; where it is outside them it may only come back. These come first, then the most speed, then how far a goal may lie
 * from the joint, then the acceleration: whoever must stop may brake harder than anything else.
 */
export function limitJoint(
  plan: JointPlan,
  state: JointState,
  asked: number,
  periodSeconds: number,
): JointMotion {
  const braking = brakingOf(plan, state, periodSeconds);
  const [low, high] = positionSpan(plan, state, braking);
  let span: Span = [Math.max(-plan.speed, low), Math.min(plan.speed, high)];
  if (state.goal !== undefined && Number.isFinite(state.position)) {
    const ahead = state.position - state.goal;
    span = narrowed(span, [(ahead - plan.step) / periodSeconds, (ahead + plan.step) / periodSeconds]);
  }
  span = narrowed(span, [state.speed - braking.fall, state.speed + braking.fall]);
  const most = Math.min(plan.speed, Math.abs(asked), state.slow < 1 ? slowed(plan, state, asked) : Infinity);
  const wanted = Math.sign(asked) * most;
  const speed = clip(wanted, span);
  if (speed === asked) return { speed, why: undefined };
  return { speed, why: reason(plan, state, asked, speed, [low, high]) };
}

function slowed({ speed }: JointPlan, { slow }: JointState, asked: number): number {
  return slow * (speed === Infinity ? Math.abs(asked) : speed);
}

/** How a joint comes to rest. */
export function brakingOf(plan: JointPlan, { goal }: JointState, periodSeconds: number): Braking {
  // Without a goal the device goes on at its speed until it has heard of the next one.
  return {
    periodSeconds,
    fall: plan.acceleration * periodSeconds,
    reaction: goal === undefined ? periodSeconds : 0,
  };
}

/** Speeds from which a joint can still stop within its position limits; only back where it is outside. */
function positionSpan(plan: JointPlan, state: JointState, braking: Braking): Span {
  const places = [state.position, state.goal ?? Number.NaN].filter(Number.isFinite);
  // Of where it is and where it is told to be, whichever is nearer to the limit. Unknown: it must not move.
  if (places.length === 0) return Number.isFinite(plan.high - plan.low) ? [0, 0] : [-Infinity, Infinity];
  const up = plan.high - Math.max(...places);
  const down = Math.min(...places) - plan.low;
  return [-towards(plan, down, braking), towards(plan, up, braking)];
}

function towards({ speed, slowWithin }: JointPlan, room: number, braking: Braking): number {
  if (room === Infinity) return Infinity;
  const stops = speedWithin(room * CAUTION, braking);
  if (slowWithin === 0 || room >= slowWithin || speed === Infinity) return stops;
  return Math.min(stops, (speed * Math.max(0, room)) / slowWithin);
}

/** What of a span lies in another one; the point of it that is nearest to that where nothing does. */
function narrowed([low, high]: Span, [from, to]: Span): Span {
  const span = [Math.max(low, from), Math.min(high, to)] as const;
  if (span[0] <= span[1]) return span;
  return from > high ? [high, high] : [low, low];
}

function clip(value: number, [low, high]: Span): number {
  return Math.min(high, Math.max(low, value));
}

/** The limit that the given speed lies at. */
function reason(plan: JointPlan, state: JointState, asked: number, given: number, position: Span): string {
  const { low, high, unit } = plan;
  const stands = [state.position, state.goal ?? Number.NaN].filter(Number.isFinite);
  const outside = Math.max(...stands) > high || Math.min(...stands) < low;
  if (asked > position[1] && given <= position[1]) {
    return outside
      ? `it is beyond its limit of ${show(high, unit)} and may only come back`
      : `it must still stop before its limit of ${show(high, unit)}`;
  }
  if (asked < position[0] && given >= position[0]) {
    return outside
      ? `it is beyond its limit of ${show(low, unit)} and may only come back`
      : `it must still stop before its limit of ${show(low, unit)}`;
  }
  if (state.slow < 1 && Math.abs(given) <= plan.speed * state.slow) {
    return `it is slowed to ${(100 * state.slow).toFixed(0)} % as it is hot or its current is high`;
  }
  if (Math.abs(asked) > plan.speed && Math.abs(given) === plan.speed) {
    return `its speed limit is ${show(plan.speed, `${unit}/s`)}`;
  }
  if (
    state.goal !== undefined &&
    Number.isFinite(plan.step) &&
    Math.abs(state.goal - state.position) > plan.step / 2
  ) {
    return `no command goes farther than ${show(plan.step, unit)} from where it is`;
  }
  return `its acceleration limit is ${show(plan.acceleration, `${unit}/s²`)}`;
}

export function show(value: number, unit: string): string {
  const digits = Number(value.toPrecision(4)).toString();
  return unit === '' || unit === '1' ? digits : `${digits} ${unit}`;
}
