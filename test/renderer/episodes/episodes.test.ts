import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANY, matches } from '../../../src/renderer/episodes/filter';
import { nearestRow } from '../../../src/renderer/episodes/rows';
import { episode } from '../episode';

describe('the filter', () => {
  test('finds every word somewhere, in any order and case', () => {
    expect(matches(episode(), { ...ANY, text: 'MPC cart' })).toBe(true);
    expect(matches(episode(), { ...ANY, text: '12 nice' })).toBe(true);
    expect(matches(episode(), { ...ANY, text: 'mpc random' })).toBe(false);
  });
  test('narrows by rig and source', () => {
    expect(matches(episode(), { ...ANY, rig: 'pendulum' })).toBe(false);
    expect(matches(episode(), { ...ANY, source: 'mpc' })).toBe(true);
  });
  test('shows only the doubtful when asked', () => {
    expect(matches(episode(), { ...ANY, onlyDoubtful: true })).toBe(false);
    expect(matches(episode({ missedPlans: 1 }), { ...ANY, onlyDoubtful: true })).toBe(true);
    expect(matches(episode({ guardInterventions: 1 }), { ...ANY, onlyDoubtful: true })).toBe(false);
  });
});

test('pointing finds the row that is nearest in time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
      fc.double({ min: -1, max: 45, noNaN: true }),
      (steps, second) => {
        let time = 0;
        const seconds = steps.map((step) => {
          time += step;
          return time;
        });
        const found = Math.abs((seconds[nearestRow(seconds, second)] ?? Number.NaN) - second);
        expect(found).toBe(Math.min(...seconds.map((s) => Math.abs(s - second))));
      },
    ),
  );
  expect(nearestRow([], 1)).toBe(0);
});
