import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { receivedReturns } from '../../../src/main/core/views/series';

/** Plans as `[first step, steps that it looked ahead]`, or none; NaN as null, which is how it is shown. */
function received(reward: (number | null)[], plans: ([number, number] | null)[], terminated: boolean) {
  const numbers = (values: (number | null | undefined)[]) =>
    Float64Array.from(values, (v) => v ?? Number.NaN);
  const returns = receivedReturns(
    {
      firstRow: 0,
      reward: numbers(reward),
      plans: {
        firstStep: numbers(plans.map((plan) => plan?.[0])),
        // One observation more than steps: the first is where the plan began.
        horizon: numbers(plans.map((plan) => plan && plan[1] + 1)),
      },
    },
    { steps: reward.length - 1, terminated },
  );
  return Array.from(returns, (value) => (Number.isNaN(value) ? null : value));
}

describe('what came of a plan', () => {
  test('is the sum of the rewards over the steps that it looked ahead', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (rewards, horizon) => {
          const reward = [0, ...rewards];
          const returns = received(
            reward,
            reward.map((_, row) => [row, horizon]),
            false,
          );
          for (const [row, value] of returns.entries()) {
            const steps = reward.slice(row + 1, row + 1 + horizon);
            expect(value).toBe(steps.length < horizon ? null : steps.reduce((a, b) => a + b, 0));
          }
        },
      ),
    );
  });

  test('is what there was when the task ended the episode, which a plan could foresee', () => {
    const reward = [0, 1, 1, 1];
    expect(
      received(
        reward,
        reward.map((_, row) => [row, 10]),
        true,
      ),
    ).toEqual([3, 2, 1, 0]);
  });

  test('is not known where a reward within it is not', () => {
    const reward = [0, 1, null, 4, 8, 16];
    const plans = reward.map((_, row): [number, number] => [row, 2]);
    expect(received(reward, plans, false)).toEqual([null, null, 12, 24, null, null]);
  });

  test('counts from the step that a late plan was for, and is nothing without a plan', () => {
    expect(received([0, 1, 2, 4, 8], [[0, 2], [0, 2], null, [2, 2], null], false)).toEqual([
      3,
      3,
      null,
      12,
      null,
    ]);
  });
});
