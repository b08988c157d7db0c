import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanInterval, studentQuantile, studentWithin } from '../../src/shared/student';

describe("Student's t", () => {
  // Two-sided 95 % and 99 %, from the usual printed tables.
  it.each([
    [1, 12.706, 63.657],
    [2, 4.303, 9.925],
    [3, 3.182, 5.841],
    [4, 2.776, 4.604],
    [9, 2.262, 3.25],
    [30, 2.042, 2.75],
    [120, 1.98, 2.617],
  ])('has the quantiles of the tables at %i degrees of freedom', (freedom, at95, at99) => {
    expect(studentQuantile(0.95, freedom)).toBeCloseTo(at95, 2);
    expect(studentQuantile(0.99, freedom)).toBeCloseTo(at99, 2);
  });

  it('becomes normal with many degrees of freedom', () => {
    expect(studentQuantile(0.95, 100_000)).toBeCloseTo(1.96, 3);
  });

  it('has a quantile that undoes its distribution', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (freedom, share) => {
          expect(studentWithin(studentQuantile(share, freedom), freedom)).toBeCloseTo(share, 9);
        },
      ),
    );
  });
});

describe('the interval of a mean', () => {
  it('is the textbook one', () => {
    // Mean 3, sample deviation √2.5, 2.776 · √2.5 / √5.
    const [low, high] = meanInterval([1, 2, 3, 4, 5]) ?? [];
    expect(low).toBeCloseTo(3 - 1.963, 3);
    expect(high).toBeCloseTo(3 + 1.963, 3);
  });

  it('is not known of one value, and a point where all are the same', () => {
    expect(meanInterval([7])).toBeNull();
    expect(meanInterval([7, 7, 7])).toEqual([7, 7]);
  });
});
