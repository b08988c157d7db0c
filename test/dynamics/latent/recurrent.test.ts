import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { decoderLayers } from '../../../src/main/dynamics/latent/decoder';
import { initialLayers } from '../../../src/main/dynamics/latent/encoder';
import { eyesShapes } from '../../../src/main/dynamics/latent/eyes';
import { pixelStatistics } from '../../../src/main/dynamics/latent/light';
import type { SeenEpisode } from '../../../src/main/dynamics/latent/pictures';
import { divergence } from '../../../src/main/dynamics/latent/recurrent/bound';
import { filterLayers, lookAt } from '../../../src/main/dynamics/latent/recurrent/filter';
import { fitFilter } from '../../../src/main/dynamics/latent/recurrent/fit-filter';
import { lookOf, seenAlone, showsSomething } from '../../../src/main/dynamics/latent/recurrent/glimpses';
import { Seeing } from '../../../src/main/dynamics/latent/seeing';
import { arrayConstants } from '../../../src/main/dynamics/predictor';
import type { Eyes } from '../../../src/main/dynamics/types';
import { type Engine, openEngine } from '../../../src/main/tensor';
import { startCpu } from '../../../src/main/tensor/engines/tfjs-backends';
import type { Eyes as EyesSummary } from '../../../src/shared/eyes';
import { type OptionsOf, TrainOptions } from '../../../src/shared/model-options';
import { Random } from '../../../src/shared/random';
import { movingSquare, SUMMARY } from './latent-helpers';

const CARRIES: EyesSummary = {
  ...{ ...SUMMARY, size: 16, width: 16, height: 16, stack: 1 },
  recurrent: { remembered: 16, inferred: 4, actions: 1 },
};
const NUMBERS = 16 * 16;

let engine: Engine;
beforeAll(async () => {
  await startCpu();
  engine = await openEngine();
});

/** What a poor camera shows of it: every second picture black. */
function poorly(seen: SeenEpisode): SeenEpisode {
  const pictures = seen.pictures.slice();
  for (let row = 1; row < seen.rows; row += 2) pictures.fill(0, row * NUMBERS, (row + 1) * NUMBERS);
  return { ...seen, pictures };
}

function blank(episodes: SeenEpisode[]): Eyes {
  const random = new Random(3);
  return {
    summary: CARRIES,
    arrays: new Map([
      ...pixelStatistics(CARRIES, episodes, random),
      ...initialLayers(filterLayers(CARRIES), random),
      ...initialLayers(decoderLayers(CARRIES), random),
    ]),
  };
}

describe('what a filter looks at', () => {
  it('is what is new and shows anything', () => {
    const seen = poorly(movingSquare(6, new Random(1), CARRIES));
    seen.seen.set([-1, 0, 0, 1, 2, 3]);
    const looks = Array.from({ length: 6 }, (_, row) => lookOf(seen, row, NUMBERS) !== null);
    // Nothing yet, the first, the same again, a black one, a new one, a black one.
    expect(looks).toEqual([false, true, false, false, true, false]);
    expect(lookOf(seen, 4, NUMBERS)).toEqual({
      picture: seen.pictures.subarray(2 * NUMBERS, 3 * NUMBERS),
      saw: [true],
    });
    expect(seenAlone(NUMBERS)(seen).pictures.length).toBe(3 * NUMBERS);
  });

  it('is of several cameras what one of them has new, and that shows anything there', () => {
    const seen = movingSquare(3, new Random(1), { ...CARRIES, others: [CARRIES] });
    const [, second] = [0, 1, 2].map((i) => seen.pictures.subarray(2 * i * NUMBERS, 2 * (i + 1) * NUMBERS));
    for (const moment of [0, 1, 2]) {
      const at = 2 * moment * NUMBERS;
      seen.pictures.set(seen.pictures.subarray(at, at + NUMBERS), at + NUMBERS);
    }
    const two: SeenEpisode = {
      ...{ ...seen, rows: 5, seen: Int32Array.of(-1, 0, 1, 1, 2) },
      parts: [
        [3, 0],
        [3, 1],
        [4, 2],
      ],
    };
    const looks = () => [0, 1, 2, 3, 4].map((row) => lookOf(two, row, 2 * NUMBERS)?.saw ?? null);
    // At the first row that sees anything all of it is new.
    expect(looks()).toEqual([null, [true, true], [false, true], null, [true, true]]);
    second!.fill(0, NUMBERS);
    expect(looks()[2]).toBeNull();
    expect(seenAlone(2 * NUMBERS, 2)(two).pictures.length).toBe(4 * NUMBERS);
  });

  it('is no picture that is even but for what a sensor adds', () => {
    const random = new Random(2);
    expect(showsSomething(Uint8Array.from({ length: 64 }, () => 20 + random.integer(8)))).toBe(false);
    expect(showsSomething(Uint8Array.from({ length: 64 }, (_, i) => (i === 63 ? 60 : 20)))).toBe(true);
  });
});

