import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bandwidthFactor,
  logDensity,
  type Mixture,
  mixtureCdf,
  mixtureMean,
  mixtureQuantile,
  mixtureVariance,
  smoothed,
} from '../../src/main/dynamics/evaluate/mixture';
import { Random } from '../../src/shared/random';

const mixture = (...parts: [mean: number, std: number][]): Mixture => ({
  means: Float64Array.from(parts, ([mean]) => mean),
  variances: Float64Array.from(parts, ([, std]) => std * std),
});
const parts = fc.array(
  fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: 0.01, max: 20, noNaN: true })),
  { minLength: 1, maxLength: 6 },
);

describe('a mixture of Gaussians', () => {
  it('has the mean and variance of its samples', () => {
    const one = mixture([-1, 0.5], [3, 1]);
    expect(mixtureMean(one)).toBe(1);
    expect(mixtureVariance(one)).toBe((0.25 + 1) / 2 + 4);
  });

  it('has a distribution function that its density is the slope of, and quantiles that undo it', () => {
    fc.assert(
      fc.property(parts, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (list, q) => {
        const one = mixture(...list);
        const y = mixtureQuantile(one, q);
        expect(mixtureCdf(one, y)).toBeCloseTo(q, 4);
        const step = 0.02 * Math.min(...list.map(([, std]) => std));
        const slope = (mixtureCdf(one, y + step) - mixtureCdf(one, y - step)) / (2 * step);
        const density = Math.exp(logDensity(one, y));
        expect(Math.abs(slope - density)).toBeLessThan(0.01 * density + 0.001);
      }),
    );
  });

  it('keeps mean and variance when it is smoothed, and loses its steps', () => {
    fc.assert(
      fc.property(parts, (list) => {
        const one = mixture(...list);
        const soft = smoothed(one);
        expect(mixtureMean(soft)).toBeCloseTo(mixtureMean(one), 6);
        expect(mixtureVariance(soft) / mixtureVariance(one)).toBeCloseTo(1, 6);
      }),
    );
    const points: Mixture = { means: Float64Array.of(0, 1, 2, 3), variances: new Float64Array(4) };
    expect(mixtureCdf(points, 1.4)).toBe(0.5);
    expect(mixtureCdf(smoothed(points), 1.4)).toBeLessThan(0.49);
  });
});

describe('the width of kernels on samples', () => {
  it('is near the rule for one mode, and far below it where there are two', () => {
    const random = new Random(1);
    const normals = () => Float64Array.from({ length: 64 }, () => random.normal());
    const coins = () =>
      Float64Array.from({ length: 64 }, () => (random.uniform() < 0.5 ? -1 : 1) + 0.02 * random.normal());
    expect(bandwidthFactor(Array.from({ length: 20 }, normals))).toBeGreaterThanOrEqual(0.7);
    expect(bandwidthFactor(Array.from({ length: 20 }, coins))).toBeLessThanOrEqual(0.1);
  });
});
