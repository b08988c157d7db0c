import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { initialLayers } from '../../../src/main/dynamics/latent/encoder';
import { drawThings, thingLayers } from '../../../src/main/dynamics/latent/things';
import { startCpu } from '../../../src/main/tensor/engines/tfjs-backends';
import { Random } from '../../../src/shared/random';

beforeAll(async () => {
  await startCpu();
});

describe('things that lie about in a picture', () => {
  it('are drawn where they are, and as many pixels on when they have moved', () => {
    const UNITS = 8;
    const shape = { size: 64, pixelsDown: 24, colour: 'grey' as const };
    const layers = initialLayers(thingLayers(shape, UNITS), new Random(1));
    const tensors = Object.fromEntries(
      [...layers].map(([name, { shape: dims, values }]) => {
        // Nothing of a square's own place, so that where a thing is is all that counts.
        if (name === 'decoder/layer2/kernel') values.fill(0, values.length - 2 * (dims[1] as number));
        if (name === 'decoder/layer1/kernel') values.fill(0);
        return [name, tf.tensor(values, [...dims])];
      }),
    );
    const THINGS = 16;
    const drawn = (right: number) => {
      const bias = new Float32Array(tensors['decoder/layer1/bias']!.size);
      bias.fill(Math.atanh(right / 1.25), THINGS, 2 * THINGS);
      const here = { ...tensors, 'decoder/layer1/bias': tf.tensor1d(bias) };
      return drawThings(shape, here, tf.zeros([1, UNITS])).dataSync();
    };
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 1, max: 4 }), (from, by) => {
        // Squares of four pixels, sixteen along.
        const middle = (square: number) => (2 * square + 1) / 16 - 1;
        const [one, other] = [drawn(middle(from)), drawn(middle(from + by))];
        for (let y = 0; y < 24; y++) {
          for (let x = 0; x + 4 * by < 64; x++) {
            expect(Math.abs(other[y * 64 + x + 4 * by]! - one[y * 64 + x]!)).toBeLessThan(1e-4);
          }
        }
        expect(Math.max(...one) - Math.min(...one)).toBeGreaterThan(0.01);
      }),
      { numRuns: 12 },
    );
  });
});