describe('the divergence of two normal distributions', () => {
  const number = fc.record({
    mean: fc.double({ min: -3, max: 3, noNaN: true }),
    std: fc.double({ min: 0.2, max: 3, noNaN: true }),
  });
  const nats = (q: { mean: number; std: number }, p: typeof q) => {
    const one = (of: typeof q) => ({ mean: tf.tensor2d([[of.mean]]), std: tf.tensor2d([[of.std]]) });
    return divergence(one(q), one(p)).dataSync()[0] as number;
  };

  it('is what the integral of q · ln(q / p) gives', () => {
    fc.assert(
      fc.property(number, number, (q, p) => {
        const log = ({ mean, std }: typeof q, x: number) => -(((x - mean) / std) ** 2) / 2 - Math.log(std);
        let sum = 0;
        const step = q.std / 50;
        for (let x = q.mean - 8 * q.std; x < q.mean + 8 * q.std; x += step) {
          const density = Math.exp(log(q, x)) / Math.sqrt(2 * Math.PI);
          sum += density * (log(q, x) - log(p, x)) * step;
        }
        expect(nats(q, p)).toBeCloseTo(sum, 2 - Math.ceil(Math.log10(1 + sum)));
      }),
      { numRuns: 40 },
    );
  });

  it('is none of a distribution from itself', () => {
    fc.assert(
      fc.property(number, (q) => {
        expect(nats(q, q)).toBeCloseTo(0, 5);
      }),
    );
  });
});

describe('what is believed', () => {
  it('is what was expected where nothing was seen, whatever the picture would have said', () => {
    const tensors = arrayConstants(
      Object.fromEntries(blank([movingSquare(8, new Random(1), CARRIES)]).arrays),
    );
    const remembered = tf.randomNormal([2, 16], 0, 1, 'float32', 4) as tf.Tensor2D;
    const features = tf.randomNormal([2, 64], 0, 1, 'float32', 5) as tf.Tensor2D;
    const { expected, believed } = lookAt(tensors, remembered, features, tf.tensor2d([[0], [1]]));
    const [first, second] = [expected, believed].map(({ mean }) => mean.arraySync());
    expect(second![0]).toEqual(first![0]);
    expect(second![1]).not.toEqual(first![1]);
  });

  it('takes nothing from a camera that saw nothing, whatever it would have said, and something from the other', () => {
    const two = { ...CARRIES, others: [CARRIES] };
    const tensors = arrayConstants(Object.fromEntries(initialLayers(filterLayers(two), new Random(3))));
    const remembered = tf.randomNormal([1, 16], 0, 1, 'float32', 4) as tf.Tensor2D;
    const mean = (features: tf.Tensor, saw: number[]) => {
      const look = lookAt(tensors, remembered, features as tf.Tensor2D, tf.tensor2d([saw]));
      return look.believed.mean.arraySync()[0];
    };
    const part = (seed: number) => tf.randomNormal([1, 64], 0, 1, 'float32', seed);
    const [one, other] = [tf.concat([part(5), part(6)], 1), tf.concat([part(5), part(7)], 1)];
    expect(mean(one, [1, 0])).toEqual(mean(other, [1, 0]));
    expect(mean(one, [1, 1])).not.toEqual(mean(other, [1, 1]));
    expect(mean(one, [0, 1])).not.toEqual(mean(other, [0, 1]));
    expect(mean(one, [0, 0])).toEqual(mean(other, [0, 0]));
    expect(mean(one, [0, 1])).not.toEqual(mean(one, [0, 0]));
  });

  it('is the same step by step and of an episode, and goes on from what was believed', async () => {
    const seen = poorly(movingSquare(20, new Random(4), CARRIES));
    const seeing = await Seeing.open(engine, blank([seen]));
    const { columns } = await seeing.episode(seen);
    let belief: Float32Array | null = null;
    for (let row = 0; row < 20; row++) {
      const done = row === 0 ? [] : [seen.actions[row - 1]!];
      const now = await seeing.filter!.after(belief, done, lookOf(seen, row, NUMBERS));
      belief = now.belief;
      expect([...columns.observations.subarray(6 * row, 6 * row + 6)]).toEqual([...now.latent]);
    }
    const anew = await seeing.filter!.after(null, [], lookOf(seen, 18, NUMBERS));
    expect([...anew.latent]).not.toEqual([...columns.observations.subarray(6 * 18, 6 * 19)]);
    await seeing.dispose();
  });
});

it('a filter that has learned shows also what it did not see, better than the mean, and repeats to the bit', async () => {
  const whole = [movingSquare(100, new Random(1), CARRIES), movingSquare(100, new Random(2), CARRIES)];
  const options = TrainOptions.parse({ class: { name: 'latent-recurrent', window: 8, unroll: 3, shift: 0 } })
    .class as OptionsOf<'latent-recurrent'>;
  const learn = (steps: number) =>
    fitFilter({
      ...{ summary: CARRIES, options, steps, learningRate: 3e-3, episodes: whole.map(poorly), engine },
      ...{ threads: 1, random: new Random(4), progress: async () => undefined },
    });
  const eyes = await learn(300);
  expect(new Map([...eyes.arrays].map(([name, { shape }]) => [name, shape]))).toEqual(eyesShapes(CARRIES));
  const seeing = await Seeing.open(engine, eyes);
  const { columns } = await seeing.episode(poorly(whole[0]!));
  const shown = await seeing.pictures(Float32Array.from(columns.observations));
  const mean = eyes.arrays.get('pixel/mean')!.values;
  let [drawn, plain] = [0, 0];
  // The rows whose pictures were black.
  for (let row = 5; row < 100; row += 2) {
    for (let i = 0; i < NUMBERS; i++) {
      const real = whole[0]!.pictures[row * NUMBERS + i]! / 255;
      drawn += (shown[row * NUMBERS + i]! / 255 - real) ** 2;
      plain += (mean[i]! - real) ** 2;
    }
  }
  expect(drawn).toBeLessThan(plain / 2);
  await seeing.dispose();
  expect((await learn(10)).arrays).toEqual((await learn(10)).arrays);
});
