import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapOf } from '../../../src/main/jobs/sight/latent-map';

const number = fc.double({ min: -3, max: 3, noNaN: true });

/** States around two directions of four. */
const plane = (points: [number, number][]) =>
  Float64Array.from(points.flatMap(([a, b]) => [3 * a, 3 * a, b, -b]));

it('states that differ in two directions keep their distances on the map', () => {
  const points = fc.array(fc.tuple(number, number), { minLength: 3, maxLength: 40 });
  fc.assert(
    fc.property(points, (points) => {
      const states = plane(points);
      const seconds = points.map((_, i) => i / 20);
      const reward = points.map((_, i) => (i === 0 ? Number.NaN : -i));
      const { x, y, explained } = mapOf([{ episode: 4, firstRow: 7, states, seconds, reward }], 4);
      for (let i = 0; i < points.length; i++) {
        for (let j = 0; j < i; j++) {
          const apart = Math.hypot(...[0, 1, 2, 3].map((k) => states[4 * i + k]! - states[4 * j + k]!));
          expect(Math.hypot(x[i]! - x[j]!, y[i]! - y[j]!)).toBeCloseTo(apart, 2);
        }
      }
      expect(explained[0]).toBeGreaterThanOrEqual(explained[1] - 1e-9);
    }),
  );
});

it('of many states an even sample is shown, each with where it was recorded', () => {
  const rows = 9000;
  const states = Float64Array.from({ length: 2 * rows }, (_, i) => Math.sin(i));
  const stretch = {
    episode: 4,
    firstRow: 7,
    states,
    seconds: new Float64Array(rows),
    reward: new Float64Array(rows),
  };
  const map = mapOf([stretch], 2);
  expect([map.x.length, map.among]).toEqual([4000, 9000]);
  expect([map.row[0], map.row[2000]]).toEqual([7, 7 + 4500]);
});
