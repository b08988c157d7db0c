import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapActions, rateCosts } from '../../src/main/plan/action-map';
import type { PlanSpace } from '../../src/main/plan/method';

const SPACE: PlanSpace = {
  horizon: 3,
  low: Float64Array.of(-1, 0),
  high: Float64Array.of(1, 4),
  hold: Float64Array.of(0, 0),
  values: [null, Float64Array.of(0, 1, 4)],
};
const BEFORE = Float64Array.of(0.8, 4);

describe('actions as they are executed', () => {
  it('are smoothed from the action before the plan on, sequence by sequence', () => {
    const actions = Float32Array.of(0, 0, 0, 0, 1, 0, -1, 0, -1, 0, -1, 0);
    const mapped = mapActions(SPACE, { smoothing: 0.5 }, actions, BEFORE);
    const continuous = [...mapped].filter((_, j) => j % 2 === 0);
    [0.4, 0.2, 0.6, -0.1, -0.55, -0.775].forEach((expected, i) => {
      expect(continuous[i]).toBeCloseTo(expected, 6);
    });
  });

  it('are as planned without smoothing, and the plan is left alone', () => {
    const actions = Float32Array.of(0.25, 1, -0.5, 4, 0, 0);
    const copy = actions.slice();
    expect(mapActions(SPACE, { smoothing: 0 }, actions, BEFORE)).toEqual(copy);
    mapActions(SPACE, { smoothing: 0.9 }, actions, BEFORE);
    expect(actions).toEqual(copy);
  });

  it('go to the nearest value of a discrete channel, which smoothing cannot hold back', () => {
    const actions = Float32Array.of(0, 0.4, 0, 0.6, 0, 2.6);
    const mapped = mapActions(SPACE, { smoothing: 0.9 }, actions, BEFORE);
    expect([...mapped].filter((_, j) => j % 2 === 1)).toEqual([0, 1, 4]);
  });

  it('are always within the limits and values, and may be written over the plan', () => {
    const number = fc.float({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 12, maxLength: 12 }),
        fc.double({ min: 0, max: 0.95, noNaN: true }),
        (numbers, smoothing) => {
          const actions = Float32Array.from(numbers);
          const mapped = mapActions(SPACE, { smoothing }, actions, BEFORE);
          mapped.forEach((action, j) => {
            if (j % 2) expect([0, 1, 4]).toContain(action);
            else expect(Math.abs(action)).toBeLessThanOrEqual(1);
          });
          expect(mapActions(SPACE, { smoothing }, actions, BEFORE, actions)).toEqual(mapped);
        },
      ),
    );
  });
});

describe('the cost of rates', () => {
  it('is the sum of squared changes as shares of the range, the first from the action before', () => {
    const actions = Float32Array.of(0.8, 4, -0.2, 4, -0.2, 0, 1, 0, 1, 0, 1, 0);
    const [first, second] = rateCosts(SPACE, actions, BEFORE);
    expect(first).toBeCloseTo(0.5 ** 2 + 1, 6);
    expect(second).toBeCloseTo(0.1 ** 2 + 1, 6);
  });

  it('is nothing for an action that stays as it is', () => {
    const still = Float32Array.of(0.5, 1, 0.5, 1, 0.5, 1);
    expect([...rateCosts(SPACE, still, Float64Array.of(0.5, 1))]).toEqual([0]);
  });
});
