import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodePictures } from '../../../src/main/dynamics/latent/encoder';
import { eyesShapes } from '../../../src/main/dynamics/latent/eyes';
import { fitEyes } from '../../../src/main/dynamics/latent/fit-eyes';
import { pixelStatistics } from '../../../src/main/dynamics/latent/light';
import { absorbing } from '../../../src/main/dynamics/latent/pictures';
import { Seeing } from '../../../src/main/dynamics/latent/seeing';
import { arrayConstants } from '../../../src/main/dynamics/predictor';
import type { NamedArray } from '../../../src/main/dynamics/types';
import { type Engine, openEngine } from '../../../src/main/tensor';
import { startCpu } from '../../../src/main/tensor/engines/tfjs-backends';
import { ENCODERS } from '../../../src/shared/latent-options';
import { type OptionsOf, TrainOptions } from '../../../src/shared/model-options';
import { Random } from '../../../src/shared/random';
import { blankEyes, drawnAndPlain, movingSquare, SUMMARY } from './latent-helpers';

let engine: Engine;
beforeAll(async () => {
  await startCpu();
  engine = await openEngine();
});

describe('what an encoder of keypoints sees', () => {
  it('moves alike wherever in the picture something moves by half a square', () => {
    const eyes = blankEyes([movingSquare(8, new Random(1))]);
    const at = (place: number) => {
      const picture = new Float32Array(32 * 32);
      for (let down = 10; down < 14; down++) picture.fill(1, down * 32 + place, down * 32 + place + 4);
      return picture;
    };
    const pictures = [8, 12, 16].map(at);
    const flat = Float32Array.from(pictures.flatMap((one) => [...one]));
    const features = encodePictures(
      SUMMARY,
      arrayConstants(Object.fromEntries(eyes.arrays)),
      tf.tensor4d(flat, [3, 32, 32, 1]),
    ).arraySync();
    features[0]!.forEach((first, i) => {
      const [second, third] = [features[1]![i]!, features[2]![i]!];
      expect(third - second).toBeCloseTo(second - first, 4);
    });
    expect(features[0]).not.toEqual(features[1]);
  });
});

