import type { ModelSummary, TrainOptions } from '../../shared/model';
import { Random } from '../../shared/random';
import { inputCount, modelLayout, targetCount } from './layout';
import { modelHash } from './model-file';
import { gradientClass } from './training/train-step';
import type { DynamicsModel, ModelChannels } from './types';

/**
 * A model of random weights: nothing learned, but every part of it in use. For measuring how long a model takes, and
 * for tests.
 */
export function untrainedModel(channels: ModelChannels, options: TrainOptions, seed = 0): DynamicsModel {
  const random = new Random(seed);
  const one = gradientClass(options.class);
  const summary: ModelSummary = {
    ...channels,
    ...{ hash: '', name: 'untrained', createdAt: 0, rig: 'none', options, eyes: null },
    ...{
      transitions: 0,
      episodes: [],
      learned: [],
      keptOut: [],
      epochs: 0,
      trainSeconds: 0,
      holdOutLoss: [],
      curve: [],
    },
    ...{ parent: null, recalibration: null, knownTerritory: null, evaluation: null, notes: [] },
    elites: Array.from({ length: one.elites(options.class) }, (_, member) => member),
  };
  const layout = modelLayout(summary);
  const weights = one.initialWeights(layout, options.class, random);
  // Fresh biases are zero, and a graph without them would be faster than any trained model's.
  for (const [name, { values }] of weights) if (name.endsWith('/bias')) random.fillNormal(values);
  const [inputs, targets] = [inputCount(layout), targetCount(layout)];
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
