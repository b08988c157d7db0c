import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayConstants, predictionArrays, predictorOf } from '../../src/main/dynamics/classes';
import { foldedNetwork } from '../../src/main/dynamics/folded';
import { inputCount, modelLayout, stateWidth, targetCount } from '../../src/main/dynamics/layout';
import { drawnTargets, type Predictor } from '../../src/main/dynamics/predictor';
import { recalibrated } from '../../src/main/dynamics/recalibration';
import type { DynamicsModel, ModelChannels } from '../../src/main/dynamics/types';
import { plannedPrediction } from '../../src/main/plan/prediction';
import { type CompiledProgram, type Engine, openEngine } from '../../src/main/tensor';
import type { TrainFields } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { randomModel } from './models';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnxruntime');
});

const ROWS = 12;
const channel = (name: string, angle = false) => ({ name, unit: 'm', angle, limits: null });
const CHANNELS: ModelChannels = {
  observations: [channel('x'), channel('turn', true), channel('v'), channel('still')],
  actions: [channel('push'), channel('pull')],
  periodSeconds: 0.02,
};

/** Every channel with a mean and a deviation of its own, as data have them; one that never changed, one far from zero. */
function realistic(options: Parameters<typeof randomModel>[1], seed: number): DynamicsModel {
  const model = randomModel(CHANNELS, options, seed);
  const random = new Random(seed).fork('normaliser');
  const { inputMean, inputStd, targetMean, targetStd } = model.normaliser;
  for (const [mean, std] of [
    [inputMean, inputStd],
    [targetMean, targetStd],
  ] as const) {
    for (let i = 0; i < mean.length; i++) {
      std[i] = 10 ** random.uniformIn(-3, 2);
      mean[i] = std[i]! * random.uniformIn(-5, 5);
    }
  }
  inputMean[0] = 500 * inputStd[0]!;
  inputStd[4] = 0;
  targetStd[3] = 0;
  for (const name of ['logVariance/min', 'logVariance/max', 'logVariance/fixed']) {
    const { values = new Float32Array() } = model.weights.get(name) ?? {};
    for (let i = 0; i < values.length; i++) values[i]! += random.uniformIn(-1, 1);
  }
  return model;
}

/** What a predictor says of the rows, and a noisy draw of them. */
async function said(model: DynamicsModel, predictor: () => Predictor): Promise<CompiledProgram> {
  const layout = modelLayout(model.summary);
  const targets = targetCount(layout);
  const { members } = sizes(model);
  return engine.compile(
    ({ state, action, noise }) => {
      const [s, a, n] = [state, action, noise] as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
      const predicted = predictor().predict(s, a);
      return {
        alone: predictor().mean(s, a),
        mean: predicted.mean,
        std: tf.exp(tf.mul(predicted.logVariance, 0.5)),
        drawn: drawnTargets(predicted, { noise: n }),
        sampled: predictor().sample(s, a, n),
      };
    },
    [
      { name: 'state', shape: [members, ROWS, stateWidth(layout)] },
      { name: 'action', shape: [members, ROWS, layout.actions] },
      { name: 'noise', shape: [members, ROWS, targets] },
    ],
    { name: 'said', threads: 1 },
  );
}

const sizes = (model: DynamicsModel) => ({ members: predictionArrays(model)['layer0/kernel']!.shape[0]! });

/** Rows near what the model learned from. */
function rowsFor(model: DynamicsModel, random: Random) {
  const layout = modelLayout(model.summary);
  const { members } = sizes(model);
  const { inputMean, inputStd } = model.normaliser;
  const state = random.fillNormal(new Float32Array(members * ROWS * stateWidth(layout)));
  const action = random.fillNormal(new Float32Array(members * ROWS * layout.actions));
  // x, v and the actions in the units of their inputs (layout.ts: x, sin, cos, v, still, …, push, pull).
  const inputs = inputCount(layout);
  const unit = [0, undefined, 3, 4];
  for (let i = 0; i < state.length; i++) {
    const input = unit[(i % stateWidth(layout)) % 4];
    const column = i % stateWidth(layout) < 4 ? input : undefined;
    if (column !== undefined) state[i] = inputMean[column]! + inputStd[column]! * state[i]!;
  }
  for (let i = 0; i < action.length; i++) {
    const column = inputs - 2 + (i % 2);
    action[i] = inputMean[column]! + inputStd[column]! * action[i]!;
  }
  const noise = random.fillNormal(new Float32Array(members * ROWS * targetCount(layout)));
  return { state, action, noise };
}

