import { z } from 'zod';

/** Of the networks of a class. */
export const network = {
  hiddenLayers: z
    .number()
    .int()
    .min(1)
    .max(8)
    .default(2)
    .meta({ title: 'Hidden layers', description: 'Layers of the network between input and output.' }),
  hiddenUnits: z
    .number()
    .int()
    .min(4)
    .max(1024)
    .default(128)
    .meta({ title: 'Units a layer', description: 'Units of every hidden layer.' }),
  activation: z
    .enum(['silu', 'relu', 'tanh'])
    .default('silu')
    .meta({ title: 'Activation', description: 'Non-linearity of the hidden layers.' }),
};

export const variance = z.enum(['learned', 'fixed']).default('learned').meta({
  title: 'Variance',
  description: 'Learned: the noise depends on state and action. Fixed: one number a channel.',
});
