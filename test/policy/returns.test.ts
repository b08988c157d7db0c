import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advantages, judgedSteps, returnsToGo } from '../../src/main/policy/returns';

const number = fc.double({ min: -10, max: 10, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
/** Rewards of an episode, and the values of the states before, between and after. */
const episode = fc
  .integer({ min: 1, max: 12 })
  .chain((steps) =>
    fc.tuple(
      fc.array(number, { minLength: steps, maxLength: steps }),
      fc.array(number, { minLength: steps + 1, maxLength: steps + 1 }),
    ),
  );
const expectClose = (actual: ArrayLike<number>, wanted: number[]) => {
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 6);
  });
};
const sumOver = (from: number, to: number, term: (k: number) => number) => {
  let sum = 0;
  for (let k = from; k < to; k++) sum += term(k);
  return sum;
};

describe('returns and advantages', () => {
  it('are the discounted sum of all rewards from a step on, and of what follows the last', () => {
    fc.assert(
      fc.property(episode, share, number, ([rewards], discount, beyond) => {
        const T = rewards.length;
        const naive = rewards.map(
          (_, t) =>
            sumOver(t, T, (k) => discount ** (k - t) * (rewards[k] ?? 0)) + discount ** (T - t) * beyond,
        );
        expectClose(returnsToGo(rewards, discount, beyond), naive);
      }),
    );
  });

  it('are by GAE the sum of the surprises from a step on, discounted by γ λ', () => {
    fc.assert(
      fc.property(episode, share, share, ([rewards, values], discount, lambda) => {
        const T = rewards.length;
        const surprise = (t: number) =>
          (rewards[t] ?? 0) + discount * (values[t + 1] ?? 0) - (values[t] ?? 0);
        const naive = rewards.map((_, t) =>
          sumOver(t, T, (k) => (discount * lambda) ** (k - t) * surprise(k)),
        );
        expectClose(advantages(rewards, values, { discount, lambda }), naive);
      }),
    );
  });

  it('are by GAE with λ = 1 the return from a step on less what was expected there, and with λ = 0 one surprise', () => {
    fc.assert(
      fc.property(episode, share, ([rewards, values], discount) => {
        const returns = returnsToGo(rewards, discount, values.at(-1));
        expectClose(
          advantages(rewards, values, { discount, lambda: 1 }),
          [...returns].map((value, t) => value - (values[t] ?? 0)),
        );
        expectClose(
          advantages(rewards, values, { discount, lambda: 0 }),
          rewards.map((reward, t) => reward + discount * (values[t + 1] ?? 0) - (values[t] ?? 0)),
        );
      }),
    );
  });
});

describe('what weighs a step', () => {
  const [rewards, values] = [
    [1, 2, 4],
    [3, 5, 7, 8],
  ];
  const judge = (some: object) =>
    judgedSteps(rewards, values, {
      ...{ rewardToGo: false, baseline: false, gaeLambda: 1, discount: 0.5, ...some },
    });

  it('is the whole return of its episode, plain', () => {
    expect([...judge({})]).toEqual([3, 3, 3]);
  });

  it('is what came after it, with reward-to-go, and nothing beyond the last step where there is no value', () => {
    expect([...judge({ rewardToGo: true })]).toEqual([3, 4, 4]);
  });

  it('is less what was expected, with a baseline: of the whole, or from there on, and beyond the last step', () => {
    // 1 + 2/2 + 4/4 + 8/8 = 4.
    expect([...judge({ baseline: true })]).toEqual([1, 1, 1]);
    expect([...judge({ baseline: true, rewardToGo: true })]).toEqual([4 - 3, 6 - 5, 8 - 7]);
  });

  it('is made by GAE with a baseline and reward-to-go', () => {
    const both = { baseline: true, rewardToGo: true, gaeLambda: 0 };
    expect([...judge(both)]).toEqual([1 + 2.5 - 3, 2 + 3.5 - 5, 4 + 4 - 7]);
  });
});
