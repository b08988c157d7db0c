import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  meanShown,
  normalisedIn,
  pixelStatistics,
  shownIn,
  writeNormalised,
  writeShown,
} from '../../../src/main/dynamics/latent/light';
import { pixelsOf } from '../../../src/main/dynamics/latent/size';
import { arrayConstants } from '../../../src/main/dynamics/predictor';
import { startCpu } from '../../../src/main/tensor/engines/tfjs-backends';
import { COLOURS } from '../../../src/shared/latent-options';
import { Random } from '../../../src/shared/random';
import { movingSquare, SUMMARY } from './latent-helpers';

beforeAll(startCpu);

/** Pictures of noise in these colours, and eyes that know their statistics. */
function noisy(colour: (typeof COLOURS)[number], seed: number) {
  const summary = { ...SUMMARY, size: 16, colour };
  const numbers = pixelsOf(summary);
  const random = new Random(seed);
  const pictures = Uint8Array.from({ length: 5 * numbers }, () => random.integer(256));
  const episode = { ...movingSquare(5, random, summary), pictures };
  return { numbers, pictures, eyes: { summary, arrays: pixelStatistics(summary, [episode], random) } };
}

describe('the light of a picture', () => {
  it('is the same after the way into the network and back, in all colours, here and in a program', () => {
    fc.assert(
      fc.property(fc.constantFrom(...COLOURS), fc.integer(), (colour, seed) => {
        const { numbers, pictures, eyes } = noisy(colour, seed);
        const picture = pictures.subarray(numbers, 2 * numbers);
        const normalised = new Float32Array(numbers);
        writeNormalised(eyes, picture, normalised, 0);
        const shown = new Uint8ClampedArray(numbers);
        writeShown(eyes, normalised, shown, 0);
        expect([...shown]).toEqual([...picture]);
        const tensors = arrayConstants(Object.fromEntries(eyes.arrays));
        const shape = [1, ...eyes.arrays.get('pixel/mean')!.shape.slice(1)];
        const inProgram = normalisedIn(eyes.summary, tensors, tf.tensor([...picture], shape)).dataSync();
        const back = shownIn(eyes.summary, tensors, tf.tensor([...normalised], shape)).dataSync();
        for (let i = 0; i < numbers; i++) {
          expect(inProgram[i]).toBeCloseTo(normalised[i]!, 4);
          expect(back[i]).toBeCloseTo(picture[i]!, 2);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is where it was in the mean picture, whatever the colours', () => {
    for (const colour of COLOURS) {
      const { numbers, pictures, eyes } = noisy(colour, 4);
      const mean = meanShown(eyes);
      for (let i = 0; i < numbers; i += 7) {
        const values = Array.from({ length: 5 }, (_, k) => pictures[k * numbers + i]!);
        expect(mean[i]).toBeCloseTo(values.reduce((a, b) => a + b, 0) / 5, 3);
      }
    }
  });

  it('of what is grey changes the brightness alone, in opponent colours, and of a colour the others', () => {
    const { numbers, eyes } = noisy('opponent', 6);
    const of = (red: number, green: number, blue: number) => {
      const into = new Float32Array(numbers);
      writeNormalised(
        eyes,
        Uint8Array.from({ length: numbers }, (_, i) => [red, green, blue][i % 3]!),
        into,
        0,
      );
      return into;
    };
    const [dark, bright, red] = [of(40, 40, 40), of(200, 200, 200), of(200, 40, 40)];
    for (let i = 0; i < numbers; i += 3) {
      expect(bright[i]! - dark[i]!).toBeGreaterThan(0.1);
      for (const other of [1, 2]) {
        expect(bright[i + other]).toBeCloseTo(dark[i + other]!, 5);
        expect(Math.abs(red[i + other]! - dark[i + other]!)).toBeGreaterThan(0.1);
      }
    }
  });
});
