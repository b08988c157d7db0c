import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { initialMlp, mlp } from '../../src/main/dynamics/mlp';
import { arraySpecs } from '../../src/main/dynamics/predictor';
import { openEngine } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';

const SHAPE = { hiddenLayers: 2, hiddenUnits: 64, activation: 'silu' as const };
const weights = initialMlp(SHAPE, { members: 3, inputs: 4, outputs: 2 }, new Random(1));
const arrays = Object.fromEntries(weights);

async function outputsOf(rows: number, members: 1 | 3, inputs: Float32Array): Promise<Float32Array> {
  const engine = await openEngine();
  const compiled = await engine.compile(
    ({ x, ...tensors }) => ({ y: mlp(SHAPE, tensors, x as tf.Tensor3D) }),
    [{ name: 'x', shape: [members, rows, 4] }, ...arraySpecs(arrays)],
    { name: 'perceptrons' },
  );
  const feeds = Object.fromEntries(Object.entries(arrays).map(([name, { values }]) => [name, values]));
  const { y } = await compiled.run({ ...feeds, x: inputs });
  await compiled.dispose();
  return y as Float32Array;
}

describe('stacked perceptrons', () => {
  it('give a row the same output alone as among many, where members are computed one by one', async () => {
    const rows = 300;
    const many = new Random(2).fillNormal(new Float32Array(3 * rows * 4));
    const all = await outputsOf(rows, 3, many);
    for (const row of [0, 17, 299]) {
      const alone = Float32Array.from({ length: 12 }, (_, i) => {
        const member = Math.floor(i / 4);
        return many[(member * rows + row) * 4 + (i % 4)];
      });
      const few = await outputsOf(1, 3, alone);
      for (let member = 0; member < 3; member++) {
        for (const output of [0, 1]) {
          const expected = few[member * 2 + output];
          expect(all[(member * rows + row) * 2 + output]).toBeCloseTo(expected, 5);
        }
      }
    }
  });

  it('share rows that are given once, whatever their number', async () => {
    for (const rows of [5, 300]) {
      const shared = new Random(3).fillNormal(new Float32Array(rows * 4));
      const repeated = Float32Array.from({ length: 3 * shared.length }, (_, i) => shared[i % shared.length]);
      const once = await outputsOf(rows, 1, shared);
      const each = await outputsOf(rows, 3, repeated);
      expect(once).toHaveLength(3 * rows * 2);
      for (const [i, value] of once.entries()) expect(value).toBeCloseTo(each[i], 5);
    }
  });
});
