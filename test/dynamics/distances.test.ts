import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelSpreads, energyDistance } from '../../src/main/dynamics/distances';
import { Random } from '../../src/shared/random';

const normals = (seed: number, count: number, mean = 0, std = 1) => {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, () => mean + std * random.normal());
};

/** E |X − Y| of two normal distributions: a folded normal's mean. */
function meanGap(distance: number, variance: number): number {
  const std = Math.sqrt(variance);
  const density = Math.sqrt(2 / Math.PI) * std * Math.exp(-(distance ** 2) / (2 * variance));
  return density + distance * (2 * cumulative(distance / std) - 1);
}

/** Standard normal, by Simpson's rule. */
function cumulative(z: number): number {
  const n = 1000;
  const h = z / n;
  let sum = 1 + Math.exp(-(z ** 2) / 2);
  for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2) / 2);
  return 0.5 + ((h / 3) * sum) / Math.sqrt(2 * Math.PI);
}

const samples = (width: number) =>
  fc
    .array(
      fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: width, maxLength: width }),
      {
        minLength: 1,
        maxLength: 20,
      },
    )
    .map((rows) => Float64Array.from(rows.flat()));

describe('the energy distance', () => {
  it('is what the closed form says for two normal distributions', () => {
    const n = 3000;
    for (const [mean, std] of [
      [1, 1],
      [0, 3],
      [2, 0.5],
    ] as const) {
      const expected = 2 * meanGap(mean, 1 + std ** 2) - meanGap(0, 2) - meanGap(0, 2 * std ** 2);
      const measured = energyDistance(normals(1, n), normals(2, n, mean, std), 1, [1]);
      expect(Math.abs(measured - expected)).toBeLessThan(0.1 * expected);
    }
  });

  it('is zero for the same points in any order, and as small as chance for the same distribution', () => {
    expect(energyDistance(Float64Array.of(1, 2, 3), Float64Array.of(3, 1, 2), 1)).toBeCloseTo(0, 12);
    expect(energyDistance(normals(4, 2000), normals(5, 2000), 1)).toBeLessThan(0.005);
  });

  it('is symmetric, never negative, and does not depend on the units of a channel', () => {
    fc.assert(
      fc.property(samples(2), samples(2), fc.double({ min: 0.1, max: 100, noNaN: true }), (a, b, factor) => {
        const there = energyDistance(a, b, 2);
        expect(there).toBeGreaterThan(-1e-9);
        expect(energyDistance(b, a, 2)).toBeCloseTo(there, 9);
        const inOther = (sample: Float64Array) => sample.map((v, i) => (i % 2 === 0 ? factor * v : v));
        expect(energyDistance(inOther(a), inOther(b), 2)).toBeCloseTo(there, 6);
      }),
    );
  });

  it('tells two modes from the normal distribution with the same mean and spread', () => {
    const random = new Random(6);
    const coin = Float64Array.from({ length: 2000 }, () => (random.uniform() < 0.5 ? -1 : 1));
    // 2 E|X − Y| − E|X − X′| − E|Y − Y′| with |±1 − N(0, 1)| = 1.1666 on average.
    const expected = 2 * meanGap(1, 1) - 1 - meanGap(0, 2);
    expect(Math.abs(energyDistance(coin, normals(7, 2000), 1, [1]) - expected)).toBeLessThan(0.02);
  });

  it('sees in two channels what neither shows alone: which signs go together', () => {
    const random = new Random(8);
    const together = [];
    const apart = [];
    for (let i = 0; i < 500; i++) {
      const [one, other] = [random.uniform() < 0.5 ? -1 : 1, random.uniform() < 0.5 ? -1 : 1];
      together.push(one, one);
      apart.push(one, other);
    }
    const column = (rows: number[], c: number) => rows.filter((_, i) => i % 2 === c);
    expect(energyDistance(column(together, 0), column(apart, 0), 1)).toBeLessThan(1e-9);
    expect(energyDistance(together, apart, 2)).toBeGreaterThan(0.1);
  });

  it('leaves out a channel that never changes, and refuses what is no sample', () => {
    const a = [1, 7, 2, 7];
    expect([...channelSpreads([a], 2)]).toEqual([0.5, 0]);
    expect(energyDistance(a, [1, 7, 3, 7], 2)).toBe(energyDistance([1, 2], [1, 3], 1));
    expect(() => energyDistance([], [1], 1)).toThrow(RangeError);
    expect(() => energyDistance([1, 2, 3], [1, 2], 2)).toThrow(RangeError);
  });
});