const CASES: [string, Parameters<typeof randomModel>[1]][] = [
  ['ensemble', { class: { name: 'ensemble', members: 3, elites: 2, hiddenUnits: 16 } }],
  [
    'ensemble with one variance',
    { class: { name: 'ensemble', members: 2, elites: 2, hiddenUnits: 16, variance: 'fixed' } },
  ],
  [
    'gaussian of one layer',
    { class: { name: 'gaussian', hiddenLayers: 1, hiddenUnits: 16, activation: 'tanh' } },
  ],
  [
    'deterministic',
    { class: { name: 'deterministic', hiddenLayers: 3, hiddenUnits: 16, activation: 'relu' } },
  ],
  ['bayesian', { class: { name: 'bayesian', hiddenUnits: 16, posteriorSamples: 3 } }],
  [
    'a history and a reward',
    { class: { name: 'ensemble', members: 2, elites: 2, hiddenUnits: 16 }, history: 2, rewardHead: true },
  ],
];

describe('a network with the normaliser in its weights', () => {
  it.each(CASES)('predicts what it did, within 1e-5: %s', async (_name, options) => {
    const model = realistic(options as typeof TrainFields._input, 3);
    const layout = modelLayout(model.summary);
    if (!layout.reward) model.summary.recalibration = [1.5, 0.5, 2, 1];
    const arrays = predictionArrays(model);
    const prediction = plannedPrediction(model, arrays);
    // It is the folded one that is tried.
    expect(prediction.arrays['mean/kernel']).toBeDefined();
    const plain = await said(model, () =>
      recalibrated(model.summary, predictorOf(model, arrayConstants(arrays))),
    );
    const folded = await said(model, () => prediction.predictor());
    const { targetStd, targetMean } = model.normaliser;
    const targets = targetCount(layout);
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const feeds = rowsFor(model, new Random(seed));
        const [expected, found] = [await plain.run(feeds), await folded.run(feeds)];
        for (const name of ['alone', 'mean', 'std', 'drawn', 'sampled']) {
          const noisy = name === 'alone' || name === 'mean' ? 0 : 5;
          found[name]!.forEach((value, i) => {
            const t = i % targets;
            if (name === 'std' && expected[name]![i]! > 1e-12) {
              expect(Math.abs(value / expected[name]![i]! - 1), `${name} ${i}`).toBeLessThan(1e-5);
              return;
            }
            // Of what the number is made of: its mean, its deviation and as many of the noise.
            const size = Math.abs(targetMean[t]!) + (3 + noisy) * targetStd[t]!;
            expect(Math.abs(value - expected[name]![i]!), `${name} ${i}`).toBeLessThanOrEqual(
              1e-5 * size + 1e-17,
            );
          });
        }
      }),
      { numRuns: 20 },
    );
    await Promise.all([plain.dispose(), folded.dispose()]);
  });

  it.each([
    ['the squares of deviations', { targetStd: 1e20 }],
    ['weights over deviations', { inputStd: 1e37 }],
    ['weights over tiny deviations', { inputStd: 1e-37 }],
  ])('is not made where %s are beyond single precision', (_, deviations) => {
    const model = realistic(CASES[0]![1], 4);
    for (const [name, std] of Object.entries(deviations)) model.normaliser[name as 'inputStd'][0] = std;
    const arrays = predictionArrays(model);
    const shape = { hiddenLayers: 2, hiddenUnits: 16, activation: 'silu' } as const;
    const layout = modelLayout(model.summary);
    expect(foldedNetwork(layout, { shape, variance: 'learned' }, arrays, null)).toBeUndefined();
    expect(plannedPrediction(model, arrays).arrays).toBe(arrays);
  });
});