describe('pictures as latent states', () => {
  it('go on for some rows behind the end of an episode that its task has ended, in which nothing changes or is earned', async () => {
    const summary = { ...SUMMARY, ends: true };
    const seen = { ...movingSquare(20, new Random(5), summary), ended: true };
    const longer = absorbing(seen, 4);
    expect([longer.rows, longer.reward.length, longer.seen.length]).toEqual([24, 24, 24]);
    expect([...longer.reward.subarray(0, 20)]).toEqual([...seen.reward]);
    expect([...longer.reward.subarray(20)]).toEqual([0, 0, 0, 0]);
    expect([...longer.actions.subarray(0, 19)]).toEqual([...seen.actions.subarray(0, 19)]);
    expect([...longer.actions.subarray(19)]).toEqual([0, 0, 0, 0, Number.NaN]);
    expect([...longer.seen.subarray(20)]).toEqual([19, 19, 19, 19]);
    expect(longer.deviceSeconds[23]).toBeCloseTo(23 / 20, 9);
    expect(absorbing({ ...seen, ended: false }, 4).rows).toBe(20);
    const seeing = await Seeing.open(engine, blankEyes([seen], summary));
    const ended = async (one: typeof seen) => {
      const { columns } = await seeing.episode(one);
      return Array.from({ length: columns.rows }, (_, row) => columns.observations[row * 7 + 6]);
    };
    expect(await ended(seen)).toEqual([...Array(19).fill(0), 1]);
    expect(await ended(longer)).toEqual([...Array(19).fill(0), 1, 1, 1, 1, 1]);
    await seeing.dispose();
  });

  it('are inferred with the actions that were executed between the pictures', async () => {
    const summary = { ...SUMMARY, acts: 1 };
    const plain = movingSquare(20, new Random(5), summary);
    const seen = {
      ...plain,
      beside: Float64Array.from({ length: 20 }, (_, row) => plain.actions[row - 1] ?? 0),
    };
    const eyes = blankEyes([seen], summary);
    eyes.arrays.set('act/mean', { shape: [1], values: Float32Array.of(0.25) });
    eyes.arrays.set('act/scale', { shape: [1], values: Float32Array.of(2) });
    const seeing = await Seeing.open(engine, eyes);
    const { columns } = await seeing.episode(seen);
    expect(columns.observations.length).toBe(20 * 6);
    const pictures = [8, 9].map((row) => seen.pictures.subarray(row * 1024, (row + 1) * 1024));
    const here = await seeing.state(pictures, [seen.beside[9]!]);
    for (let i = 0; i < 6; i++) expect(here[i]).toBeCloseTo(columns.observations[9 * 6 + i]!, 4);
    const other = await seeing.state(pictures, [seen.beside[9]! + 1]);
    expect(Math.max(...other.map((value, i) => Math.abs(value - here[i]!)))).toBeGreaterThan(0.01);
    await seeing.dispose();
  });

  it('carry the channels beside them, and say on the last row of an episode that its task has ended it', async () => {
    const beside = [{ name: 'gripper', unit: 'm', angle: false, limits: null }];
    const summary = { ...SUMMARY, ends: true, beside };
    const gripper = Float64Array.from({ length: 20 }, (_, row) => row / 4);
    const seen = { ...movingSquare(20, new Random(5), summary), beside: gripper, ended: true };
    const seeing = await Seeing.open(engine, blankEyes([seen], summary));
    const { columns } = await seeing.episode(seen);
    const column = (at: number) => Array.from({ length: 20 }, (_, row) => columns.observations[row * 8 + at]);
    expect(column(6)).toEqual([...Array(19).fill(0), 1]);
    expect(column(7)).toEqual([...gripper]);
    const picture = (row: number) => seen.pictures.subarray(row * 1024, (row + 1) * 1024);
    const one = await seeing.state([picture(8), picture(9)], [gripper[9]!]);
    expect([...one.subarray(6)]).toEqual([0, 2.25]);
    for (let i = 0; i < 6; i++) expect(one[i]).toBeCloseTo(columns.observations[9 * 8 + i]!, 4);
    const shown = await seeing.pictures(Float32Array.from(columns.observations));
    expect(shown.length).toBe(20 * 1024);
    await seeing.dispose();
  });

  it('are rows of mean 0 and deviation 1, the same one by one and together', async () => {
    for (const encoder of ENCODERS) {
      const summary = { ...SUMMARY, encoder };
      const seen = movingSquare(70, new Random(5), summary);
      const eyes = blankEyes([seen], summary);
      const seeing = await Seeing.open(engine, eyes);
      const { columns, firstRow } = await seeing.episode(seen);
      expect([columns.rows, firstRow]).toEqual([70, 0]);
      const rows = Array.from({ length: 70 }, (_, row) => [
        ...columns.observations.subarray(row * 6, row * 6 + 6),
      ]);
      for (const row of rows) {
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 4);
        expect(row.reduce((a, b) => a + b * b, 0) / 6).toBeCloseTo(1, 2);
      }
      const picture = (row: number) => seen.pictures.subarray(row * 1024, (row + 1) * 1024);
      const alone = await seeing.state([picture(65), picture(66)]);
      alone.forEach((value, i) => {
        expect(value).toBeCloseTo(rows[66]![i]!, 4);
      });
      await seeing.dispose();
    }
  });

  it('begin where there was something to see', async () => {
    const seen = movingSquare(20, new Random(2));
    seen.seen.fill(-1, 0, 3);
    const seeing = await Seeing.open(engine, blankEyes([seen]));
    const { columns, firstRow } = await seeing.episode({ ...seen, firstRow: 100 });
    expect([columns.rows, firstRow]).toEqual([17, 103]);
    expect([...columns.reward!]).toEqual([...seen.reward.subarray(3)]);
    expect([...columns.actions]).toEqual([...seen.actions.subarray(3)]);
    await seeing.dispose();
  });
});

