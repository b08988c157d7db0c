import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { curveOf, edgesOf, pointSeconds } from '../../../src/renderer/episodes/curves';
import { moved, nearest, rowAt, secondOf, zoomed } from '../../../src/renderer/episodes/rows';
import type { EpisodeWindow } from '../../../src/shared/episode-window';

const times = fc
  .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 })
  .map((steps) => {
    let time = 0;
    return steps.map((step) => {
      time += step;
      return time;
    });
  });

describe('the time of an episode', () => {
  test('pointing finds the row that is nearest', () => {
    fc.assert(
      fc.property(times, fc.double({ min: -1, max: 45, noNaN: true }), (seconds, second) => {
        const found = Math.abs((seconds[nearest(seconds, second)] ?? Number.NaN) - second);
        expect(found).toBe(Math.min(...seconds.map((s) => Math.abs(s - second))));
      }),
    );
    expect(nearest([], 1)).toBe(0);
  });

  test('leads from a row to its time and back, row by row and in buckets', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 9 }), fc.nat(1000), (all, bucket, from) => {
        const rows = all.length * bucket;
        const window = { from, to: from + rows, bucket, seconds: all, endSeconds: (all.at(-1) ?? 0) + 1 };
        for (let row = from; row < from + rows; row++) expect(rowAt(window, secondOf(window, row))).toBe(row);
        expect(secondOf(window, from + rows - 1)).toBeCloseTo(
          rows > 1 && bucket > 1 ? window.endSeconds : (all.at(-1) ?? 0),
          9,
        );
      }),
    );
  });

  test('is zoomed about a moment that keeps its place, and never left', () => {
    const whole = { from: 0, to: 100 };
    const span = fc.tuple(
      fc.double({ min: 0, max: 90, noNaN: true }),
      fc.double({ min: 1, max: 10, noNaN: true }),
    );
    fc.assert(
      fc.property(span, fc.double({ min: 0, max: 1, noNaN: true }), ([from, length], share) => {
        const about = from + share * length;
        const closer = zoomed({ from, to: from + length }, whole, 0.5, about);
        expect((about - (closer?.from ?? 0)) / (length / 2)).toBeCloseTo(share, 6);
        const wider = zoomed({ from, to: from + length }, whole, 4, about);
        expect(wider?.from).toBeGreaterThanOrEqual(0);
        expect(wider?.to).toBeLessThanOrEqual(100.000001);
      }),
    );
    expect(zoomed({ from: 10, to: 80 }, whole, 2, 20)).toBeNull();
    expect(moved({ from: 90, to: 95 }, whole, 50)).toEqual({ from: 95, to: 100 });
  });
});

describe('a curve', () => {
  const trace = { first: [1, 5], more: { last: [2, null], min: [0, 5], max: [9, 6], gaps: [1] } };

  test('goes through the extremes of every bucket and breaks where a row is not known', () => {
    expect(curveOf(trace)).toEqual([1, 0, undefined, 9, 2, 5, 5, null, 6, null]);
    expect(curveOf({ first: [1, null] })).toEqual([1, null]);
  });

  test('and its band have as many points as there are times', () => {
    const window = { bucket: 3, seconds: [0, 5], endSeconds: 10 } as EpisodeWindow;
    expect(pointSeconds(window)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const [low, high] = edgesOf({ low: [0, null], high: [1, 2] }, 3);
    expect([low.length, high.length, low[4], low[5], high[9]]).toEqual([10, 10, 0, null, 2]);
  });
});
