import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  colourEnds,
  MAP_HEIGHT,
  MAP_WIDTH,
  mapColours,
  mapPlaces,
  nearestPoint,
  pathOf,
  pointWords,
} from '../../../src/renderer/models/sight/map-view';
import type { LatentMap } from '../../../src/shared/latent-map';

const MAP: LatentMap = {
  ...{ x: [-1, 0, 1, 3], y: [0, 1, 0, -1], episode: [2, 2, 5, 5], row: [0, 1, 0, 1] },
  ...{ second: [0, 0.05, 0, 0.05], reward: [null, -2, null, -0.5], explained: [0.6, 0.2], among: 4 },
};

it('every state lies on the drawing, and distances keep their proportions', () => {
  const number = fc.double({ min: -9, max: 9, noNaN: true });
  const points = fc.array(fc.tuple(number, number), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(points, (points) => {
      const [x, y] = [points.map(([a]) => a), points.map(([, b]) => b)];
      const places = mapPlaces({ x, y });
      for (const place of places) {
        expect(place.x).toBeGreaterThanOrEqual(0);
        expect(place.x).toBeLessThanOrEqual(MAP_WIDTH);
        expect(place.y).toBeGreaterThanOrEqual(0);
        expect(place.y).toBeLessThanOrEqual(MAP_HEIGHT);
      }
      const [dx, dy] = [x[0]! - x[1]!, y[0]! - y[1]!];
      const [across, down] = [places[0]!.x - places[1]!.x, places[1]!.y - places[0]!.y];
      // Up is up, and one scale holds for both.
      expect(across * dy).toBeCloseTo(down * dx, 6);
    }),
  );
});

it('what is pointed at is the nearest state, and none far from all of them', () => {
  const places = mapPlaces(MAP);
  for (const [i, { x, y }] of places.entries()) expect(nearestPoint(places, { x: x + 2, y })).toBe(i);
  expect(nearestPoint(places, { x: MAP_WIDTH, y: MAP_HEIGHT + 100 })).toBeNull();
});

it('colours go from the least to the most, and a state without a reward has none', () => {
  expect(mapColours(MAP, 'reward')).toEqual([null, 'rgb(68,1,84)', null, 'rgb(253,231,37)']);
  expect(colourEnds(MAP, 'reward')).toEqual(['−2.00', '−0.500']);
  expect(colourEnds(MAP, 'second')?.[1]).toBe('0.0500 s');
  const [first, second, third] = mapColours(MAP, 'episode');
  expect(first).toBe(second);
  expect(first).not.toBe(third);
  expect(colourEnds(MAP, 'episode')).toBeNull();
});

it('a state is said in words, and its episode is its path', () => {
  expect(pointWords(MAP, 0)).toBe('Episode 2, step 0, 0 s');
  expect(pointWords(MAP, 3)).toBe('Episode 5, step 1, 0.0500 s, reward −0.500');
  expect(pathOf(MAP, 3)).toEqual([2, 3]);
});
