import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../../src/main/dynamics/types';
import { compileHalves } from '../../../src/main/dynamics/updates/halves';
import { type Engine, openEngine } from '../../../src/main/tensor';
import { Random } from '../../../src/shared/random';
import type { RateSchedule } from '../../../src/shared/rate-schedule';

const HALF = 4;
const weightsAtFirst = (): Map<string, NamedArray> => {
  const random = new Random(2);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  return new Map([
    ['layer/kernel', { shape: [3, 2], values: numbers(6) }],
    ['layer/bias', { shape: [2], values: numbers(2) }],
  ]);
};

/** Regression on numbers that are drawn anew for every step. @returns the weights after so many steps, and the losses */
async function learned(
  steps: number,
  {
    engine,
    threads = 1,
    schedule = 'constant',
  }: { engine: Engine; threads?: number; schedule?: RateSchedule },
) {
  const random = new Random(7);
  const losses: number[] = [];
  const halves = await compileHalves(
    engine,
    {
      ...{ name: 'regression', weights: weightsAtFirst(), learningRate: 0.05, clipNorm: 0.5, schedule },
      feeds: [
        { name: 'x', shape: [HALF, 3] },
        { name: 'y', shape: [HALF, 2] },
      ],
      loss(weights, feeds) {
        const kernel = weights['layer/kernel'] as tf.Tensor2D;
        const found = tf.add(tf.matMul(feeds.x as tf.Tensor2D, kernel), weights['layer/bias'] as tf.Tensor);
        const loss = tf.mean(tf.square(tf.sub(found, feeds.y as tf.Tensor)));
        return { loss, extra: {} };
      },
    },
    threads,
  );
  const weights = await halves.run(
    steps,
    ({ x, y }) => {
      for (let i = 0; i < (x?.length ?? 0); i++) (x as Float32Array)[i] = random.normal();
      for (let i = 0; i < (y?.length ?? 0); i++) (y as Float32Array)[i] = random.normal();
    },
    async (_, { loss }) => {
      losses.push(loss);
    },
  );
  await halves.dispose();
  return { weights: [...weights.values()].map(({ values }) => [...values]), losses };
}

/** The same by the formulas: the mean gradient of the whole batch, cut, and Adam (Kingma & Ba 2015, algorithm 1). */
function byHand(steps: number, rate: (step: number) => number): number[][] {
  const random = new Random(7);
  const weights = [...weightsAtFirst().values()].map(({ values }) => Array.from(values));
  const [kernel, bias] = weights as [number[], number[]];
  const moments = weights.map((values) => values.map(() => ({ first: 0, second: 0 })));
  for (let step = 1; step <= steps; step++) {
    const slopes = weights.map((values) => values.map(() => 0)) as [number[], number[]];
    for (let half = 0; half < 2; half++) {
      const x = Array.from({ length: HALF * 3 }, () => random.normal());
      const y = Array.from({ length: HALF * 2 }, () => random.normal());
      for (let row = 0; row < HALF; row++) {
        for (let out = 0; out < 2; out++) {
          let error = bias[out]! - y[row * 2 + out]!;
          for (let i = 0; i < 3; i++) error += x[row * 3 + i]! * kernel[i * 2 + out]!;
          const slope = (2 * error) / (2 * HALF * 2);
          slopes[1][out] = slopes[1][out]! + slope;
          for (let i = 0; i < 3; i++) {
            slopes[0][i * 2 + out] = slopes[0][i * 2 + out]! + slope * x[row * 3 + i]!;
          }
        }
      }
    }
    const norm = Math.hypot(...slopes.flat());
    for (const [which, values] of weights.entries()) {
      for (let i = 0; i < values.length; i++) {
        const slope = slopes[which]![i]! * Math.min(1, 0.5 / norm);
        const moment = moments[which]![i]!;
        moment.first = 0.9 * moment.first + 0.1 * slope;
        moment.second = 0.999 * moment.second + 0.001 * slope ** 2;
        const [first, second] = [moment.first / (1 - 0.9 ** step), moment.second / (1 - 0.999 ** step)];
        values[i] = values[i]! - (rate(step) * first) / (Math.sqrt(second) + 1e-8);
      }
    }
  }
  return weights;
}

describe('an array that is followed', () => {
  it('has an average of which so much stays in a step, and no gradient; those apart are cut by themselves', async () => {
    const engine = await openEngine();
    const averages: number[] = [];
    const learn = async (apart: boolean, pull: number) => {
      const halves = await compileHalves(
        engine,
        {
          ...{
            name: 'followed',
            feeds: [],
            learningRate: 0.1,
            clipNorm: 1e-9,
            schedule: 'constant' as const,
          },
          weights: new Map([
            ['own', { shape: [1], values: Float32Array.of(1) }],
            ['beside', { shape: [1], values: Float32Array.of(1) }],
          ]),
          followed: { of: (name) => name === 'own', stays: 0.75 },
          ...(apart && { apart: (name: string) => name === 'beside' }),
          loss({ own, beside, 'target/own': target }) {
            const loss = tf.add(own as tf.Tensor, tf.mul(beside as tf.Tensor, pull));
            return {
              loss: tf.sum(tf.add(loss, target as tf.Tensor)),
              extra: { target: tf.sum(target as tf.Tensor) },
            };
          },
        },
        1,
      );
      averages.length = 0;
      const weights = await halves.run(
        4,
        () => undefined,
        async (_, { target }) => {
          averages.push(target);
        },
      );
      await halves.dispose();
      return weights.get('own')!.values[0]!;
    };
    const alone = await learn(true, 0);
    expect(await learn(true, 1000)).toBe(alone);
    expect(await learn(false, 1000)).toBeGreaterThan(alone + 0.01);
    // Of a slope that stays the same, Adam makes steps of nearly one size.
    await learn(true, 0);
    const size = (1 - alone) / 4;
    let average = 1;
    const wanted = [1, 2, 3, 4].map((step) => {
      average = 0.75 * average + 0.25 * (1 - size * step);
      return average;
    });
    expect(averages[0]).toBeCloseTo((1 + wanted[0]!) / 2, 2);
    expect(averages[1]).toBeCloseTo((wanted[1]! + wanted[2]!) / 2, 2);
  });
});

describe('a batch in two halves', () => {
  it.each([1, 2, 7, 20])('makes %i steps of Adam on the cut gradient of all of it', async (steps) => {
    const { weights } = await learned(steps, { engine: await openEngine() });
    const wanted = byHand(steps, () => 0.05);
    weights.forEach((values, which) => {
      for (const [i, value] of values.entries()) expect(value).toBeCloseTo(wanted[which]![i]!, 4);
    });
  });

  it('makes smaller and smaller ones where the rate falls along half a cosine', async () => {
    const { weights } = await learned(9, { engine: await openEngine(), schedule: 'cosine' });
    const wanted = byHand(9, (step) => 0.05 * Math.cos((Math.PI * (step - 1)) / 18) ** 2);
    weights.forEach((values, which) => {
      for (const [i, value] of values.entries()) expect(value).toBeCloseTo(wanted[which]![i]!, 4);
    });
  });

  it('gives the same numbers to the bit in one thread and in two, and nearly so on another engine', async () => {
    const engine = await openEngine('native');
    const one = await learned(31, { engine });
    const two = await learned(31, { engine, threads: 2 });
    expect(two).toEqual(one);
    expect(one.losses).toHaveLength(16);
    const other = await learned(31, { engine: await openEngine('onnxruntime') });
    other.weights.forEach((values, which) => {
      for (const [i, value] of values.entries()) expect(value).toBeCloseTo(one.weights[which]![i]!, 4);
    });
  });
});
