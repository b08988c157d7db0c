import { z } from 'zod';
import { Split } from './dataset';
import { DEFAULT_ENGINE, ENGINE_NAMES } from './model-options';
import { AlgorithmOptions } from './policy';
import { TaskFile } from './task';

const name = z.string().max(300);
/** A rig's name or its folder. A zero byte would end a path early. */
const place = z
  .string()
  .max(4096)
  .refine((path) => !path.includes('\0'), 'expected a path without a zero byte');
const ids = z.array(z.number().int()).max(100_000);
const evaluation = {
  /** Episodes without exploration. */
  episodes: z.number().int().min(1).max(10_000).default(10),
  /** The same seed, the same starts. */
  seed: z.number().int().default(0),
};

/** Where a training that is a job has its experience from. */
export const LEARNED_WHERE = ['simulation', 'model', 'recorded'] as const;

/** What a training of a policy is asked. */
export const PolicyTrainInput = z.object({
  name: name.min(1).default('policy'),
  rig: place,
  /** The rig's own when left out. */
  task: TaskFile.optional(),
  algorithm: AlgorithmOptions,
  seed: z.number().int().default(0),
  /** Observations in a state, with the actions between them. */
  history: z.number().int().min(1).max(32).default(1),
  /**
   * simulation: it acts in the rig's simulator, or in the one behind it. model: it acts in the model, from where the episodes
   * begin. recorded: it does not act, and learns from the episodes alone.
   */
  where: z.enum(LEARNED_WHERE).default('simulation'),
  /** To learn from, beside its own experience where it acts. All of the rig when left out, unless it acts in simulation. */
  episodes: ids.optional(),
  /** Those of this data set, of its split "train" unless another is said. */
  dataset: name.optional(),
  split: Split.optional(),
  /** Name or hash of a model of the rig: to act in, to learn in, or for its planner. */
  model: name.optional(),
  /** Name or hash of a policy that it goes on from, of an algorithm that can: its actor and its value. */
  from: name.optional(),
  engine: z.enum(ENGINE_NAMES).default(DEFAULT_ENGINE),
  /** At the end, in the simulation where there is one. */
  evaluation: z.object(evaluation).prefault({}),
  /** And every so many steps on the way; 0: not. */
  evaluateEvery: z.number().int().min(0).default(0),
});
export type PolicyTrainInput = z.infer<typeof PolicyTrainInput>;

export const PolicyEvaluateInput = z.object({ policy: name, ...evaluation });
export type PolicyEvaluateInput = z.infer<typeof PolicyEvaluateInput>;

/** A training of a policy that was interrupted and can be resumed: what it was asked, and how far it came. */
export const PolicyCheckpointInfo = z.object({
  id: z.string(),
  name: z.string(),
  /** The rig's name; `asked.rig` says where it is. */
  rig: z.string(),
  asked: PolicyTrainInput,
  /** Milliseconds since 1970. */
  savedAt: z.number(),
  steps: z.number(),
  secondsElapsed: z.number(),
});
export type PolicyCheckpointInfo = z.infer<typeof PolicyCheckpointInfo>;

/** An exported policy, and how far its actions are from the app's own. */
export const PolicyExport = z.object({
  file: z.string(),
  /** Largest difference of any action, as a share of its range. */
  largestDifference: z.number(),
  /** States compared. */
  states: z.number().int(),
  /** Where the states are from. */
  from: z.enum(['recorded', 'simulation']),
});
export type PolicyExport = z.infer<typeof PolicyExport>;
