import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auroc, spread } from '../../src/shared/statistics';

describe('the area under the ROC curve', () => {
  it.each([
    ['1 where every positive is above every negative', [3, 4], [1, 2], 1],
    ['0 the other way round', [1, 2], [3, 4], 0],
    ['one half where all scores are the same', [5, 5, 5], [5, 5], 0.5],
    // Pairs: 2 > 1, 2 = 2 (half), 3 > 1, 3 > 2: 3.5 of 4.
    ['the share of pairs in the right order, a tie counting half', [2, 3], [1, 2], 3.5 / 4],
  ])('is %s', (_, positive, negative, area) => {
    expect(auroc(positive, negative)).toBeCloseTo(area, 12);
  });

  it('is what counting all pairs gives, ties included', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scores, scores, (positive, negative) => {
        let won = 0;
        for (const p of positive) for (const n of negative) won += p > n ? 1 : p === n ? 0.5 : 0;
        expect(auroc(positive, negative)).toBeCloseTo(won / (positive.length * negative.length), 10);
        expect(auroc(positive, negative) + auroc(negative, positive)).toBeCloseTo(1, 10);
      }),
    );
  });

  it('of nothing, or of what is no number, is an error', () => {
    expect(() => auroc([], [1])).toThrow(RangeError);
    expect(() => auroc([1], [])).toThrow(RangeError);
    expect(() => auroc([1], [Number.NaN])).toThrow(RangeError);
  });
});

describe('median and range', () => {
  it('are of the values that are there', () => {
    expect(spread([3, null, 1, Number.NaN, 10])).toEqual({ median: 3, low: 1, high: 10 });
    expect(spread([1, 2])).toEqual({ median: 1.5, low: 1, high: 2 });
    expect(spread([null])).toBeUndefined();
  });
});
