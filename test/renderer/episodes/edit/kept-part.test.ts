import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  editProblem,
  handleRange,
  seamRows,
  splitProblem,
  stepsOfKey,
  withHandle,
} from '../../../../src/renderer/episodes/edit/kept-part';
import { episode } from '../../episode';

describe('the part of an episode that is kept', () => {
  test('has a step or more and lies within the episode, wherever its handles are put', () => {
    const moves = fc.array(
      fc.record({ handle: fc.constantFrom('from' as const, 'to' as const), row: fc.double({ noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), moves, (last, all) => {
        let kept = { from: 0, to: last };
        for (const { handle, row } of all) {
          const other = handle === 'from' ? 'to' : 'from';
          const next = withHandle(kept, handle, row, last);
          expect(next[other]).toBe(kept[other]);
          const { min, max } = handleRange(kept, handle, last);
          expect(next[handle]).toBe(Math.min(max, Math.max(min, Math.round(row))));
          kept = next;
          expect(kept.from).toBeGreaterThanOrEqual(0);
          expect(kept.to).toBeGreaterThan(kept.from);
          expect(kept.to).toBeLessThanOrEqual(last);
        }
      }),
    );
  });

  test('is changed by arrow keys a step at a time, by Shift ten, by Home and End to the end', () => {
    const press = (key: string, shift = false) =>
      withHandle({ from: 50, to: 80 }, 'from', 50 + (stepsOfKey(key, shift) ?? Number.NaN), 100).from;
    expect(['ArrowLeft', 'ArrowRight', 'Home', 'End'].map((key) => press(key))).toEqual([49, 51, 0, 79]);
    expect([press('ArrowLeft', true), press('ArrowRight', true)]).toEqual([40, 60]);
    expect(stepsOfKey('a', false)).toBeUndefined();
  });
});

describe('an episode', () => {
  test('is cut when it has ended, is not deleted and has a step to cut', () => {
    expect(editProblem(episode())).toBeNull();
    expect(editProblem(episode({ state: 'recording' }))).toMatch(/being recorded/);
    expect(editProblem(episode({ deletedAt: 1 }))).toMatch(/deleted/);
    expect(editProblem(episode({ steps: 1 }))).toMatch(/single step/);
  });

  test('is split where a step or more is left on both sides', () => {
    const four = episode({ steps: 4 });
    expect([0, 1, 2, 3, 4].filter((row) => splitProblem(four, row) === null)).toEqual([1, 2, 3]);
    const merged = episode({
      steps: 4,
      parts: [
        { episode: 1, from: 0, to: 1 },
        { episode: 2, from: 3, to: 7 },
      ],
    });
    expect([0, 1, 2, 3, 4].filter((row) => splitProblem(merged, row) === null)).toEqual([2, 3]);
  });

  test('has a seam where another part begins, and none as it was recorded', () => {
    expect(seamRows(episode())).toEqual([]);
    const parts = [
      { episode: 1, from: 5, to: 15 },
      { episode: 2, from: 0, to: 3 },
      { episode: 1, from: 20, to: 30 },
    ];
    expect(seamRows({ parts })).toEqual([10, 13]);
  });
});
