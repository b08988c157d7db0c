import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draws, permutation } from '../../src/shared/permutation';
import { Random } from '../../src/shared/random';

const places = (size: number) => Array.from({ length: size }, (_, place) => place);

describe('a random order that is computed', () => {
  it('has every thing once, and is the same for the same seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer(), (size, seed) => {
        const order = places(size).map(permutation(size, new Random(seed)));
        expect(new Set(order).size).toBe(size);
        expect(Math.min(...order)).toBe(0);
        expect(Math.max(...order)).toBe(size - 1);
        expect(places(size).map(permutation(size, new Random(seed)))).toEqual(order);
      }),
    );
  });

  it('puts every thing at every place about equally often', () => {
    const size = 12;
    const counts = new Float64Array(size * size);
    const orders = 6000;
    for (let seed = 0; seed < orders; seed++) {
      places(size)
        .map(permutation(size, new Random(seed)))
        .forEach((thing, place) => {
          counts[place * size + thing] = counts[place * size + thing] + 1;
        });
    }
    // Binomial: mean 500, deviation 21.
    expect(Math.min(...counts)).toBeGreaterThan(400);
    expect(Math.max(...counts)).toBeLessThan(600);
  });

  it('does not keep neighbours together: places and things do not go together over millions', () => {
    const size = 10_000_019;
    const order = permutation(size, new Random(3));
    const somewhere = Array.from({ length: 20_000 }, (_, i) => order(i) / size);
    const mean = somewhere.reduce((a, b) => a + b, 0) / somewhere.length;
    const along = somewhere.reduce((sum, x, i) => sum + (x - 0.5) * ((somewhere[i + 1] ?? 0.5) - 0.5), 0);
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(along / somewhere.length)).toBeLessThan(0.005);
  });
});

describe('draws that are computed', () => {
  it('are with replacement, all alike, and inside', () => {
    const counts = new Float64Array(50);
    for (let seed = 0; seed < 400; seed++) {
      for (const thing of places(50).map(draws(50, new Random(seed)))) counts[thing] = counts[thing] + 1;
    }
    // Mean 400, deviation 20.
    expect(Math.min(...counts)).toBeGreaterThan(310);
    expect(Math.max(...counts)).toBeLessThan(490);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(20_000);
  });
});