it('a pixel counts in units of how much it changes, and one that stands still not at all', () => {
  const seen = movingSquare(50, new Random(7));
  const arrays = pixelStatistics(SUMMARY, [seen], new Random(0));
  const [mean, scale] = [arrays.get('pixel/mean')!.values, arrays.get('pixel/scale')!.values];
  for (const pixel of [0, 12 * 32 + 16, 15 * 32 + 20]) {
    const values = Array.from({ length: 50 }, (_, row) => seen.pictures[row * 1024 + pixel]! / 255);
    const average = values.reduce((a, b) => a + b, 0) / 50;
    const variance = values.reduce((a, b) => a + (b - average) ** 2, 0) / 50;
    expect(mean[pixel]).toBeCloseTo(average, 6);
    expect(scale[pixel]).toBeCloseTo(1 / Math.sqrt(variance + 0.03 ** 2), 3);
  }
});

it('in the unit of a picture, all pixels of a camera and a colour count alike', () => {
  const shape = { ...SUMMARY, colour: 'rgb' as const };
  const seen = movingSquare(50, new Random(7), shape);
  // What is red moves twice as far from its mean.
  seen.pictures.forEach((value, i) => {
    if (i % 3 !== 0) seen.pictures[i] = value / 2;
  });
  const scaleOf = (unit: 'pixel' | 'picture') =>
    pixelStatistics(shape, [seen], new Random(0), unit).get('pixel/scale')!.values;
  const [own, shared] = [scaleOf('pixel'), scaleOf('picture')];
  const variance = (scale: number) => 1 / scale ** 2 - 0.03 ** 2;
  for (let colour = 0; colour < 3; colour++) {
    const of = (scale: ArrayLike<number>) => Array.from(scale).filter((_, i) => i % 3 === colour);
    const mean = of(own).reduce((sum, scale) => sum + variance(scale), 0) / of(own).length;
    for (const scale of new Set(of(shared))) expect(variance(scale)).toBeCloseTo(mean, 5);
  }
  expect(variance(shared[0]!) / variance(shared[1]!)).toBeCloseTo(4, 0);
});

it('convolutions learn to see and to draw as well', async () => {
  const summary = { ...SUMMARY, encoder: 'convolutions', decoder: 'convolutions' } as const;
  const episodes = [movingSquare(60, new Random(1), summary)];
  const options = TrainOptions.parse({ class: { name: 'latent-frame', unroll: 2 } })
    .class as OptionsOf<'latent-frame'>;
  const losses: number[] = [];
  const eyes = await fitEyes({
    ...{ summary, options, steps: 25, learningRate: 2e-3, actions: 1, episodes, engine, threads: 2 },
    random: new Random(4),
    progress: async (_step, loss) => {
      losses.push(loss);
    },
  });
  expect(losses.at(-2)! / losses[0]!).toBeLessThan(0.9);
  expect(new Map([...eyes.arrays].map(([name, { shape }]) => [name, shape]))).toEqual(eyesShapes(summary));
  const seeing = await Seeing.open(engine, eyes);
  const { columns } = await seeing.episode(episodes[0]!);
  expect([...columns.observations].every(Number.isFinite)).toBe(true);
  await seeing.dispose();
});

it('pictures that are wider than high are seen and drawn by every encoder and decoder', async () => {
  for (const [encoder, decoder] of [
    ['keypoints', 'squares'],
    ['patches', 'things'],
    ['glimpses', 'things'],
    ['dense', 'convolutions'],
    ['convolutions', 'convolutions'],
  ] as const) {
    const summary = { ...SUMMARY, encoder, decoder, pixelsDown: 24 };
    const episodes = [movingSquare(60, new Random(1), summary)];
    const options = TrainOptions.parse({ class: { name: 'latent-frame', unroll: 2, shift: 3 } })
      .class as OptionsOf<'latent-frame'>;
    const losses: number[] = [];
    const eyes = await fitEyes({
      ...{ summary, options, steps: 13, learningRate: 3e-3, actions: 1, episodes, engine, threads: 1 },
      random: new Random(4),
      progress: async (_step, loss) => {
        losses.push(loss);
      },
    });
    expect([encoder, losses.at(-2)! / losses[0]! < 0.95]).toEqual([encoder, true]);
    expect(new Map([...eyes.arrays].map(([name, { shape }]) => [name, shape]))).toEqual(eyesShapes(summary));
    expect(eyes.arrays.get('pixel/mean')!.shape).toEqual([1, 24, 32, 1]);
    const seeing = await Seeing.open(engine, eyes);
    const { columns } = await seeing.episode(episodes[0]!);
    const shown = await seeing.pictures(Float32Array.from(columns.observations));
    expect(shown.length).toBe(60 * 24 * 32);
    await seeing.dispose();
  }
});

