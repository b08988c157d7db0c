import type { Evaluate, Plan, PlanContext, PlanMethod, PlanSpace, Scores } from '../../src/main/plan/method';
import { type SamplingOptions, samplingMethod } from '../../src/main/plan/methods';
import { PLANNER_OPTIONS, type PlannerName, PlannerOptions, plannerTraits } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';

/** Two continuous actions over four steps. */
export const SPACE: PlanSpace = {
  horizon: 4,
  low: Float64Array.of(-1, 0),
  high: Float64Array.of(1, 5),
  hold: Float64Array.of(0, 2.5),
  values: [null, null],
};

/** Every planner that samples, in the ways that it can be set: whoever has a `select` with each of them. */
export const METHODS = PLANNER_OPTIONS.map(({ shape }) => shape.method.value)
  .filter((method) => !plannerTraits(method).differentiates)
  .flatMap((method): { method: PlannerName; select?: string }[] =>
    'select' in PlannerOptions.parse({ method })
      ? ['argmax', 'softmax'].map((select) => ({ method, select }))
      : [{ method }],
  );

export const create = (options: Record<string, unknown>, space = SPACE): PlanMethod =>
  samplingMethod(
    PlannerOptions.parse({ candidates: 200, ...options, horizon: space.horizon }) as SamplingOptions,
    space,
  );

export const plan = (
  method: PlanMethod,
  evaluate: Evaluate,
  context: Partial<PlanContext> & { seed?: number } = {},
) =>
  method({
    ...{ step: 0, previous: null, evaluate, random: new Random(context.seed ?? 0) },
    ...{ start: new Float32Array(1), before: SPACE.hold },
    ...context,
  });

export const scoresFrom = (values: ArrayLike<number>): Scores => ({
  values: Float64Array.from(values),
  resolution: 1e-9,
});

/** Scores one candidate after the other, by its actions. */
export const scored =
  (score: (actions: Float32Array, candidate: number) => number, space = SPACE): Evaluate =>
  async (candidates) => {
    const size = space.horizon * space.low.length;
    return scoresFrom(
      Array.from({ length: candidates.length / size }, (_, i) =>
        score(candidates.subarray(i * size, (i + 1) * size), i),
      ),
    );
  };

/** Minus the squared distance from a target, in half ranges. */
export const nearTo =
  (target: readonly number[], { low, high } = SPACE) =>
  (actions: Float32Array): number =>
    -target.reduce((sum, goal, j) => {
      const a = j % low.length;
      const half = (high[a] - low[a]) / 2;
      return sum + ((goal - (actions[j] ?? 0)) / half) ** 2;
    }, 0);

/** Plans one step after the other, each from the one before. */
export async function planOnAndOn(method: PlanMethod, evaluate: Evaluate, steps: number): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (let step = 0; step < steps; step++) {
    plans.push(await plan(method, evaluate, { step, previous: plans.at(-1) ?? null, seed: step }));
  }
  return plans;
}
