import { initialWeights } from '../../src/main/dynamics/initial-weights';
import { modelHash } from '../../src/main/dynamics/model-file';
import { inputCount, networkLayout } from '../../src/main/dynamics/network';
import type { DynamicsModel, ModelChannels } from '../../src/main/dynamics/types';
import { type ModelSummary, TrainOptions } from '../../src/shared/model';
import { Random } from '../../src/shared/random';

/** One observation x, one action u. */
export const LINE: ModelChannels = {
  observations: [{ name: 'x', unit: 'm', angle: false, limits: null }],
  actions: [{ name: 'u', unit: '1', angle: false, limits: [-1, 1] }],
  periodSeconds: 0.1,
};

/** A model of random weights: nothing learned, but every part of it in use. */
export function randomModel(
  channels: ModelChannels,
  options: Partial<TrainOptions>,
  seed = 0,
): DynamicsModel {
  const random = new Random(seed);
  const summary: ModelSummary = {
    ...channels,
    hash: '',
    name: 'random',
    createdAt: 0,
    rig: 'test',
    options: TrainOptions.parse({ hiddenUnits: 8, ...options }),
    transitions: 0,
    episodes: [],
    epochs: 0,
    trainSeconds: 0,
    holdOutLoss: [],
    elites: [],
    curve: [],
    evaluation: null,
    notes: [],
  };
  summary.elites = Array.from({ length: summary.options.elites }, (_, member) => member);
  const layout = networkLayout(summary);
  const weights = initialWeights(layout, summary.options, random);
  for (const [name, { values }] of weights) if (name.endsWith('/bias')) random.fillNormal(values);
  const targets = channels.observations.length;
  const inputs = inputCount(layout);
  const model: DynamicsModel = {
    summary,
    weights,
    normaliser: {
      inputMean: random.fillNormal(new Float32Array(inputs)),
      inputStd: new Float32Array(inputs).fill(1.5),
      targetMean: random.fillNormal(new Float32Array(targets)),
      targetStd: new Float32Array(targets).fill(0.3),
    },
  };
  summary.hash = modelHash(model);
  return model;
}

/**
 * A model on LINE whose member m adds `increments[m]` to x at every step, whatever is done: s' = s + c_m. Its
 * noise has the standard deviation `noise`.
 */
export function driftModel(increments: number[], noise = 0.1): DynamicsModel {
  const members = increments.length;
  const model = randomModel(LINE, { members, elites: members, hiddenLayers: 1 });
  for (const [name, { values }] of model.weights) {
    if (name.startsWith('layer')) values.fill(0);
    if (name === 'logVariance/min') values.fill(-40);
    if (name === 'logVariance/max') values.fill(2 * Math.log(noise));
  }
  const output = model.weights.get('layer1/bias');
  increments.forEach((increment, member) => {
    // Mean, then log variance, which the soft upper bound brings to `noise`.
    output?.values.set([increment, 30], member * 2);
  });
  model.normaliser.targetMean.fill(0);
  model.normaliser.targetStd.fill(1);
  return model;
}