it('an encoder that has learned shows the pictures better than the mean of them, and repeats to the bit', async () => {
  const episodes = [movingSquare(120, new Random(1)), movingSquare(120, new Random(2))];
  const options = TrainOptions.parse({ class: { name: 'latent-frame', encoderSteps: 150, unroll: 3 } })
    .class as OptionsOf<'latent-frame'>;
  const losses: number[] = [];
  const learn = (steps: number) =>
    fitEyes({
      ...{
        summary: SUMMARY,
        options,
        steps,
        learningRate: 2e-3,
        actions: 1,
        episodes,
        engine,
        threads: 1,
      },
      random: new Random(4),
      progress: async (_step, loss) => {
        losses.push(loss);
      },
    });
  const eyes = await learn(150);
  expect(losses).toHaveLength(76);
  expect(new Map([...eyes.arrays].map(([name, { shape }]) => [name, shape]))).toEqual(eyesShapes(SUMMARY));
  const seeing = await Seeing.open(engine, eyes);
  const [seen] = episodes;
  const { columns } = await seeing.episode(seen!);
  const shown = await seeing.pictures(Float32Array.from(columns.observations));
  const { drawn, plain } = drawnAndPlain(eyes, shown, seen!);
  expect(drawn).toBeLessThan(plain / 2);
  await seeing.dispose();
  expect((await learn(20)).arrays).toEqual((await learn(20)).arrays);
});

it('several cameras are looked at with weights of their own, and drawn one below the other', async () => {
  const summary = { ...SUMMARY, others: [{ camera: 'top', width: 32, height: 32 }] };
  const seen = movingSquare(20, new Random(5), summary);
  const eyes = blankEyes([seen], summary);
  expect(new Map([...eyes.arrays].map(([name, { shape }]) => [name, shape]))).toEqual(eyesShapes(summary));
  const seeing = await Seeing.open(engine, eyes);
  const pictures = [8, 9].map((row) => seen.pictures.slice(row * 2048, (row + 1) * 2048));
  const state = await seeing.state(pictures);
  const change = (at: number) => {
    const changed = pictures.map((picture) => picture.slice());
    for (const picture of changed) picture.fill(200, at, at + 100);
    return seeing.state(changed);
  };
  for (const at of [600, 1024 + 600]) expect(await change(at)).not.toEqual(state);
  const features = (weights: Map<string, NamedArray>, picture: Float32Array) =>
    encodePictures(
      { ...SUMMARY, ...(picture.length > 1024 && { others: summary.others }) },
      arrayConstants(Object.fromEntries(weights)),
      tf.tensor4d(picture, [1, picture.length / 32, 32, 1]),
    ).arraySync()[0]!;
  const both = Float32Array.from(pictures[0]!, (value) => value / 255);
  const second = new Map(
    [...eyes.arrays]
      .filter(([name]) => name.startsWith('encoder/2/'))
      .map(([name, array]) => [name.replace('encoder/2/', 'encoder/'), array]),
  );
  expect(features(eyes.arrays, both)).toEqual([
    ...features(eyes.arrays, both.slice(0, 1024)),
    ...features(second, both.slice(1024)),
  ]);
  expect((await seeing.pictures(state)).length).toBe(2048);
  await seeing.dispose();
});
