import { z } from 'zod';
import { batchSize, discountBy, learningRate, network, steps } from './fields';

export const FittedValueOptions = z
  .strictObject({
    name: z.literal('fitted-value'),
    steps: steps(8000).meta({
      title: 'Updates',
      description: 'Updates in all; it makes no steps, and begins from recorded ones.',
    }),
    candidates: z.number().int().min(2).max(1000).default(16).meta({
      title: 'Candidates',
      description:
        'Actions that are compared in every state: some near what its policy does, the others any.',
    }),
    targetRate: z.number().gt(0).max(1).default(0.05).meta({
      title: 'Target rate τ',
      description: 'Share of the value that goes into its target with every update.',
    }),
    learnedReward: z.boolean().default(false).meta({
      title: 'Learned reward',
      description: "The reward as the model has learned it, instead of the task's formula.",
    }),
    discount: discountBy(0.995),
    batchSize,
    learningRate: learningRate(1e-3),
    ...network(128, 'silu'),
  })
  .meta({
    title: 'Fitted value',
    description: "Value iteration in a model, for the end of a planner's horizon.",
  });
