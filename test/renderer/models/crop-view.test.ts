import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cropBetween, cropWith, isWhole } from '../../../src/renderer/models/sight/crop-view';
import { type Crop, cropOf, cropText, isInside } from '../../../src/shared/crop';

const side = fc.integer({ min: 8, max: 2048 });
const size = fc.record({ width: side, height: side });
const share = fc.double({ min: -0.5, max: 1.5, noNaN: true });
const corner = fc.record({ x: share, y: share });

it('whatever is dragged over, the part lies inside the picture and comes back from its text', () => {
  fc.assert(
    fc.property(size, corner, corner, (picture, from, to) => {
      const crop = cropBetween(from, to, picture);
      expect(isInside(crop, picture)).toBe(true);
      expect(Math.min(crop.width, crop.height)).toBeGreaterThanOrEqual(8);
      expect(cropOf(cropText(crop))).toEqual(crop);
    }),
  );
});

it('whatever is typed, the part lies inside the picture', () => {
  const key = fc.constantFrom<keyof Crop>('left', 'top', 'width', 'height');
  const value = fc.oneof(fc.integer({ min: -3000, max: 3000 }), fc.constant(Number.NaN));
  fc.assert(
    fc.property(size, corner, corner, key, value, (picture, from, to, which, typed) => {
      const crop = cropWith(cropBetween(from, to, picture), which, typed, picture);
      expect(isInside(crop, picture)).toBe(true);
    }),
  );
});

it('all of a picture is no crop, and what is no text of one is none', () => {
  const picture = { width: 64, height: 48 };
  expect(isWhole(cropBetween({ x: 0, y: 0 }, { x: 1, y: 1 }, picture), picture)).toBe(true);
  expect(isWhole(cropBetween({ x: 0.1, y: 0 }, { x: 1, y: 1 }, picture), picture)).toBe(false);
  expect([cropOf(''), cropOf('1,2,3'), cropOf('a,b,c,d')]).toEqual([undefined, undefined, undefined]);
});
