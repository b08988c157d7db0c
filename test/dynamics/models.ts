import type { z } from 'zod';
import type { DynamicsModel, ModelChannels } from '../../src/main/dynamics/types';
import { untrainedModel } from '../../src/main/dynamics/untrained';
import { type TrainFields, TrainOptions } from '../../src/shared/model-options';

/** One observation x, one action u. */
export const LINE: ModelChannels = {
  observations: [{ name: 'x', unit: 'm', angle: false, limits: null }],
  actions: [{ name: 'u', unit: '1', angle: false, limits: [-1, 1] }],
  periodSeconds: 0.1,
};

/** A model of random weights: nothing learned, but every part of it in use. */
export const randomModel = (
  channels: ModelChannels,
  options: z.input<typeof TrainFields>,
  seed = 0,
): DynamicsModel => {
  const parsed = TrainOptions.parse(options);
  return untrainedModel(channels, parsed, seed);
};

/**
 * A model on LINE whose member m adds `increments[m]` to x at every step, whatever is done: s' = s + c_m. Its
 * noise has the standard deviation `noise`.
 */
export function driftModel(increments: number[], noise = 0.1): DynamicsModel {
  const members = increments.length;
  const model = randomModel(LINE, {
    class: { name: 'ensemble', members, elites: members, hiddenLayers: 1, hiddenUnits: 8 },
  });
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
