import { z } from 'zod';
import { ChannelInfo } from './episode';
import { Eyes } from './eyes';
import { AlgorithmOptions } from './policy-options';
import { TaskFile } from './task';

export * from './policy-options';

/** A point of a policy's training, for curves. What an algorithm does not have is null. */
export const PolicyPoint = z.object({
  /** Steps of the rig that it had learned from. */
  steps: z.number(),
  updates: z.number(),
  /** Mean return of the episodes that ended since the point before, as they were driven while learning. */
  return: z.number().nullable(),
  /** Mean return of episodes without exploration, where it was evaluated here. */
  evaluated: z.number().nullable(),
  /** What the critics, or the value function, say of the states learned from. */
  value: z.number().nullable(),
  /** Of the policy, nats. */
  entropy: z.number().nullable(),
  /** Variance of the gradient estimate, summed over weights, as a share of the gradient's squared length. */
  gradientVariance: z.number().nullable(),
  /** The same of several estimators, at one policy and on the same episodes, not as a share; where they were compared. */
  estimatorVariances: z
    .object({ plain: z.number(), rewardToGo: z.number(), baseline: z.number() })
    .optional(),
  /** Mean reward a step, as imagined in the model and as it was. */
  imaginedReward: z.number().nullable(),
  realReward: z.number().nullable(),
  /** On a rig, which does not wait: updates that the steps made so far were owed. */
  owed: z.number().optional(),
});
export type PolicyPoint = z.infer<typeof PolicyPoint>;

export const PolicyProgress = z.object({
  phase: z.enum(['loading', 'compiling', 'collecting', 'learning', 'evaluating', 'done']),
  detail: z.string().default(''),
  steps: z.number(),
  stepsInAll: z.number(),
  updates: z.number(),
  secondsElapsed: z.number(),
  /** As of a point: how far the learner is behind. */
  owed: z.number().optional(),
  /** Points that are new since the last word. */
  points: z.array(PolicyPoint),
});
export type PolicyProgress = z.infer<typeof PolicyProgress>;

/** Returns of a policy without exploration, on the rig or in its simulation. */
export const PolicyEvaluation = z.object({
  where: z.enum(['simulation', 'rig', 'model']),
  seed: z.number(),
  returns: z.array(z.number()),
  steps: z.array(z.number().int()),
  mean: z.number(),
  /** Of the mean, 95 %, by Student's t; null for one episode. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  evaluatedAt: z.number(),
  /** Share of the episodes in which the task was done at the end; left out where it does not say what that is. */
  success: z.number().optional(),
});
export type PolicyEvaluation = z.infer<typeof PolicyEvaluation>;

/** How a policy gives actions. */
export const ActorShape = z.object({
  /**
   * gaussian: tanh of a Gaussian; acts by its mean, explores by its spread. deterministic: tanh of a network. categorical: a
   * distribution over joint actions (main/policy/representation/space.ts).
   */
  kind: z.enum(['gaussian', 'deterministic', 'categorical']),
  hiddenLayers: z.number().int().min(1).max(16),
  hiddenUnits: z.number().int().min(1).max(65_536),
  activation: z.enum(['silu', 'relu', 'tanh']),
});
export type ActorShape = z.infer<typeof ActorShape>;

/** What is known of a policy without its arrays. */
export const PolicySummary = z.object({
  /** sha256 of its content. */
  hash: z.string(),
  name: z.string(),
  createdAt: z.number(),
  rig: z.string(),
  algorithm: AlgorithmOptions,
  actor: ActorShape,
  seed: z.number(),
  /** The rig's; of one that acts by pictures the numbers of a latent state. */
  observations: z.array(ChannelInfo),
  /** What one that acts by pictures looks through; null of any other. */
  eyes: Eyes.nullable().default(null),
  actions: z.array(
    ChannelInfo.extend({
      limits: z.tuple([z.number(), z.number()]),
      values: z.array(z.number()).nullable(),
    }),
  ),
  /** Observations in a state, 1 or more. */
  history: z.number().int().min(1).max(32),
  periodSeconds: z.number().positive(),
  task: TaskFile,
  /** [inputs][lowest, highest] of what its network saw while it learned; left out where nobody noted it. */
  known: z.array(z.tuple([z.number(), z.number()])).optional(),
  /** Where it acted while it learned. */
  learnedIn: z.enum(['simulation', 'rig', 'recorded', 'model']),
  /** Steps of the rig and updates behind it. */
  steps: z.number().int(),
  updates: z.number().int(),
  /** Recorded episodes that it learned from. */
  episodes: z.array(z.number().int()),
  /** sha256 of the model that it learned in or was given, null without one. */
  model: z.string().nullable(),
  /** The policy that its training went on from. */
  from: z.string().nullable(),
  curve: z.array(PolicyPoint),
  evaluation: PolicyEvaluation.nullable(),
  trainSeconds: z.number(),
  notes: z.array(z.string()),
});
export type PolicySummary = z.infer<typeof PolicySummary>;
