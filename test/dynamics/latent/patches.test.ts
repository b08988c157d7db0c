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
    side: fc.integer({ min: 2, max: 4 }),
    patch: fc.constantFrom(2, 4),
    colours: fc.constantFrom(1, 3),
  })
  .map(({ n, side, patch, colours }) => {
    const size = side * patch;
    const values = Array.from({ length: n * size * size * colours }, (_, i) => i);
    return { n, size, patch, colours, values };
  });

describe('pictures cut into squares', () => {
  it('are the same pictures again when they are laid side by side', () => {
    fc.assert(
      fc.property(picture, ({ n, size, patch, colours, values }) => {
        const x = tf.tensor4d(values, [n, size, size, colours]);
        expect([...layPatches(cutPatches(x, patch), size, patch).dataSync()]).toEqual(values);
      }),
    );
  });

  it('each have the pixels of their place, row by row', () => {
    const x = tf.tensor4d([...Array(16).keys()], [1, 4, 4, 1]);
    expect(cutPatches(x, 2).arraySync()).toEqual([
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
      fc.property(picture, ({ n, size, patch, colours }) => {
        // Every pixel says where it lies, −1 to 1 down the picture, then to the right.
        const middle = (i: number) => (2 * i + 1) / size - 1;
        for (const axis of ['down', 'right'] as const) {
          const values = Array.from({ length: n * size * size * colours }, (_, i) => {
            const pixel = Math.floor(i / colours) % (size * size);
            return middle(axis === 'down' ? Math.floor(pixel / size) : pixel % size);
          });
          const squares = cutOverlapping(tf.tensor4d(values, [n, size, size, colours]), patch);
          const centres = overlappingCentres(size, patch);
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
