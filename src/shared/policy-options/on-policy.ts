import { z } from 'zod';
import { discount, explorationLimit, learningRate, network, randomSteps, steps } from './fields';

export const ReinforceOptions = z
  .strictObject({
    name: z.literal('reinforce'),
    steps: steps(100_000),
    randomSteps: randomSteps(200),
    episodesPerUpdate: z.number().int().min(2).max(1000).default(10).meta({
      title: 'Episodes an update',
      description: 'Whole episodes of the present policy that one step of its gradient is estimated from.',
    }),
    rewardToGo: z.boolean().default(true).meta({
      title: 'Reward-to-go',
      description: 'An action is judged by what came after it; else by the return of its whole episode.',
    }),
    baseline: z.boolean().default(true).meta({
      title: 'Baseline',
      description: 'What a value function that is learned beside expected is taken off.',
    }),
    gaeLambda: z.number().min(0).max(1).default(1).meta({
      title: 'GAE λ',
      description:
        'Less than 1: what came long after an action is taken from the value function instead (generalised advantage estimation).',
    }),
    normaliseAdvantages: z.boolean().default(true).meta({
      title: 'Normalised advantages',
      description: 'What judges the actions of a batch has mean 0 and deviation 1.',
    }),
    entropyBonus: z.number().min(0).max(10).default(0).meta({
      title: 'Entropy bonus',
      description: 'Reward a step for every nat of the policy’s entropy, so that it goes on trying.',
    }),
    compareEstimators: z.boolean().default(false).meta({
      title: 'Compare estimators',
      description:
        'Also says, of every batch, how much the gradient would vary plain, with reward-to-go and with the baseline.',
    }),
    ...{ discount, explorationLimit, learningRate: learningRate(3e-3), ...network(64) },
    valueUpdates: z.number().int().min(8).max(10_000).default(80).meta({
      title: 'Updates of the value',
      description: 'Steps of the value function’s optimiser after every update of the policy.',
    }),
    valueLearningRate: learningRate(3e-3).meta({
      title: 'Learning rate of the value',
      description: "Adam's step size for the value function.",
    }),
  })
  .meta({
    title: 'REINFORCE',
    description: 'Policy gradient from whole episodes; what they were worth weighs what was done.',
  });
