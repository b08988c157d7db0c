import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colouredNoise, correlatedNoise, truncatedNoise } from '../../src/main/plan/methods/noise';
import { Random } from '../../src/shared/random';

/** Many series of one column. */
function series(draw: ReturnType<typeof colouredNoise>, steps: number, count: number): Float64Array[] {
  const random = new Random(1);
  return Array.from({ length: count }, () => {
    const out = new Float64Array(steps);
    draw(random, out);
    return out;
  });
}

/** Mean over series of x_s · x_t. */
const covariance = (all: Float64Array[], s: number, t: number) =>
  all.reduce((sum, x) => sum + (x[s] ?? 0) * (x[t] ?? 0), 0) / all.length;

/** Mean power of frequency k, |Σ_t x_t e^{−2πikt/T}|². */
function power(all: Float64Array[], k: number): number {
  return (
    all.reduce((sum, x) => {
      let [re, im] = [0, 0];
      x.forEach((value, t) => {
        re += value * Math.cos((2 * Math.PI * k * t) / x.length);
        im += value * Math.sin((2 * Math.PI * k * t) / x.length);
      });
      return sum + re ** 2 + im ** 2;
    }, 0) / all.length
  );
}

describe('coloured noise', () => {
  it('has unit variance at every step, whatever its colour and length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        (steps, exponent) => {
          const all = series(colouredNoise(steps, exponent, 1), steps, 3000);
          for (const t of [0, Math.floor(steps / 2), steps - 1]) {
            const variance = covariance(all, t, t);
            // Five standard errors of 3000 squares of normals.
            expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 3000));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([0, 1, 2, 3.5])('of exponent %d has the power spectrum 1/f^β', (exponent) => {
    for (const steps of [25, 32]) {
      const all = series(colouredNoise(steps, exponent, 1), steps, 4000);
      const first = power(all, 1);
      for (const k of [2, 3, 5, 8, 11]) {
        const measured = Math.log(power(all, k) / first) / Math.log(k);
        expect(measured).toBeCloseTo(-exponent, 0.7);
      }
    }
  });

  it('of exponent 0 is white: steps are independent', () => {
    const all = series(colouredNoise(12, 0, 1), 12, 5000);
    for (let t = 1; t < 12; t++) expect(Math.abs(covariance(all, 0, t))).toBeLessThan(0.08);
  });

  it('keeps channels apart', () => {
    const draw = colouredNoise(20, 2, 2);
    const random = new Random(0);
    let product = 0;
    for (let i = 0; i < 5000; i++) {
      const out = new Float64Array(40);
      draw(random, out);
      product += (out[20] ?? 0) * (out[21] ?? 0);
    }
    expect(Math.abs(product / 5000)).toBeLessThan(0.08);
  });
});

describe('correlated noise', () => {
  it('has unit variance at every step and correlation β between neighbours', () => {
    const all = series(correlatedNoise(0.7, 1), 30, 5000);
    for (const t of [0, 1, 29]) expect(covariance(all, t, t)).toBeCloseTo(1, 0.7);
    expect(covariance(all, 10, 11)).toBeCloseTo(0.7, 1);
    expect(covariance(all, 10, 12)).toBeCloseTo(0.49, 1);
  });
});

describe('truncated noise', () => {
  it('never goes beyond its bound', () => {
    const all = series(truncatedNoise(2), 50, 200);
    expect(Math.max(...all.map((x) => Math.max(...x.map(Math.abs))))).toBeLessThanOrEqual(2);
  });
});
