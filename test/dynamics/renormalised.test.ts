import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayConstants, predictionArrays, predictorOf } from '../../src/main/dynamics/classes';
import { renormalised } from '../../src/main/dynamics/renormalised';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { openEngine } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';
import { LINE, randomModel } from './models';

describe('a model under another normaliser', () => {
  it('predicts the same means and deviations', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1000 }),
        fc.constantFrom('learned' as const, 'fixed' as const),
        async (seed, variance) => {
          const random = new Random(seed);
          const options = { name: 'ensemble', variance, members: 2, elites: 2, hiddenUnits: 8 } as const;
          const model = randomModel(LINE, { class: options }, seed);
          const somewhere = (size: number) =>
            Float32Array.from({ length: size }, () => random.uniformIn(-2, 2));
          const spread = (size: number) =>
            Float32Array.from({ length: size }, () => random.uniformIn(0.3, 3));
          const other = renormalised(model, {
            ...{
              inputMean: somewhere(2),
              inputStd: spread(2),
              targetMean: somewhere(1),
              targetStd: spread(1),
            },
          });
          const [before, after] = [await predicted(model), await predicted(other)];
          expect(other.normaliser.inputMean).not.toEqual(model.normaliser.inputMean);
          for (const [i, value] of before.entries()) expect(after[i]).toBeCloseTo(value, 3);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('keeps the weights of a column that nothing was learned of', () => {
    const model = randomModel(LINE, { class: { name: 'ensemble', members: 1, elites: 1, hiddenUnits: 4 } });
    model.normaliser.inputStd[1] = 0;
    const inputStd = Float32Array.from([model.normaliser.inputStd[0] as number, 5]);
    const { weights } = renormalised(model, { ...model.normaliser, inputStd });
    expect(weights.get('layer0/kernel')?.values).toEqual(model.weights.get('layer0/kernel')?.values);
  });
});

/** Means, then log variances, of a few states and actions. */
async function predicted(model: DynamicsModel): Promise<Float32Array> {
  const program = await (await openEngine()).compile(
    () => {
      const { mean, logVariance } = predictorOf(model, arrayConstants(predictionArrays(model))).predict(
        tf.tensor3d([-2, -1, 0, 1, 2], [1, 5, 1]),
        tf.tensor3d([0.5, -1, 1, 0, 0.2], [1, 5, 1]),
      );
      return { found: tf.concat([mean, logVariance], 0) };
    },
    [],
    { name: 'prediction' },
  );
  const { found } = await program.run({});
  await program.dispose();
  return found as Float32Array;
}
