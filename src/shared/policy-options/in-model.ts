import { z } from 'zod';
import { RATE_SCHEDULES } from '../rate-schedule';
import { learningRate, offPolicy, randomSteps, steps, updatesPerStep } from './fields';
import { SacOptions } from './off-policy';

/** The model that a policy is learned in, and what is imagined in it. */
const ownModel = {
  modelEverySteps: z.number().int().min(1).max(1_000_000).default(250).meta({
    title: 'Model every (steps)',
    description: 'Steps between two trainings of the model, each on all that happened so far.',
  }),
  modelPasses: z.number().int().min(1).max(10_000).default(20).meta({
    title: 'Passes of the model',
    description:
      'Passes over the data of each training at most; it goes on from its weights, and the first has five times as many.',
  }),
  modelMembers: z.number().int().min(1).max(20).default(5).meta({
    title: 'Members of the model',
    description: 'Networks that are trained independently.',
  }),
  modelElites: z.number().int().min(1).max(20).default(4).meta({
    title: 'Elites of the model',
    description: 'Members that predict: those with the lowest hold-out loss.',
  }),
  modelHiddenLayers: z.number().int().min(1).max(8).default(2).meta({
    title: 'Hidden layers of the model',
    description: 'Layers of each of its networks between input and output.',
  }),
  modelHiddenUnits: z.number().int().min(4).max(1024).default(128).meta({
    title: 'Units a layer of the model',
    description: 'Units of every hidden layer of its networks.',
  }),
  learnedReward: z.boolean().default(false).meta({
    title: 'Learned reward',
    description: "The reward as the model has learned it, instead of the task's formula.",
  }),
  penalty: z.enum(['none', 'std', 'disagreement']).default('none').meta({
    title: 'Penalty',
    description:
      'What is taken from imagined rewards for what the model does not know: the largest predicted deviation, or what its members do not agree on.',
  }),
  penaltyWeight: z.number().min(0).max(1e6).default(1).meta({
    title: 'Penalty λ',
    description: 'Reward that is taken for a doubt as large as what usually changes in one step.',
  }),
};

/** How long a rollout is. */
const rollouts = (usual: number) => ({
  rolloutLength: z.enum(['schedule', 'auto']).default('schedule').meta({
    title: 'Rollout length',
    description: 'Schedule: by steps of the rig. Auto: for as long as the model is trusted.',
  }),
  rolloutFirst: z.number().int().min(1).max(200).default(usual).meta({
    title: 'Rollout from (steps)',
    description: 'Length of a rollout at the beginning, and at least.',
  }),
  rolloutLast: z.number().int().min(1).max(200).default(usual).meta({
    title: 'Rollout to (steps)',
    description: 'Length of a rollout in the end, and at most.',
  }),
  rolloutFrom: z.number().int().min(0).max(10_000_000).default(0).meta({
    title: 'Longer from step',
    description: 'Steps of the rig from which on rollouts grow.',
  }),
  rolloutUntil: z.number().int().min(0).max(10_000_000).default(5000).meta({
    title: 'Longest at step',
    description: 'Steps of the rig from which on rollouts have their last length.',
  }),
});

export const MbpoOptions = z
  .strictObject({
    ...SacOptions.shape,
    name: z.literal('mbpo'),
    steps: steps(5000),
    randomSteps: randomSteps(250),
    updatesPerStep: updatesPerStep(20),
    realShare: z.number().min(0).max(1).default(0.05).meta({
      title: 'Real share',
      description: 'Share of every batch that really happened; the rest is imagined.',
    }),
    rolloutsPerStep: z.number().min(1).max(10_000).default(100).meta({
      title: 'Rollouts a step',
      description: 'Imagined rollouts, each from a state that happened, for every step of the rig.',
    }),
    keptTrainings: z.number().int().min(1).max(100).default(1).meta({
      title: 'Kept trainings',
      description:
        'What was imagined is kept for as many trainings of the model; the oldest is forgotten first.',
    }),
    ...rollouts(1),
    ...ownModel,
  })
  .meta({
    title: 'MBPO',
    description: 'SAC on short rollouts, from states that happened, through a model that is trained beside.',
  });

export const ModelGradientOptions = z
  .strictObject({
    name: z.literal('model-gradient'),
    steps: steps(5000),
    randomSteps: randomSteps(250),
    updatesPerStep: updatesPerStep(4),
    estimator: z.enum(['pathwise', 'likelihood-ratio']).default('pathwise').meta({
      title: 'Estimator',
      description:
        'Pathwise: the return is differentiated through the model. Likelihood ratio: what was done is made likelier by what came of it.',
    }),
    returnLambda: z.number().min(0).max(1).default(0.9).meta({
      title: 'Return λ',
      description: 'How much of a return is what was imagined, and how much what the value says on the way.',
    }),
    entropyBonus: z.number().min(0).max(10).default(0.1).meta({
      title: 'Entropy bonus',
      description:
        'Reward a step for every nat of the policy’s entropy, in units of the deviation of returns, so that it goes on trying.',
    }),
    targetRate: z.number().gt(0).max(1).default(0.02).meta({
      title: 'Target rate τ',
      description: 'Share of the value that goes into its target with every update.',
    }),
    ...offPolicy,
    learningRate: learningRate(1e-3),
    learningSchedule: z.enum(RATE_SCHEDULES).default('constant').meta({
      title: 'Learning schedule',
      description:
        'Constant, or falling to 0 along half a cosine over all updates: the policy in the end is then no longer the last of many that differ.',
    }),
    ...rollouts(15),
    ...ownModel,
  })
  .meta({
    title: 'Policy gradient in the model',
    description:
      'The gradient of imagined returns, through the model or by likelihood ratio, with a value at their end.',
  });
