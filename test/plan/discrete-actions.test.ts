import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evaluate, PlanSpace } from '../../src/main/plan/method';
import { create, METHODS, nearTo, plan, planOnAndOn, scored } from './sampling';

/** A continuous action beside one of three values. */
const MIXED: PlanSpace = {
  horizon: 5,
  low: Float64Array.of(-1, -10),
  high: Float64Array.of(1, 10),
  hold: Float64Array.of(0, 0),
  values: [null, Float64Array.of(-10, 0, 10)],
};
const TARGET = [0.5, 10, -0.5, -10, 0.25, 0, 0, 10, -0.25, 10];
const nearTarget = nearTo(TARGET, MIXED);
const discrete = (actions: Float32Array) => [...actions].filter((_, j) => j % 2 === 1);

describe.each(METHODS)('discrete actions, here %j', (options) => {
  it('are values of the list in every candidate and in the plan', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: -20, max: 20 }),
        async (list, goal) => {
          const values = Float64Array.from(list).sort();
          const hold = values[0] ?? 0;
          const space: PlanSpace = {
            horizon: 4,
            low: Float64Array.of(-20),
            high: Float64Array.of(20),
            hold: Float64Array.of(hold),
            values: [values],
          };
          const evaluate: Evaluate = async (candidates) => {
            expect(candidates.every((a) => values.includes(a))).toBe(true);
            return scored(nearTo([goal, -goal, goal, -goal], space), space)(candidates);
          };
          const plans = await planOnAndOn(create({ ...options, candidates: 40 }, space), evaluate, 2);
          for (const { actions } of plans) expect(actions.every((a) => values.includes(a))).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('hold where nothing is known', async () => {
    const { actions } = await plan(
      create(options, MIXED),
      scored(() => Number.NaN, MIXED),
    );
    expect([...actions]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe.each([{ method: 'mppi' }, { method: 'cem' }, { method: 'icem', noiseExponent: 0.5 }])(
  'mixed actions, here %j',
  (options) => {
    it('are found together: the values exactly, the others closely', async () => {
      const method = create({ ...options, candidates: 300, iterations: 6 }, MIXED);
      const { actions } = await plan(method, scored(nearTarget, MIXED));
      expect(discrete(actions)).toEqual([10, -10, 0, 10, 10]);
      expect(nearTarget(actions)).toBeGreaterThan(-0.3);
    });

    it('leave a value that no elite had, when it becomes the best one', async () => {
      const method = create(
        { ...options, candidates: 500, iterations: 12, ...(options.method === 'icem' && { decay: 1 }) },
        MIXED,
      );
      const before = await plan(method, scored(nearTo(Array(10).fill(10), MIXED), MIXED));
      expect(discrete(before.actions)).toEqual([10, 10, 10, 10, 10]);
      const after = await plan(method, scored(nearTo(Array(10).fill(-10), MIXED), MIXED), {
        previous: before,
        step: 1,
      });
      expect(discrete(after.actions)).toEqual([-10, -10, -10, -10, -10]);
    });
  },
);
