import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodePictures, initialLayers, pictureLayers } from '../../../src/main/dynamics/latent/encoder';
import { glimpsed, glimpseNumbers } from '../../../src/main/dynamics/latent/glimpse';
import { startCpu } from '../../../src/main/tensor/engines/tfjs-backends';
import { Random } from '../../../src/shared/random';
import { SUMMARY } from './latent-helpers';

beforeAll(async () => {
  await startCpu();
});

const EDGE = Math.sqrt(glimpseNumbers({ colour: 'grey' }));

/** One bright square of three pixels at a place of a dark picture, and a pixel beside it. */
function thing(height: number, width: number, down: number, right: number, colours = 1): tf.Tensor4D {
  const values = new Float32Array(height * width * colours);
  const set = (y: number, x: number, value: number) => {
    for (let c = 0; c < colours; c++) values[(y * width + x) * colours + c] = value * (c + 1);
  };
  for (let y = -1; y <= 1; y++) for (let x = -1; x <= 1; x++) set(down + y, right + x, 3);
  set(down - 2, right + 4, 2);
  return tf.tensor4d(values, [1, height, width, colours]);
}

/** The middle of a pixel, −1 to 1 along a picture. */
const middle = (pixel: number, pixels: number) => tf.tensor2d([[(2 * (pixel + 0.5)) / pixels - 1]]);

describe('a glimpse', () => {
  it('of the same thing is the same wherever the thing is, in all colours', () => {
    const places = fc.record({
      ...{ down: fc.integer({ min: 3, max: 20 }), right: fc.integer({ min: 2, max: 58 }) },
      colours: fc.constantFrom(1, 3),
    });
    const seenAt = (down: number, right: number, colours: number) =>
      glimpsed(thing(24, 64, down, right, colours), middle(down, 24), middle(right, 64)).dataSync();
    fc.assert(
      fc.property(places, ({ down, right, colours }) => {
        const [one, other] = [seenAt(down, right, colours), seenAt(12, 30, colours)];
        expect(one).toHaveLength(EDGE ** 2 * colours);
        one.forEach((value, i) => {
          expect(Math.abs(value - other[i]!)).toBeLessThan(1e-4);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('lies column by column, keeps what is bright, and moves by parts of a pixel', () => {
    const picture = thing(24, 64, 12, 30);
    const seen = Float32Array.from(glimpsed(picture, middle(12, 24), middle(30, 64)).dataSync());
    const sum = seen.reduce((a, b) => a + b, 0);
    expect(sum / (9 * 3 + 2)).toBeCloseTo(1, 2);
    const mean = (values: ArrayLike<number>, axis: (i: number) => number) =>
      Array.from(values).reduce((total, value, i) => total + value * axis(i), 0) /
        Array.from(values).reduce((total, value) => total + value, 0) -
      (EDGE - 1) / 2;
    const column = (i: number) => Math.floor(i / EDGE);
    const row = (i: number) => i % EDGE;
    // The pixel beside is two above and four to the right, and weighs 2 of 29.
    expect(mean(seen, row)).toBeCloseTo((-2 * 2) / 29, 2);
    expect(mean(seen, column)).toBeCloseTo((4 * 2) / 29, 2);
    const aside = glimpsed(picture, middle(12, 24), middle(29.6, 64)).dataSync();
    expect(mean(aside, column)).toBeCloseTo((4 * 2) / 29 + 0.4, 2);
  });

  it('is where something is before anything was learned', () => {
    const moved = (encoder: 'glimpses' | 'keypoints') => {
      const shape = { ...SUMMARY, encoder };
      const arrays = initialLayers(pictureLayers(shape), new Random(3));
      const weights = Object.fromEntries(
        [...arrays].map(([name, { shape: dims, values }]) => [name, tf.tensor(values, [...dims])]),
      );
      const features = (right: number) => encodePictures(shape, weights, thing(32, 32, 12, right)).dataSync();
      const [one, near, far] = [features(6), features(7), features(25)];
      const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
        Math.hypot(...Array.from(a, (value, i) => value - b[i]!));
      return { far: apart(one, far), near: apart(one, near) };
    };
    const [glimpses, keypoints] = [moved('glimpses'), moved('keypoints')];
    // Features change with how far the thing has moved, those of keypoints that all squares draw alike hardly at all.
    expect(glimpses.far).toBeGreaterThan(2.5 * glimpses.near);
    expect(glimpses.far).toBeGreaterThan(3 * keypoints.far);
  });
});
