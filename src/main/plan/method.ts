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
  /** What else the method wants to know at the next step (elites, deviations), its own business. */
  memory?: unknown;
}

/**
 * Scores of candidate action sequences, [candidates, horizon, actions] row-major → [candidates]: the objective's return,
 * penalties taken off, of the sequences as they would be executed (smoothed, discrete values). Not finite where the
 * model's prediction diverged, which is the worst there is. Any number of candidates up to the planner's own.
 */
export type Evaluate = (candidates: Float32Array) => Promise<Float32Array>;

export interface PlanContext {
  /** Step that the plan's first action is for. */
  step: number;
  /** What was planned last in this episode: the warm start. */
  previous: Plan | null;
  evaluate: Evaluate;
  random: Random;
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

const bits = new DataView(new ArrayBuffer(4));

/** The largest float32 that is not above x. */
function floatBelow(x: number): number {
  const rounded = Math.fround(x);
  if (rounded <= x) return rounded;
  bits.setFloat32(0, rounded);
  bits.setInt32(0, bits.getInt32(0) + (rounded > 0 ? -1 : 1));
  return bits.getFloat32(0);
}

/**
 * Limits of actions that are kept as float32: 0.1 rounds to more than 0.1, and the guard would have to correct every
 * plan that goes to its limit.
 */
export function floatLimits({ low, high }: Pick<PlanSpace, 'low' | 'high'>): {
  low: Float64Array;
  high: Float64Array;
} {
  return { low: low.map((x) => -floatBelow(-x)), high: high.map(floatBelow) };
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

/**
 * Weights of a softmax over returns, w_i = exp((R_i − max R) / (λ σ)) / Z, with σ the standard deviation of the
 * returns: the same λ then suits rewards of any size. Sequences whose return is not finite get no weight.
 * @returns undefined when the returns tell nothing: none is finite, or all finite ones are equal
 */
export function returnWeights(returns: Float32Array, temperature: number): Float64Array | undefined {
  let best = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  for (const r of returns) {
    if (!Number.isFinite(r)) continue;
    best = Math.max(best, r);
    sum += r;
    count++;
  }
  let squares = 0;
  for (const r of returns) if (Number.isFinite(r)) squares += (r - sum / count) ** 2;
  const spread = Math.sqrt(squares / count);
  // Below float32's resolution the returns differ by rounding only. Written so that count = 0 ends here too.
  if (!(spread > 1e-6 * Math.max(1e-30, Math.abs(best)))) {
    return count > 0 && count < returns.length ? uniformOverFinite(returns, count) : undefined;
  }
  const weights = new Float64Array(returns.length);
  let total = 0;
  for (let i = 0; i < returns.length; i++) {
    const r = returns[i];
    const weight = Number.isFinite(r) ? Math.exp((r - best) / (temperature * spread)) : 0;
    weights[i] = weight;
    total += weight;
  }
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i] / total;
  return weights;
}

/** Some candidates diverged and the others are equally good: that much is known. */
function uniformOverFinite(returns: Float32Array, count: number): Float64Array {
  return Float64Array.from(returns, (r) => (Number.isFinite(r) ? 1 / count : 0));
}

/** Index of the largest finite return, or undefined when there is none. */
export function bestCandidate(returns: Float32Array): number | undefined {
  let best: number | undefined;
  for (let i = 0; i < returns.length; i++) {
    const r = returns[i];
    if (Number.isFinite(r) && (best === undefined || r > returns[best])) best = i;
  }
  return best;
}
