import { z } from 'zod';
import { offPolicy, randomSteps, steps, updatesPerStep } from './fields';

export const SacOptions = z
  .strictObject({
    name: z.literal('sac'),
    steps: steps(20_000),
    randomSteps: randomSteps(1000),
    updatesPerStep: updatesPerStep(1),
    critics: z.number().int().min(1).max(20).default(2).meta({
      title: 'Critics',
      description: 'Value networks that are trained side by side.',
    }),
    criticsInTarget: z.number().int().min(1).max(20).default(2).meta({
      title: 'Critics in the target',
      description:
        'The least of so many, drawn anew for every update, is the target (REDQ); all when as many as there are.',
    }),
    layerNorm: z.boolean().default(false).meta({
      title: 'Layer normalisation',
      description: 'In the critics, for many updates a step (DroQ).',
    }),
    dropout: z.number().min(0).max(0.9).default(0).meta({
      title: 'Dropout',
      description: 'Share of the critics’ units that an update leaves out (DroQ: 0.01).',
    }),
    targetRate: z.number().gt(0).max(1).default(0.005).meta({
      title: 'Target rate τ',
      description: 'Share of the critics that goes into their targets with every update.',
    }),
    ...offPolicy,
  })
  .meta({
    title: 'SAC',
    description: 'Soft actor-critic: off-policy, an actor that stays as random as it can afford.',
  });
