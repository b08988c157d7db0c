import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evaluate, Plan, PlanSpace } from '../../src/main/plan/method';
import { softmax } from '../../src/main/plan/methods/choice';
import { create, METHODS, nearTo, plan, SPACE, scored, scoresFrom } from './sampling';

const SIZE = 8;
const target = [0.5, 1, -0.5, 4, 0.25, 3, 0, 2];
const nearTarget = nearTo(target);

describe.each(METHODS)('every planner, here %j', (options) => {
  it('improves on holding still and stays within the limits', async () => {
    const { actions, firstStep } = await plan(create(options), scored(nearTarget), { step: 7 });
    expect(firstStep).toBe(7);
    expect(actions).toHaveLength(SIZE);
    const hold = Float32Array.from({ length: SIZE }, (_, j) => SPACE.hold[j % 2] ?? 0);
    expect(nearTarget(actions)).toBeGreaterThan(nearTarget(hold));
    actions.forEach((a, j) => {
      expect(a).toBeGreaterThanOrEqual(SPACE.low[j % 2] ?? 0);
      expect(a).toBeLessThanOrEqual(SPACE.high[j % 2] ?? 0);
    });
  });

  it('offers only candidates within the limits', async () => {
    await plan(
      create(options),
      scored((actions) => {
        actions.forEach((a, j) => {
          if (a < (SPACE.low[j % 2] ?? 0) || a > (SPACE.high[j % 2] ?? 0)) throw new Error(`action ${a}`);
        });
        return actions[0] ?? 0;
      }),
    );
  });

  it('gives the same plan for the same seed and another one for another', async () => {
    const first = await plan(create(options), scored(nearTarget), { seed: 1 });
    expect(await plan(create(options), scored(nearTarget), { seed: 1 })).toEqual(first);
    expect(await plan(create(options), scored(nearTarget), { seed: 2 })).not.toEqual(first);
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

describe.each(METHODS)('every planner with less time, here %j', (options) => {
  /** A plan of at most so many candidates, and how many each call of `evaluate` had. */
  const counted = async (candidates: number) => {
    const counts: number[] = [];
    const evaluate: Evaluate = async (tried) => {
      counts.push(tried.length / SIZE);
      return scored(nearTarget)(tried);
    };
    return { ...(await plan(create(options), evaluate, { candidates })), counts };
  };

  it('tries no more candidates at once than it is given, and still plans', async () => {
    const { actions, counts } = await counted(30);
    expect(Math.max(...counts)).toBe(30);
    expect(nearTarget(actions)).toBeGreaterThan(-4);
  });

  it('makes a plan of a single candidate', async () => {
    const { actions, counts } = await counted(1);
    expect(new Set(counts)).toEqual(new Set([1]));
    actions.forEach((a, j) => {
      expect(a).toBeGreaterThanOrEqual(SPACE.low[j % 2] ?? 0);
      expect(a).toBeLessThanOrEqual(SPACE.high[j % 2] ?? 0);
    });
  });
});

describe.each(METHODS)('limits of any size, here %j', (options) => {
  it('are kept by every candidate and by the plan, though both are float32', async () => {
    const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        number,
        fc.double({ min: 0.01, max: 1e3, noNaN: true }),
        number,
        async (low, width, goal) => {
          const space: PlanSpace = {
            horizon: 3,
            low: Float64Array.of(low),
            high: Float64Array.of(low + width),
            hold: Float64Array.of(low),
            values: [null],
          };
          const kept = (a: number) => a >= low && a <= low + width;
          const { actions } = await plan(
            create({ ...options, candidates: 20 }, space),
            async (candidates) => {
              expect(candidates.every(kept)).toBe(true);
              return scored(nearTo([goal, goal, goal], space), space)(candidates);
            },
          );
          expect(actions.every(kept)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
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
    const first = await plan(method, scored(nearTarget), { step: 10 });
    const never: Evaluate = async () => {
      throw new Error('planned too early');
    };
    expect(await plan(method, never, { previous: first, step: 13 })).toBe(first);
    const second = await plan(method, scored(nearTarget), { previous: first, step: 14, seed: 5 });
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
      { previous, step: 7 },
    );
    expect(first).toEqual(Float32Array.of(0.3, 3, 0.4, 4, 0, 2.5, 0, 2.5));
  });

  it('leaves the plan as it is when all returns are equal', async () => {
    const previous: Plan = { firstStep: 0, actions: Float32Array.of(0.1, 1, 0.2, 2, 0.3, 3, 0.4, 4) };
    const { actions } = await plan(
      method,
      scored(() => 25),
      { previous },
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
    let products = 0;
    let squares = 0;
    let count = 0;
    await plan(
      create({ method: 'mppi', candidates: 500, iterations: 1, noise: 0.05, correlation: 0.8 }, wide),
      async (candidates) => {
        for (let i = 50; i < candidates.length; i += 50) {
          for (let t = 1; t < 50; t++) {
            products += (candidates[i + t] ?? 0) * (candidates[i + t - 1] ?? 0);
            squares += (candidates[i + t] ?? 0) ** 2;
            count++;
          }
        }
        return scoresFrom(new Float64Array(500));
      },
    );
    expect(Math.sqrt(squares / count)).toBeCloseTo(5, 0);
    expect(products / squares).toBeCloseTo(0.8, 1);
  });
});

describe('the weights of a softmax', () => {
  const returns = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 2, maxLength: 50 });
  /** [candidates] */
  const weightsOf = (values: readonly number[], temperature: number) => {
    const tried = Float32Array.from(values, (_, i) => i);
    const chosen = softmax(scoresFrom(values), tried, temperature);
    return chosen && values.map((_, i) => chosen.weights[chosen.candidates.indexOf(i)] ?? 0);
  };

  it('sum to one and do not depend on the scale or the offset of the reward', () => {
    fc.assert(
      fc.property(
        returns,
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.double({ min: -1e7, max: 1e7, noNaN: true }),
        (values, scale, offset) => {
          const weights = weightsOf(values, 0.5);
          fc.pre(weights !== undefined && Math.max(...values) - Math.min(...values) > 1);
          const moved = weightsOf(
            values.map((value) => value * scale + offset),
            0.5,
          );
          expect(weights?.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
          weights?.forEach((weight, i) => {
            expect(moved?.[i]).toBeCloseTo(weight, 4);
          });
        },
      ),
    );
  });

  it('are none when the returns tell nothing, and even over the finite ones when only those are known', () => {
    expect(weightsOf([3, 3, 3], 1)).toBeUndefined();
    expect(weightsOf([Number.NaN, Number.NaN], 1)).toBeUndefined();
    expect(weightsOf([3, Number.NaN, 3], 1)).toEqual([0.5, 0, 0.5]);
  });
});
