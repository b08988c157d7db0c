import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Evaluate,
  type Plan,
  type PlanMethod,
  type PlanSpace,
  returnWeights,
} from '../../src/main/plan/method';
import { type SamplingOptions, samplingMethod } from '../../src/main/plan/methods';
import { PlannerOptions } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';

const space: PlanSpace = {
  horizon: 4,
  low: Float64Array.of(-1, 0),
  high: Float64Array.of(1, 5),
  hold: Float64Array.of(0, 2.5),
  values: [null, null],
};
const SIZE = 8;
const HERE = { start: new Float32Array(1), before: Float64Array.of(0, 2.5) };
const create = (options: Record<string, unknown>): PlanMethod =>
  samplingMethod(PlannerOptions.parse({ horizon: 4, candidates: 200, ...options }) as SamplingOptions, space);
const plan = (method: PlanMethod, evaluate: Evaluate, previous: Plan | null = null, step = 0, seed = 0) =>
  method({ step, previous, evaluate, random: new Random(seed), ...HERE });

/** Return by candidate, from its actions. */
const scored =
  (score: (actions: Float32Array, candidate: number) => number): Evaluate =>
  async (candidates) =>
    Float32Array.from({ length: candidates.length / SIZE }, (_, i) =>
      score(candidates.subarray(i * SIZE, (i + 1) * SIZE), i),
    );
const target = [0.5, 1, -0.5, 4, 0.25, 3, 0, 2];
const nearTarget = (actions: Float32Array) =>
  -target.reduce((sum, goal, j) => sum + ((goal - (actions[j] ?? 0)) / (j % 2 ? 2.5 : 1)) ** 2, 0);

const METHODS = [
  { method: 'random-shooting', select: 'argmax' },
  { method: 'random-shooting', select: 'softmax' },
  { method: 'mppi' },
];

describe.each(METHODS)('every planner, here %j', (options) => {
  it('improves on holding still and stays within the limits', async () => {
    const { actions, firstStep } = await plan(create(options), scored(nearTarget), null, 7);
    expect(firstStep).toBe(7);
    expect(actions).toHaveLength(SIZE);
    const hold = Float32Array.from({ length: SIZE }, (_, j) => space.hold[j % 2] ?? 0);
    expect(nearTarget(actions)).toBeGreaterThan(nearTarget(hold));
    actions.forEach((a, j) => {
      expect(a).toBeGreaterThanOrEqual(space.low[j % 2] ?? 0);
      expect(a).toBeLessThanOrEqual(space.high[j % 2] ?? 0);
    });
  });

  it('offers only candidates within the limits', async () => {
    await plan(
      create(options),
      scored((actions) => {
        actions.forEach((a, j) => {
          if (a < (space.low[j % 2] ?? 0) || a > (space.high[j % 2] ?? 0)) throw new Error(`action ${a}`);
        });
        return actions[0] ?? 0;
      }),
    );
  });

  it('gives the same plan for the same seed and another one for another', async () => {
    const first = await plan(create(options), scored(nearTarget), null, 0, 1);
    expect(await plan(create(options), scored(nearTarget), null, 0, 1)).toEqual(first);
    expect(await plan(create(options), scored(nearTarget), null, 0, 2)).not.toEqual(first);
  });

  it('never follows a candidate whose prediction diverged', async () => {
    const diverging = scored((actions, i) =>
      (actions[0] ?? 0) > 0 ? (i % 2 ? Number.NaN : Number.POSITIVE_INFINITY) : (actions[0] ?? 0),
    );
    const { actions } = await plan(create(options), diverging);
    expect(actions[0]).toBeLessThanOrEqual(0);
    expect(actions.every(Number.isFinite)).toBe(true);
  });

  it('holds when every prediction diverged', async () => {
    const { actions } = await plan(
      create(options),
      scored(() => Number.NaN),
    );
    expect([...actions]).toEqual([0, 2.5, 0, 2.5, 0, 2.5, 0, 2.5]);
  });
});

