import { z } from 'zod';
import { learningRate, offPolicy, randomSteps, steps, updatesPerStep } from './fields';

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
        'The least of so many, drawn anew for every update, is the target (REDQ); of all when there are no more.',
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

export const Td3Options = z
  .strictObject({
    name: z.literal('td3'),
    steps: steps(20_000),
    randomSteps: randomSteps(1000),
    updatesPerStep: updatesPerStep(1),
    explorationNoise: z.number().min(0).max(1).default(0.1).meta({
      title: 'Exploration noise',
      description: 'Standard deviation of the noise on its actions, as a share of half the action range.',
    }),
    targetNoise: z.number().min(0).max(1).default(0.2).meta({
      title: 'Target noise',
      description:
        "Standard deviation of the noise on the target's actions, clipped at two and a half of it.",
    }),
    actorEvery: z.number().int().min(1).max(10).default(2).meta({
      title: 'Actor every',
      description: "Updates of the critics between two of the actor's.",
    }),
    targetRate: z.number().gt(0).max(1).default(0.005).meta({
      title: 'Target rate τ',
      description: 'Share of the networks that goes into their targets with every update.',
    }),
    ...offPolicy,
  })
  .meta({
    title: 'TD3',
    description: 'Deterministic actor, two critics, delayed updates: the simple variant.',
  });

export const CrossQOptions = z
  .strictObject({
    name: z.literal('crossq'),
    steps: steps(20_000),
    randomSteps: randomSteps(1000),
    updatesPerStep: updatesPerStep(1),
    criticUnits: z.number().int().min(4).max(2048).default(512).meta({
      title: "Units of the critics' layers",
      description: 'Wide critics are what makes few updates enough.',
    }),
    ...offPolicy,
    learningRate: learningRate(1e-3),
  })
  .meta({
    title: 'CrossQ',
    description:
      'SAC with batch normalisation in the critics and no target networks: one update a step is enough.',
  });
