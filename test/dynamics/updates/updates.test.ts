import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filled } from '../../../src/main/dynamics/mlp';
import { adamStep } from '../../../src/main/dynamics/training/adam';
import {
  compileUpdates,
  gradientsOf,
  type UpdateShape,
  type Updates,
  withOptimiser,
} from '../../../src/main/dynamics/updates/updates';
import { openEngine } from '../../../src/main/tensor';

const lesson = async (falls?: UpdateShape<'loss'>['falls']): Promise<Updates<'loss'>> =>
  compileUpdates(await openEngine(), {
    ...{ name: 'a lesson', unroll: 2, learningRate: 0.1, falls },
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

let updates: Updates<'loss'>;
beforeAll(async () => {
  updates = await lesson();
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

  it('make steps that fall along half a cosine where they are asked to, and none after the last', async () => {
    const falling = await lesson({ schedule: 'cosine', steps: 4 });
    const far = { target: Float32Array.of(1e5, 1e5) };
    const weights: number[] = [];
    let state = falling.initial;
    for (const first of [1, 3, 5]) {
      ({ state } = await falling.run(state, far, first));
      weights.push(state.weight![0]!);
    }
    await falling.dispose();
    // So far from its aim every step of Adam is as long as the learning rate.
    const share = (step: number) => (1 + Math.cos((Math.PI * (step - 1)) / 4)) / 2;
    expect(weights[0]).toBeCloseTo(1 + 0.1 * (share(1) + share(2)), 3);
    expect(weights[1]! - weights[0]!).toBeCloseTo(0.1 * (share(3) + share(4)), 3);
    expect(weights[2]).toBeCloseTo(weights[1]!, 5);
  });

  it('go on from a snapshot with the arrays that are theirs, and from no other', () => {
    const others = { ...updates.initial, other: Float32Array.of(1) };
    expect(updates.restored(others)).toEqual(updates.initial);
    expect(() => updates.restored({ weight: Float32Array.of(1) })).toThrow('first/weight');
    expect(() => updates.restored({ ...others, weight: new Float32Array(2) })).toThrow('"weight"');
  });
});