describe('random shooting', () => {
  it('as argmax executes the best candidate it has seen', async () => {
    const seen: Float32Array[] = [];
    const { actions } = await plan(
      create({ method: 'random-shooting' }),
      scored((candidate, i) => {
        seen.push(candidate.slice());
        return i === 123 ? 1 : 0;
      }),
    );
    expect(actions).toEqual(seen[123]);
  });

  it('open loop executes its whole plan before it plans again', async () => {
    const method = create({ method: 'random-shooting', replan: 'open-loop' });
    const first = await plan(method, scored(nearTarget), null, 10);
    const never: Evaluate = async () => {
      throw new Error('planned too early');
    };
    expect(await plan(method, never, first, 13)).toBe(first);
    const second = await plan(method, scored(nearTarget), first, 14, 5);
    expect(second.firstStep).toBe(14);
    expect(second.actions).not.toEqual(first.actions);
  });
});

describe('MPPI', () => {
  const method = create({ method: 'mppi' });

  it('starts from the previous plan, moved on to the step it plans for', async () => {
    const previous: Plan = { firstStep: 5, actions: Float32Array.of(0.1, 1, 0.2, 2, 0.3, 3, 0.4, 4) };
    let first: Float32Array | undefined;
    await plan(
      method,
      scored((candidate, i) => {
        if (i === 0) first ??= candidate.slice();
        return 0;
      }),
      previous,
      7,
    );
    expect(first).toEqual(Float32Array.of(0.3, 3, 0.4, 4, 0, 2.5, 0, 2.5));
  });

  it('leaves the plan as it is when all returns are equal', async () => {
    const previous: Plan = { firstStep: 0, actions: Float32Array.of(0.1, 1, 0.2, 2, 0.3, 3, 0.4, 4) };
    const { actions } = await plan(
      method,
      scored(() => 25),
      previous,
    );
    expect(actions).toEqual(previous.actions);
  });

  it('comes closer with every iteration', async () => {
    const errors: number[] = [];
    for (const iterations of [1, 4, 16]) {
      const { actions } = await plan(create({ method: 'mppi', iterations }), scored(nearTarget));
      errors.push(-nearTarget(actions));
    }
    expect(errors[1]).toBeLessThan(errors[0] ?? 0);
    expect(errors[2]).toBeLessThan(errors[1] ?? 0);
  });

  it('draws noise of the wanted size and time correlation', async () => {
    const wide: PlanSpace = {
      horizon: 50,
      low: Float64Array.of(-100),
      high: Float64Array.of(100),
      hold: Float64Array.of(0),
      values: [null],
    };
    const options = PlannerOptions.parse({
      method: 'mppi',
      horizon: 50,
      candidates: 500,
      iterations: 1,
      noise: 0.05,
      correlation: 0.8,
    });
    let products = 0;
    let squares = 0;
    let count = 0;
    await samplingMethod(
      options as SamplingOptions,
      wide,
    )({
      step: 0,
      previous: null,
      random: new Random(0),
      start: new Float32Array(1),
      before: Float64Array.of(0),
      evaluate: async (candidates) => {
        for (let i = 50; i < candidates.length; i += 50) {
          for (let t = 1; t < 50; t++) {
            products += (candidates[i + t] ?? 0) * (candidates[i + t - 1] ?? 0);
            squares += (candidates[i + t] ?? 0) ** 2;
            count++;
          }
        }
        return new Float32Array(500);
      },
    });
    expect(Math.sqrt(squares / count)).toBeCloseTo(5, 0);
    expect(products / squares).toBeCloseTo(0.8, 1);
  });
});

describe('the weights of returns', () => {
  const returns = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 2, maxLength: 50 });

  it('sum to one and do not depend on the scale or the offset of the reward', () => {
    fc.assert(
      fc.property(
        returns,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: -50, max: 50 }),
        (values, scale, offset) => {
          const weights = returnWeights(Float32Array.from(values), 0.5);
          const spread = Math.max(...values) - Math.min(...values);
          fc.pre(weights !== undefined && spread > 1);
          const moved = returnWeights(
            Float32Array.from(values, (v) => v * scale + offset),
            0.5,
          );
          expect(weights?.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
          weights?.forEach((w, i) => {
            expect(moved?.[i]).toBeCloseTo(w, 2);
          });
        },
      ),
    );
  });

  it('are none when the returns tell nothing, and even over the finite ones when only those are known', () => {
    expect(returnWeights(Float32Array.of(3, 3, 3), 1)).toBeUndefined();
    expect(returnWeights(Float32Array.of(Number.NaN, Number.NaN), 1)).toBeUndefined();
    expect(returnWeights(Float32Array.of(3, Number.NaN, 3), 1)).toEqual(Float64Array.of(0.5, 0, 0.5));
  });
});
