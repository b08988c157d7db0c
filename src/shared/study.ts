import { z } from 'zod';
import { TrainOptions } from './model';
import { plainName } from './plain-name';
import {
  AdaptOptions,
  DEFAULT_PLANNER,
  PILOTS,
  PlannerOptions,
  PropagationOptions,
  wantsGuide,
} from './plan';
import { ALGORITHMS, AlgorithmOptions } from './policy-options';
import { TaskFile } from './task';

/**
 * A study is a file (`*.experiment.yaml`): rig, data collection, model, planner, trials, seeds. `demo` is one with
 * everything left at its default.
 */
export const StudyFile = z
  .strictObject({
    schema: z.literal('foresight.experiment/1'),
    /** The workspace of a seed is called after it. */
    name: plainName,
    rig: z.string().default('cartpole-balance'),
    /** lockstep: the loop advances the simulator; realtime: at the rig's own pace. */
    mode: z.enum(['lockstep', 'realtime']).default('lockstep'),
    /** Serial port of a real-time study; rig.json's own when left out. */
    port: z.string().optional(),
    /** The rig's own task when left out. */
    task: TaskFile.optional(),
    /** Episodes of random motion before the first trial. */
    randomEpisodes: z.number().int().min(1).max(1000).default(1),
    /** Steps that a random action is held: what is slow needs longer pushes than one step to get anywhere. */
    holdSteps: z.number().int().min(1).max(1000).default(1),
    model: TrainOptions.prefault({}),
    planner: PlannerOptions.prefault({ method: DEFAULT_PLANNER }),
    propagation: PropagationOptions.prefault({}),
    /** model: trials of train → plan. simulator: no training, the planner has the true simulator. */
    dynamics: z.enum(['model', 'simulator']).default('model'),
    /**
     * A policy that serves the planner where its options ask for one (`terminalValue`, `proposals`): learned from what the newest
     * model was learned from, in that model, before it plans.
     */
    guide: AlgorithmOptions.optional(),
    /** policy: that policy drives by itself, without plans. The planner when left out. */
    driver: z.enum(PILOTS).optional(),
    /** previous: the policy of a trial goes on from the one of the trial before it. */
    guideFrom: z.enum(['fresh', 'previous']).default('fresh'),
    /** The policy that drives acts with the spread that it learned, but where it is evaluated. */
    explore: z.boolean().default(false),
    adapt: AdaptOptions.prefault({}),
    /** Trials at most; each is one training on everything so far, then episodes of MPC. */
    trials: z.number().int().min(1).max(1000).default(15),
    /** Episodes of MPC in a trial. */
    trialEpisodes: z.number().int().min(1).max(1000).default(1),
    /** No further trial once so many transitions are recorded; only `trials` counts when left out. */
    transitions: z.number().int().min(1).max(1_000_000).optional(),
    /** previous: a trial's model goes on from the weights of the trial before it. */
    trainFrom: z.enum(['fresh', 'previous']).default('fresh'),
    /**
     * Episodes with a frozen model from other starts, that nothing is learned from: before the first trial whose model
     * has learned from at least so many transitions.
     */
    evaluate: z
      .strictObject({
        episodes: z.number().int().min(1).max(1000),
        at: z.array(z.number().int().min(1)).min(1),
      })
      .optional(),
    /** Stop after the first trial whose return is the task's largest. */
    stopWhenSolved: z.boolean().default(true),
    seeds: z.array(z.number().int().min(0)).min(1).default([0]),
  })
  .refine(({ guide, planner }) => guide !== undefined || !wantsGuide(planner), {
    path: ['guide'],
    message: 'an algorithm for the policy that the planner is to use, such as { name: fitted-value }',
  })
  .refine(({ guide, driver }) => guide !== undefined || driver !== 'policy', {
    path: ['guide'],
    message: 'an algorithm for the policy that is to drive, such as { name: model-gradient }',
  })
  .refine(({ explore, driver }) => !explore || driver === 'policy', {
    path: ['explore'],
    message: 'of no use without "driver: policy": only a policy that drives can explore',
  })
  .refine(({ guide, guideFrom }) => guideFrom === 'fresh' || guide?.name === 'model-gradient', {
    path: ['guideFrom'],
    message: 'of "model-gradient" alone can a policy go on from another',
  })
  .refine(({ guide }) => guide === undefined || ALGORITHMS[guide.name].offline, {
    path: ['guide', 'name'],
    message: 'an algorithm that learns from what is recorded alone',
  });
export type StudyFile = z.infer<typeof StudyFile>;

export const TrialRow = z.object({
  trial: z.number().int(),
  /** Transitions in the data after this trial. */
  transitions: z.number().int(),
  return: z.number(),
  /**
   * Error of the model that drove this trial on the trial itself, data it had never seen: root mean square over
   * channels, each in units of its standard deviation over all data so far; null where the episode is shorter
   * than the horizon.
   */
  modelError: z.record(z.string(), z.number().nullable()),
  planMsP50: z.number().nullable(),
  planMsP99: z.number().nullable(),
  missed: z.number().int(),
});
export type TrialRow = z.infer<typeof TrialRow>;
