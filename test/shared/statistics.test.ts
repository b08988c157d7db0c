import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auroc, deviation, mean, shareOf, spread, variance } from '../../src/shared/statistics';

describe('a share of a number', () => {
  it('is rounded up as decimals are, whatever floating point makes of the product', () => {
    expect(Math.ceil(0.07 * 100)).toBe(8);
    expect(shareOf(0.07, 100)).toBe(7);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 1, max: 20_000 }),
        (thousandths, n) => {
          expect(shareOf(thousandths / 1000, n)).toBe(Math.ceil((thousandths * n) / 1000));
        },
      ),
    );
  });
});

describe('mean and variance', () => {
  it('are those of the numbers, however far from zero they lie', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        (values, far) => {
          const near = values.reduce((a, b) => a + b, 0) / values.length;
          const squares = values.reduce((sum, x) => sum + (x - near) ** 2, 0) / values.length;
          const moved = values.map((value) => value + far);
          expect(mean(moved)).toBeCloseTo(near + far, 6);
          expect(variance(moved)).toBeCloseTo(squares, 6);
          expect(deviation(moved)).toBeCloseTo(Math.sqrt(squares), 6);
        },
      ),
    );
    expect(mean([])).toBeNaN();
  });
});

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
