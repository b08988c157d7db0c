import type { GradientShootingOptions } from '../../../shared/plan';
import type { Random } from '../../../shared/random';
import type { Derivable } from '../derivatives/derivable';
import { derivativeProblem } from '../derivatives/problem';
import { compileReturn, type ObjectiveWeights } from '../derivatives/return-gradient';
import { drawnAround } from '../derivatives/starts';
import {
  bestCandidate,
  floatLimits,
  type PlanMethod,
  type PlanSpace,
  putProposals,
  shiftedPlan,
} from '../method';

/** Adam's constants (Kingma & Ba 2015); ε as a share of the steepest slope so far, so that rewards may have any unit. */
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-12];
/** The warm start is kept where another start is better by no more than this share of what the starts differ by. */
const NEAR = 0.01;
/** Share of the learning rate that the previous plan is refined with: it is near its best, and others search. */
const REFINING = 0.2;

/**
 * Gradient shooting: the return is a differentiable function of the actions, so they climb it,
 *
 *   u ← clip(u + η_i · Adam(∂J/∂u)),   η_i = learningRate × half the range of every action × (1 − i / iterations),
 *
 * from several starts side by side: the previous plan, the hold action, draws around the previous plan, and a policy's proposals. Adam's steps
 * have their size whatever the slope, so they shrink for the plan to come to rest, and the previous plan's are smaller. The
 * plan is the best sequence seen on the way, so it is never worse than the previous one; where others are about as good
 * as the previous plan's descendant, that one is kept, for calm.
 */
export async function gradientShooting(
  options: GradientShootingOptions,
  space: PlanSpace,
  derivable: Derivable,
): Promise<PlanMethod> {
  const { engine, setup } = derivable;
  const { candidates: starts, iterations } = options;
  const problem = await derivativeProblem(options, space, derivable);
  const pessimistic = setup.propagation.objective === 'pessimistic';
  const graph = await compileReturn(engine, problem, { starts, pessimistic, threads: setup.threads });
  const limits = floatLimits(space);
  const size = space.horizon * space.low.length;
  const actions = new Float32Array(starts * size);
  const method: PlanMethod = async (context) => {
    const { step, previous, random, start, before, candidates = starts } = context;
    const weights: ObjectiveWeights = setup.propagation;
    const best = new BestSeen(starts, size);
    const climb = adam(limits, actions, size);
    fillStarts(actions, shiftedPlan(space, previous, step), options, { ...space, ...limits }, random);
    putProposals(actions, context, size);
    // The graph has its number of rows; less time means fewer steps.
    const steps = Math.max(1, Math.round((iterations * candidates) / starts));
    for (let i = 0; i < steps; i++) {
      const { scores, gradient } = await graph.gradient(start, before, actions, weights);
      best.see(scores, actions);
      climb(gradient, options.learningRate * (1 - i / steps));
    }
    best.see(await graph.scores(start, before, actions, weights), actions);
    return { firstStep: step, actions: best.plan() ?? shiftedPlan(space, previous, step) };
  };
  method.close = () => graph.dispose();
  return method;
}

/** [starts, horizon, actions]: the warm start, the hold action, and draws around the warm start, within the limits. */
function fillStarts(
  actions: Float32Array,
  warm: Float32Array,
  { candidates, initialStd }: GradientShootingOptions,
  space: PlanSpace,
  random: Random,
): void {
  actions.set(warm);
  for (let i = 1; i < candidates; i++) {
    const start = i === 1 ? shiftedPlan(space, null, 0) : drawnAround(warm, initialStd, space, random);
    actions.set(start, i * warm.length);
  }
}

/** One step of Adam upwards at every call, within the limits; a slope that is no number moves nothing. */
function adam(
  { low, high }: Pick<PlanSpace, 'low' | 'high'>,
  actions: Float32Array,
  size: number,
): (gradient: Float32Array, learningRate: number) => void {
  const mean = new Float64Array(actions.length);
  const square = new Float64Array(actions.length);
  let [count, steepest] = [0, 0];
  return (gradient, learningRate) => {
    count++;
    for (const slope of gradient) {
      if (Number.isFinite(slope)) steepest = Math.max(steepest, Math.abs(slope));
    }
    const epsilon = EPSILON * steepest || Number.MIN_VALUE;
    const [bias1, bias2] = [1 - BETA1 ** count, 1 - BETA2 ** count];
    for (let j = 0; j < actions.length; j++) {
      const a = j % low.length;
      const half = (high[a] - low[a]) / 2;
      const slope = gradient[j];
      const g = Number.isFinite(slope) ? slope * half : 0;
      const m = BETA1 * mean[j] + (1 - BETA1) * g;
      const v = BETA2 * square[j] + (1 - BETA2) * g * g;
      mean[j] = m;
      square[j] = v;
      const rate = j < size ? REFINING * learningRate : learningRate;
      const step = (rate * half * (m / bias1)) / (Math.sqrt(v / bias2) + epsilon);
      const next = actions[j] + step;
      actions[j] = Math.min(high[a], Math.max(low[a], next));
    }
  };
}

/** Of every start the best sequence that it has been. */
class BestSeen {
  readonly #scores: Float64Array;
  readonly #actions: Float32Array;

  constructor(
    starts: number,
    private readonly size: number,
  ) {
    this.#scores = new Float64Array(starts).fill(Number.NEGATIVE_INFINITY);
    this.#actions = new Float32Array(starts * size);
  }

  see(scores: Float64Array, actions: Float32Array): void {
    scores.forEach((score, i) => {
      if (!Number.isFinite(score) || score <= this.#scores[i]) return;
      this.#scores[i] = score;
      this.#actions.set(actions.subarray(i * this.size, (i + 1) * this.size), i * this.size);
    });
  }

  /** Undefined when every prediction diverged. */
  plan(): Float32Array | undefined {
    const best = bestCandidate(this.#scores);
    if (best === undefined) return undefined;
    const finite = this.#scores.filter(Number.isFinite);
    const spread = this.#scores[best] - Math.min(...finite);
    const chosen = this.#scores[best] - this.#scores[0] <= NEAR * spread ? 0 : best;
    return this.#actions.slice(chosen * this.size, (chosen + 1) * this.size);
  }
}
