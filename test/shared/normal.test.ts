import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalCdf } from '../../src/shared/normal';

/** Its Maclaurin series, ½ + φ(0) Σ (−1)^n x^(2n+1) / (2^n n! (2n+1)); terms stay small for |x| ≤ 3. */
function series(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / (2 * n);
    sum += term / (2 * n + 1);
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}

describe('the normal distribution', () => {
  it('is what its series gives, to fourteen digits', () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (x) => {
        expect(Math.abs(normalCdf(x) - series(x))).toBeLessThan(1e-14);
      }),
    );
  });

  it('keeps its digits in the tail', () => {
    // Φ(−5), Φ(−8) and Φ(−20), to as many digits as tables give.
    expect(normalCdf(-5) / 2.866515718791939e-7).toBeCloseTo(1, 10);
    expect(normalCdf(-8) / 6.22096057427178e-16).toBeCloseTo(1, 7);
    expect(normalCdf(-20) / 2.753624118606234e-89).toBeCloseTo(1, 7);
  });

  it('is symmetric, grows, and ends at 0 and 1', () => {
    const number = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(number, number, (x, y) => {
        expect(normalCdf(x) + normalCdf(-x)).toBeCloseTo(1, 14);
        if (x < y) expect(normalCdf(x)).toBeLessThanOrEqual(normalCdf(y) + 1e-15);
      }),
    );
    expect([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY].map(normalCdf)).toEqual([0, 1]);
    expect(normalCdf(0)).toBeCloseTo(0.5, 15);
    expect(normalCdf(Number.NaN)).toBeNaN();
  });
});
