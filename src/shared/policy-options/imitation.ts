import { z } from 'zod';
import { batchSize, learningRate, network } from './fields';

const imitation = {
  holdOut: z.number().min(0.02).max(0.5).default(0.1).meta({
    title: 'Hold-out',
    description: 'Share of what is to be imitated that is not learned from and says when to stop.',
  }),
  patience: z.number().int().min(1).max(1000).default(10).meta({
    title: 'Patience',
    description: 'Looks at the hold-out, one every 100 updates, without a better one before it stops.',
  }),
  ...{ batchSize, learningRate: learningRate(1e-3), ...network(128) },
};

export const CloneOptions = z
  .strictObject({
    name: z.literal('clone'),
    steps: z.number().int().min(1).max(10_000_000).default(20_000).meta({
      title: 'Updates',
      description: 'Updates at most; the hold-out ends it earlier.',
    }),
    ...imitation,
  })
  .meta({
    title: 'Behaviour cloning',
    description: 'Does what was done in the recorded episodes, whatever it was worth: the plain reference.',
  });

export const DistilOptions = z
  .strictObject({
    name: z.literal('distil'),
    steps: z.number().int().min(1).max(10_000_000).default(10_000).meta({
      title: 'Steps',
      description: 'Steps that the planner is asked at in all; each takes as long as a plan.',
    }),
    planner: z.enum(['icem', 'cem', 'mppi', 'random-shooting']).default('icem').meta({
      title: 'Planner',
      description: 'Who teaches.',
    }),
    planOn: z.enum(['simulator', 'model']).default('simulator').meta({
      title: 'Plans on',
      description: 'The true simulator of the rig, or the learned model that is given.',
    }),
    horizon: z.number().int().min(1).max(200).default(25).meta({
      title: 'Horizon',
      description: 'Steps that the planner looks ahead.',
    }),
    candidates: z.number().int().min(2).max(20_000).default(80).meta({
      title: 'Candidates',
      description: 'Action sequences that the planner tries at once.',
    }),
    episodesPerRound: z.number().int().min(1).max(1000).default(5).meta({
      title: 'Episodes a round',
      description: 'Episodes between two lessons.',
    }),
    firstShare: z.number().min(0).max(1).default(1).meta({
      title: 'Planner drives first',
      description:
        'Share β of the steps of the first round that the planner drives; the policy drives the others.',
    }),
    shareDecay: z.number().min(0).max(1).default(0.5).meta({
      title: 'Decay of β',
      description: 'β of a round as a share of that of the round before.',
    }),
    updatesPerRound: z.number().int().min(8).max(1_000_000).default(4000).meta({
      title: 'Updates a round',
      description: 'Updates after every round at most; the hold-out ends them earlier.',
    }),
    ...imitation,
  })
  .meta({
    title: 'Distilled planner',
    description: 'DAgger: the policy drives, a planner says what it would have done, the policy learns that.',
  });
