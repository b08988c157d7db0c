import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fitEyes } from '../../../src/main/dynamics/latent/fit-eyes';
import {
  covarianceOf,
  redundancyOf,
  shortOfDeviation,
} from '../../../src/main/dynamics/latent/reconstruction-free';
import { Seeing } from '../../../src/main/dynamics/latent/seeing';
import type { NamedArray } from '../../../src/main/dynamics/types';
import { type Engine, openEngine } from '../../../src/main/tensor';
import { startCpu } from '../../../src/main/tensor/engines/tfjs-backends';
import { registerGradients } from '../../../src/main/tensor/gradients/index';
import { type OptionsOf, TrainOptions } from '../../../src/shared/model-options';
import { Random } from '../../../src/shared/random';
import { drawnAndPlain, movingSquare, SUMMARY } from './latent-helpers';

let engine: Engine;
beforeAll(async () => {
  await startCpu();
  registerGradients();
  engine = await openEngine();
});

const table = fc
  .tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 6 }), fc.integer())
  .map(([rows, numbers, seed]) => {
    const random = new Random(seed);
    return Array.from({ length: rows }, () => Array.from({ length: numbers }, () => 2 * random.normal()));
  });

/** By the book: the sample covariance of two columns. */
function covariance(rows: number[][], i: number, j: number): number {
  const mean = (k: number) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length;
  const [a, b] = [mean(i), mean(j)];
  return rows.reduce((sum, row) => sum + (row[i]! - a) * (row[j]! - b), 0) / (rows.length - 1);
}

const short = (rows: number[][], least: number): number => {
  const all = rows[0]!.map((_, i) => Math.max(0, least - Math.sqrt(covariance(rows, i, i) + 1e-4)));
  return all.reduce((a, b) => a + b, 0) / all.length;
};

const redundant = (rows: number[][]): number => {
  const numbers = rows[0]!.length;
  let sum = 0;
  for (let i = 0; i < numbers; i++) {
    for (let j = 0; j < numbers; j++) if (i !== j) sum += covariance(rows, i, j) ** 2;
  }
  return sum / numbers;
};

const close = (value: number, wanted: number) =>
  expect(Math.abs(value - wanted)).toBeLessThan(1e-4 * (1 + Math.abs(wanted)));

describe('what keeps latent numbers from saying one thing', () => {
  it('is how much their deviations are short of what is asked for, and their squared covariances', () => {
    fc.assert(
      fc.property(table, table, (one, other) => {
        const [a, b] = [tf.tensor2d(one), tf.tensor2d(other)];
        close(shortOfDeviation(a, 1.5).dataSync()[0]!, short(one, 1.5));
        close(covarianceOf(a).dataSync()[0]!, redundant(one));
        const both = [one, other].map((rows) => short(rows, 1) + 0.04 * redundant(rows));
        close(redundancyOf({ states: [a], later: [b] }).dataSync()[0]!, (both[0]! + both[1]!) / 2);
      }),
    );
  });

  it('pulls on each number as its formula says', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const weighed = (one: number[][]) => short(one, 3) + redundant(one);
        const slopes = tf
          .grad(
            (x) => tf.add(shortOfDeviation(x as tf.Tensor2D, 3), covarianceOf(x as tf.Tensor2D)) as tf.Scalar,
          )(tf.tensor2d(rows))
          .arraySync() as number[][];
        // Beside a deviation of 3 there is an edge.
        fc.pre(rows[0]!.every((_, i) => Math.abs(covariance(rows, i, i) - 9) > 0.1));
        const moved = (row: number, i: number, by: number) =>
          rows.map((values, r) => values.map((value, k) => (r === row && k === i ? value + by : value)));
        for (const [row, i] of [
          [0, 0],
          [rows.length - 1, rows[0]!.length - 1],
        ] as const) {
          const slope = (weighed(moved(row, i, 1e-4)) - weighed(moved(row, i, -1e-4))) / 2e-4;
          expect(Math.abs(slopes[row]![i]! - slope)).toBeLessThan(1e-3 * (1 + Math.abs(slope)));
        }
      }),
    );
  });
});

type SeeBy = OptionsOf<'latent-frame'>['seeBy'];

const episodes = [movingSquare(120, new Random(1)), movingSquare(120, new Random(2))];

/** @param from what an array begins as in the place of its first numbers */
function learn(
  seeBy: SeeBy,
  { steps, threads = 1, from }: { steps: number; threads?: number; from?: Map<string, NamedArray> },
) {
  const options = TrainOptions.parse({ class: { name: 'latent-frame', seeBy, unroll: 3 } })
    .class as OptionsOf<'latent-frame'>;
  return fitEyes({
    ...{ summary: SUMMARY, options, steps, learningRate: 2e-3, actions: 1, episodes, engine, threads },
    ...(from && { from: { summary: SUMMARY, arrays: from } }),
    ...{ random: new Random(4), progress: async () => undefined },
  });
}

describe.each([
  ['consistency', 0.1],
  ['redundancy', 0.3],
] as const)('an encoder that learns by %s', (seeBy, least) => {
  it('has latent numbers that all vary over the pictures, and a decoder beside it that shows what was seen', async () => {
    const eyes = await learn(seeBy, { steps: 150 });
    const seeing = await Seeing.open(engine, eyes);
    const [seen] = episodes;
    const { columns } = await seeing.episode(seen!);
    for (let i = 0; i < SUMMARY.latent; i++) {
      const values = Array.from({ length: columns.rows }, (_, row) => [
        columns.observations[row * SUMMARY.latent + i]!,
      ]);
      expect(Math.sqrt(covariance(values, 0, 0))).toBeGreaterThan(least);
    }
    const shown = await seeing.pictures(Float32Array.from(columns.observations));
    const { drawn, plain } = drawnAndPlain(eyes, shown, seen!);
    expect(drawn).toBeLessThan(plain / 2);
    await seeing.dispose();
  });

  it('is the same to the bit whatever draws beside it, and in one thread and in two', async () => {
    const whole = await learn(seeBy, { steps: 9 });
    const encoder = ({ arrays }: typeof whole) =>
      [...arrays].filter(([name]) => !name.startsWith('decoder/'));
    const bold = [...whole.arrays]
      .filter(([name]) => name.startsWith('decoder/'))
      .map(([name, { shape, values }]): [string, NamedArray] => [
        name,
        { shape, values: values.map((value) => 30 * value) },
      ]);
    const other = await learn(seeBy, { steps: 9, from: new Map(bold) });
    expect(other.arrays).not.toEqual(whole.arrays);
    expect(encoder(other)).toEqual(encoder(whole));
    expect((await learn(seeBy, { steps: 9, threads: 2 })).arrays).toEqual(whole.arrays);
  });
});
