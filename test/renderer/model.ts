import { ModelSummary, TrainOptions } from '../../src/shared/model';

/** A model that nobody has evaluated, changed by `parts`. */
export const model = (parts: Partial<ModelSummary> = {}): ModelSummary =>
  ModelSummary.parse({
    hash: 'a'.repeat(64),
    name: 'first',
    createdAt: 0,
    rig: 'cartpole-balance',
    options: TrainOptions.parse({}),
    observations: [],
    actions: [],
    periodSeconds: 0.02,
    transitions: 1000,
    episodes: [1, 2],
    epochs: 30,
    trainSeconds: 12,
    holdOutLoss: [],
    elites: [],
    curve: [],
    evaluation: null,
    notes: [],
    ...parts,
  });
