import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filled } from '../../../src/main/dynamics/mlp';
import { adamStep } from '../../../src/main/dynamics/training/adam';
import {
  compileUpdates,
  gradientsOf,
  type Updates,
  withOptimiser,
} from '../../../src/main/dynamics/updates/updates';
import { openEngine } from '../../../src/main/tensor';

let updates: Updates<'loss'>;
beforeAll(async () => {
  updates = await compileUpdates(await openEngine(), {
    ...{ name: 'a lesson', unroll: 2, learningRate: 0.1 },
    arrays: withOptimiser(new Map([['weight', filled([1, 1, 1], 1)]])),
    feeds: [{ name: 'target', shape: [1, 1, 1] }],
    step(current, feeds, schedule) {
      const { gradients, loss } = gradientsOf(['weight'], current, (tensors) => ({
        loss: tf.sum(tf.square(tf.sub(tensors.weight as tf.Tensor, feeds.target as tf.Tensor))),
        extra: {},
      }));
      return { next: adamStep(current, gradients, schedule, () => 0), metrics: { loss } };
    },
  });
});
afterAll(() => updates.dispose());

describe('updates', () => {
  it('say which number was lost, and of what, as soon as one is', async () => {
    const { state } = await updates.run(updates.initial, { target: Float32Array.of(3, 3) }, 1);
    const lost = updates.run(state, { target: Float32Array.of(3, Number.NaN) }, 3);
    await expect(lost).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringContaining('after 4 updates "loss" is not a number'),
    });
  });

  it('go on from a snapshot with the arrays that are theirs, and from no other', () => {
    const others = { ...updates.initial, other: Float32Array.of(1) };
    expect(updates.restored(others)).toEqual(updates.initial);
    expect(() => updates.restored({ weight: Float32Array.of(1) })).toThrow('first/weight');
    expect(() => updates.restored({ ...others, weight: new Float32Array(2) })).toThrow('"weight"');
  });
});
