import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cutOverlapping,
  cutPatches,
  layPatches,
  overlappingCentres,
} from '../../../src/main/dynamics/latent/patches';
import { startCpu } from '../../../src/main/tensor/engines/tfjs-backends';

beforeAll(async () => {
  await startCpu();
});

const picture = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    high: fc.integer({ min: 2, max: 4 }),
    wide: fc.integer({ min: 2, max: 4 }),
    patch: fc.constantFrom(2, 4),
    colours: fc.constantFrom(1, 3),
  })
  .map(({ n, high, wide, patch, colours }) => {
    const [height, width] = [high * patch, wide * patch];
    const values = Array.from({ length: n * height * width * colours }, (_, i) => i);
    return { n, height, width, patch, colours, values };
  });

describe('pictures cut into squares', () => {
  it('are the same pictures again when they are laid side by side', () => {
    fc.assert(
      fc.property(picture, fc.constantFrom(1, 2), ({ n, height, width, patch, colours, values }, flat) => {
        const x = tf.tensor4d(values, [n, height, width, colours]);
        const [down, right] = [patch / flat, patch];
        const laid = layPatches(cutPatches(x, down, right), { height, width, down, right });
        expect(laid.shape).toEqual(x.shape);
        expect([...laid.dataSync()]).toEqual(values);
      }),
    );
  });

  it('each have the pixels of their place, row by row', () => {
    const x = tf.tensor4d([...Array(16).keys()], [1, 4, 4, 1]);
    expect(cutPatches(x, 2, 2).arraySync()).toEqual([
      [
        [0, 1, 4, 5],
        [2, 3, 6, 7],
        [8, 9, 12, 13],
        [10, 11, 14, 15],
      ],
    ]);
  });

  it('overlap by half around the middles that are told of them', () => {
    fc.assert(
      fc.property(picture, ({ n, height, width, patch, colours }) => {
        // Every pixel says where it lies, −1 to 1 down the picture, then to the right.
        const middle = (i: number, size: number) => (2 * i + 1) / size - 1;
        for (const axis of ['down', 'right'] as const) {
          const values = Array.from({ length: n * height * width * colours }, (_, i) => {
            const pixel = Math.floor(i / colours) % (height * width);
            return axis === 'down' ? middle(Math.floor(pixel / width), height) : middle(pixel % width, width);
          });
          const squares = cutOverlapping(tf.tensor4d(values, [n, height, width, colours]), patch);
          const centres = overlappingCentres(height, width, patch);
          expect(squares.shape).toEqual([n, centres.length, patch * patch * colours]);
          const means = tf.mean(squares, 2).arraySync() as number[][];
          for (const row of means) {
            row.forEach((mean, i) => {
              expect(mean).toBeCloseTo(centres[i]![axis], 5);
            });
          }
        }
      }),
    );
  });
});
