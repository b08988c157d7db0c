import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromSlider, SLIDERS, type SliderKey, toSlider } from '../../../src/renderer/run/sliders';
import { PlanAdjustment } from '../../../src/shared/plan';

const keys = Object.keys(SLIDERS) as SliderKey[];

test.each(keys)('every position of the slider of %s is a value that the core takes', (key) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), (position) => {
      expect(PlanAdjustment.safeParse({ [key]: fromSlider(SLIDERS[key], position) }).success).toBe(true);
    }),
  );
});

test.each(keys)('a value of the slider of %s lies where it was taken from, within a position', (key) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), (position) => {
      const back = toSlider(SLIDERS[key], fromSlider(SLIDERS[key], position));
      expect(Math.abs(back - position)).toBeLessThanOrEqual(1.1);
    }),
  );
});

test('decades begin with zero, and what lies beyond the ends is shown at the end', () => {
  expect(fromSlider(SLIDERS.pessimism, 0)).toBe(0);
  expect(toSlider(SLIDERS.pessimism, 0)).toBe(0);
  expect(toSlider(SLIDERS.pessimism, 1e6)).toBe(100);
  expect(toSlider(SLIDERS.particles, 0)).toBe(0);
});
