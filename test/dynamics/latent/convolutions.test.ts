import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { convolvePictures, convolvingLayers } from '../../../src/main/dynamics/latent/convolutions';
import { initialLayers } from '../../../src/main/dynamics/latent/encoder';
import { silu } from '../../../src/main/dynamics/mlp';
import { startCpu } from '../../../src/main/tensor/engines/tfjs-backends';
import { registerGradients } from '../../../src/main/tensor/gradients';
import { Random } from '../../../src/shared/random';

beforeAll(async () => {
  await startCpu();
  registerGradients();
});

describe('an encoder of convolutions', () => {
  it('computes by matrix products what three convolutions of 4 × 4 pixels on every second place do, and their gradients', () => {
    const pictures = fc.record({
      n: fc.integer({ min: 1, max: 2 }),
      down: fc.constantFrom(16, 24),
      along: fc.constantFrom(16, 32),
      colour: fc.constantFrom('grey' as const, 'rgb' as const),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(pictures, ({ n, down, along, colour, seed }) => {
        const random = new Random(seed);
        const layers = convolvingLayers({ size: along, pixelsDown: down, colour });
        const arrays = [...initialLayers(layers, random)];
        const names = arrays.map(([name]) => name);
        const weights = arrays.map(([, { shape, values }]) => tf.tensor(values, [...shape]));
        const shape = [n, down, along, colour === 'rgb' ? 3 : 1] as [number, number, number, number];
        const x = tf.tensor4d(random.fillNormal(new Float32Array(tf.util.sizeFromShape(shape))), shape);
        const named = (own: tf.Tensor[]) => Object.fromEntries(names.map((name, i) => [name, own[i]!]));
        const usual = (own: tf.Tensor[]) => {
          let y = x;
          for (const [name, inputs, units] of layers) {
            const filter = tf.reshape(named(own)[`${name}/kernel`]!, [4, 4, inputs / 16, units]);
            const made = tf.conv2d(y, filter as tf.Tensor4D, 2, 'same');
            y = silu(tf.add(made, named(own)[`${name}/bias`]!)) as tf.Tensor4D;
          }
          return tf.reshape(y, [n, -1]);
        };
        const ours = (own: tf.Tensor[]) => convolvePictures(named(own), x);
        expect(furthest(ours(weights), usual(weights))).toBeLessThan(1e-5);
        const slopes = [ours, usual].map((of) => tf.grads((...own) => tf.sum(tf.square(of(own))))(weights));
        slopes[0]!.forEach((slope, i) => {
          const scale = 1 + (tf.max(tf.abs(slopes[1]![i]!)).dataSync()[0] as number);
          expect(furthest(slope, slopes[1]![i]!) / scale).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 5 },
    );
  });
});

const furthest = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number;
