import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { missingWords, Occupancy, occupancyWords } from '../../src/shared/occupancy';

const SIDES = [
  { name: 'angle', unit: 'rad', range: [-3, 3] },
  { name: 'velocity', unit: 'rad/s', range: [-8, 8] },
] as const;

describe('the occupancy of a box', () => {
  test('counts every row in the box once, and its share is that of the cells with a row', () => {
    const value = fc.double({ min: -10, max: 10, noNaN: false });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 200 }), (rows) => {
        const box = new Occupancy(SIDES);
        for (const [x, y] of rows) box.add(x, y);
        const { counts, visited, bins } = box.coverage;
        const inside = rows.filter(([x, y]) => Math.abs(x) <= 3 && Math.abs(y) <= 8).length;
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(inside);
        expect(box.rows).toBe(inside);
        expect(visited).toBeCloseTo(counts.filter((count) => count > 0).length / bins ** 2, 12);
      }),
      { seed: 31, numRuns: 60 },
    );
  });

  test('says in words how much was visited, and which part is missing most', () => {
    const box = new Occupancy(SIDES);
    // All of it but the ninth where the angle is low and the velocity high.
    for (let x = -2.99; x < 3; x += 0.1) {
      for (let y = -7.99; y < 8; y += 0.2) if (x > -1 || y < 8 / 3) box.add(x, y);
    }
    expect(occupancyWords(box.coverage)).toBe('89 % of the cells of the box that the limits span.');
    expect(missingWords(box.coverage)).toBe(
      'Missing most: low angle (-3 to -1 rad) with high velocity (2.67 to 8 rad/s), 0 % of it. Begin episodes there, or drive there by hand.',
    );
    for (let x = -2.99; x < -0.9; x += 0.1) for (let y = 2.5; y < 8; y += 0.2) box.add(x, y);
    expect(occupancyWords(box.coverage)).toBe('100 % of the cells of the box that the limits span.');
    expect(missingWords(box.coverage)).toBeNull();
  });
});
