import { z } from 'zod';

/** Options that several algorithms have, with the default that is usual for each. */
export const steps = (usual: number) =>
  z.number().int().min(1).max(100_000_000).default(usual).meta({
    title: 'Steps',
    description: 'Steps of the rig, or of its simulation, that it learns from in all.',
  });
export const randomSteps = (usual: number) =>
  z.number().int().min(0).max(1_000_000).default(usual).meta({
    title: 'Random steps',
    description:
      'Steps of random motion before it acts by itself; recorded episodes that are given count as such.',
  });
export const network = (units: number, activation: 'silu' | 'relu' | 'tanh' = 'relu') => ({
  hiddenLayers: z.number().int().min(1).max(4).default(2).meta({
    title: 'Hidden layers',
    description: 'Layers of actor and critics between input and output.',
  }),
  hiddenUnits: z.number().int().min(4).max(2048).default(units).meta({
    title: 'Units a layer',
    description: 'Units of every hidden layer of actor and critics.',
  }),
  activation: z.enum(['silu', 'relu', 'tanh']).default(activation).meta({
    title: 'Activation',
    description: 'Non-linearity of the hidden layers.',
  }),
});
export const discountBy = (usual: number) =>
  z.number().min(0).max(1).default(usual).meta({
    title: 'Discount γ',
    description: 'What a reward one step later is worth.',
  });
export const discount = discountBy(0.99);
export const learningRate = (usual: number) =>
  z.number().positive().max(0.1).default(usual).meta({
    title: 'Learning rate',
    description: "Adam's step size.",
  });
export const batchSize = z.number().int().min(8).max(8192).default(256).meta({
  title: 'Batch',
  description: 'Transitions of one update.',
});
export const updatesPerStep = (usual: number) =>
  z.number().min(0.01).max(100).default(usual).meta({
    title: 'Updates a step',
    description: 'Updates for every step that was made (update-to-data ratio).',
  });
export const replaySize = z.number().int().min(100).max(10_000_000).default(1_000_000).meta({
  title: 'Replay',
  description: 'Transitions that are kept; the oldest are forgotten.',
});
export const explorationLimit = z.number().min(0).max(1).default(1).meta({
  title: 'Exploration limit',
  description:
    'Largest deviation from what the policy would do without exploring, as a share of the action range; 1 is none. REINFORCE has to do without.',
});

/** What every algorithm with a replay has in common. */
export const offPolicy = {
  ...{ discount, batchSize, replaySize, explorationLimit },
  ...{ learningRate: learningRate(3e-4), ...network(256) },
};
