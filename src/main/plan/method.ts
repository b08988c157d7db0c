import type { Random } from '../../shared/random';

/** What a planner may choose from. */
export interface PlanSpace {
  /** Steps looked ahead. */
  horizon: number;
  /** [actions] limits from the rig. */
  low: Float64Array;
  high: Float64Array;
  /** [actions] what to do where nothing is known: the rig's hold action. */
  hold: Float64Array;
  /** [actions] the only values that a discrete action can take, ascending; null for a continuous one. */
  values: readonly (Float64Array | null)[];
}

/** Actions for consecutive steps. */
export interface Plan {
  /** Step of the first action. */
  firstStep: number;
  /** [horizon, actions] row-major, as the method thinks of them: before smoothing and rounding to discrete values. */
  actions: Float32Array;
  /**
   * What else the method wants to know at the next step (elites, gains), its own business. Plain data: it goes to another
   * thread when the model is exchanged, and may come from one with another horizon or model.
   */
  memory?: unknown;
}

/** What candidates are worth to each other: only differences of scores mean something. */
export interface Scores {
  /**
   * [candidates] the objective's return, penalties taken off, less what all candidates have in common (Rollout.baseline).
   * Not finite where the model's prediction diverged, which is the worst there is.
   */
  values: Float64Array;
  /** Differences up to this are rounding. */
  resolution: number;
}

/**
 * Scores of candidate action sequences, [candidates, horizon, actions] row-major, as they would be executed (smoothed,
 * discrete values). Any number of candidates up to the planner's own.
 *
 * A planner looks at differences of scores, and at them as shares of their spread. So a constant in the reward and a
 * positive factor of it (of all of it: penalties and λ of a pessimistic objective are in units of the reward) change no plan,
 * and neither does the order of candidates.
 */
export type Evaluate = (candidates: Float32Array) => Promise<Scores>;

export interface PlanContext {
  /** Step that the plan's first action is for. */
  step: number;
  /** What was planned last in this episode: the warm start. */
  previous: Plan | null;
  evaluate: Evaluate;
  random: Random;
  /** [n, horizon, actions] what a policy would do, within the limits; none when left out. To be tried among the first candidates. */
  proposals?: Float32Array;
  /** Candidates to use for this plan, at most those of the options: what the time allows. All when left out. */
  candidates?: number;
  /** [stateWidth] where the plan begins (dynamics/layout.ts), for planners that differentiate. */
  start: Float32Array;
  /** [actions] the action before the plan's first. */
  before: Float64Array;
}

/**
 * A planner: pure TypeScript around `evaluate`; all it remembers is its previous plan, which is handed to it. `close` lets
 * go of graphs of its own.
 */
export type PlanMethod = ((context: PlanContext) => Promise<Plan>) & { close?(): Promise<void> };

/** Candidates of one iteration: those of the options, or fewer where the time allows no more. */
export const candidateCount = (options: number, { candidates = options }: PlanContext): number =>
  Math.max(1, Math.min(options, Math.floor(candidates)));

/**
 * Proposals into the place of the last of the sequences that are tried, as many as leave `others` of them.
 * @param tried [n, horizon, actions]
 * @param size numbers in one sequence
 */
export function putProposals(
  tried: Float32Array,
  { proposals }: Pick<PlanContext, 'proposals'>,
  size: number,
  others = 1,
): void {
  if (!proposals) return;
  const room = Math.max(0, tried.length - others * size);
  const proposed = proposals.subarray(0, room);
  tried.set(proposed, tried.length - proposed.length);
}

const bits = new DataView(new ArrayBuffer(4));

/** The largest float32 that is not above x. */
function floatBelow(x: number): number {
  const rounded = Math.fround(x);
  if (rounded <= x) return rounded;
  bits.setFloat32(0, rounded);
  bits.setInt32(0, bits.getInt32(0) + (rounded > 0 ? -1 : 1));
  return bits.getFloat32(0);
}

type Limits = Pick<PlanSpace, 'low' | 'high'>;
/** Asked for a sequence at a time, and the same for a whole session. */
const floatLimitsOf = new WeakMap<Limits, Limits>();

/**
 * Limits of actions that are kept as float32: 0.1 rounds to more than 0.1, and the guard would have to correct every
 * plan that goes to its limit.
 */
export function floatLimits(space: Limits): Limits {
  const known = floatLimitsOf.get(space);
  if (known) return known;
  const limits = { low: space.low.map((x) => -floatBelow(-x)), high: space.high.map(floatBelow) };
  floatLimitsOf.set(space, limits);
  return limits;
}

/** The previous plan as it stands at `step`: shifted forward, its end filled with the hold action. */
export function shiftedPlan({ horizon, hold }: PlanSpace, previous: Plan | null, step: number): Float32Array {
  const width = hold.length;
  const actions = new Float32Array(horizon * width);
  for (let t = 0; t < horizon; t++) actions.set(hold, t * width);
  if (previous) {
    const passed = Math.max(0, step - previous.firstStep) * width;
    actions.set(previous.actions.subarray(passed, passed + actions.length));
  }
  return actions;
}

/** Index of the largest finite return, the first of equal ones, or undefined when there is none. */
export function bestCandidate(returns: Float64Array): number | undefined {
  let best: number | undefined;
  for (let i = 0; i < returns.length; i++) {
    if (Number.isFinite(returns[i]) && (best === undefined || returns[i] > returns[best])) best = i;
  }
  return best;
}
