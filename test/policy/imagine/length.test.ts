import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LengthOptions, lengthWords, rolloutSteps } from '../../../src/main/policy/imagine/length';

const options = (given: Partial<LengthOptions> = {}): LengthOptions => ({
  ...{
    rolloutLength: 'schedule',
    rolloutFirst: 1,
    rolloutLast: 15,
    rolloutFrom: 20_000,
    rolloutUntil: 150_000,
  },
  ...given,
});

describe('the length of rollouts', () => {
  it('follows the schedule that was published for the hopper', () => {
    // 1 → 15 over epochs 20 to 150 of 1000 steps (Janner et al. 2019).
    const found = [0, 20_000, 29_000, 30_000, 85_000, 149_999, 150_000, 300_000].map((steps) =>
      rolloutSteps(options(), steps, null),
    );
    expect(found).toEqual([1, 1, 1, 2, 8, 14, 15, 15]);
  });

  it('never leaves its two ends and never turns back, whichever way it goes', () => {
    const length = fc.integer({ min: 1, max: 200 });
    const when = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(length, length, when, when, when, when, (first, last, from, until, one, other) => {
        const given = options({
          ...{ rolloutFirst: first, rolloutLast: last, rolloutFrom: from, rolloutUntil: until },
        });
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((steps) =>
          rolloutSteps(given, steps, null),
        ) as [number, number];
        for (const steps of [early, late]) {
          expect(steps).toBeGreaterThanOrEqual(Math.min(first, last));
          expect(steps).toBeLessThanOrEqual(Math.max(first, last));
          expect(Number.isInteger(steps)).toBe(true);
        }
        expect(Math.sign(late - early) * Math.sign(last - first)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is as long as the model is trusted where that is chosen, between its ends', () => {
    const auto = options({ rolloutLength: 'auto', rolloutFirst: 2, rolloutLast: 10 });
    expect([null, 0, 1, 5, 12].map((trusted) => rolloutSteps(auto, 0, trusted))).toEqual([2, 2, 2, 5, 10]);
  });

  it('is said beside how long the model is trusted', () => {
    expect(lengthWords(5, 12)).toBe('rollouts of 5 steps; the model is trusted for 12');
    expect(lengthWords(1, 0)).toBe('rollouts of 1 step; the model is not trusted for one step');
    expect(lengthWords(2, null)).toBe('rollouts of 2 steps; nobody has judged the model yet');
  });
});
