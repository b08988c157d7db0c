import { z } from 'zod';
import { OBJECTIVES } from './planners';
import { TaskFile } from './task';

export * from './planners';

/** How a plan is judged on a model that does not know everything: whose future, and what is made of the futures. */
export const PropagationOptions = z.strictObject({
  particles: z.number().int().min(1).max(50).default(1).meta({
    title: 'Particles',
    description: 'Futures a candidate; time is proportional to it.',
  }),
  members: z.enum(['step', 'fixed', 'once', 'moment']).default('step').meta({
    title: 'Members',
    description:
      'Who predicts a particle. Step: a member drawn anew at every step (TS1). Fixed: one member all along (TS∞). Once: one member, drawn for the whole plan. Moment: all; particles are drawn anew from their mean and variance at every step.',
  }),
  sampleNoise: z.boolean().default(false).meta({
    title: "Sample the members' noise",
    description: 'Draw from the predicted noise instead of using the means.',
  }),
  reward: z.enum(['task', 'learned']).default('task').meta({
    title: 'Reward',
    description: "Task: the task's formula. Learned: what the model has learned of the recorded reward.",
  }),
  objective: z.enum(OBJECTIVES).default('mean').meta({
    title: 'Objective',
    description:
      'Mean: the expected return. Pessimistic: minus λ times the variance of the predicted states. Worst member: the return in the eyes of the member that sees it blackest. CVaR: the mean of the worst particles.',
  }),
  pessimism: z.number().min(0).max(1e6).default(1).meta({
    title: 'Pessimism λ',
    description: "Weight of the states' variance (in units of each channel's spread, summed over steps).",
  }),
  risk: z.number().gt(0).max(1).default(0.2).meta({
    title: 'Risk',
    description: 'Share of the particles, the worst, that CVaR takes the mean of; 1 is the mean of all.',
  }),
  limitPenalty: z.number().min(0).max(1e6).default(0).meta({
    title: 'Limit penalty',
    description:
      "Taken from the return for every step outside an observation's limits, times how far outside as a share of the range, plus one.",
  }),
});
export type PropagationOptions = z.infer<typeof PropagationOptions>;

/** Who can drive a rig in a run. */
export const PILOTS = ['planner', 'policy'] as const;
export type PilotName = (typeof PILOTS)[number];

/** How plans are judged, and of what task, as it may be changed while a run goes on; what is left out stays as it is. */
export const PlanAdjustment = z.strictObject({
  particles: PropagationOptions.shape.particles.unwrap().optional(),
  objective: PropagationOptions.shape.objective.unwrap().optional(),
  pessimism: PropagationOptions.shape.pessimism.unwrap().optional(),
  risk: PropagationOptions.shape.risk.unwrap().optional(),
  limitPenalty: PropagationOptions.shape.limitPenalty.unwrap().optional(),
  /** A new reward on the model as it is. */
  task: TaskFile.optional(),
});
export type PlanAdjustment = z.infer<typeof PlanAdjustment>;

/** What may be changed while a run goes on. The planner changes between two plans. */
export const RunAdjustment = PlanAdjustment.extend({
  /** Who drives, from the first step that a plan of its own takes effect at. Until then the other one goes on. */
  driver: z.enum(PILOTS).optional(),
  /** Who does not drive thinks along, and is shown. */
  beside: z.boolean().optional(),
});
export type RunAdjustment = z.infer<typeof RunAdjustment>;

/** What a run does about a model that no longer fits. */
export const AdaptOptions = z.strictObject({
  retrain: z.enum(['off', 'between', 'running']).default('off').meta({
    title: 'Retrain',
    description:
      'Between: after every episode, on everything so far. Running: also while an episode runs; the new model takes over between two steps.',
  }),
  everySteps: z.number().int().min(20).max(100_000).default(200).meta({
    title: 'Every (steps)',
    description: 'New steps between two trainings while running.',
  }),
  onChange: z.enum(['announce', 'retrain']).default('announce').meta({
    title: 'When the plant changes',
    description:
      'Announce: say so. Retrain: also learn anew from what came after the change, and plan with that.',
  }),
  sensitivity: z.number().gt(0).max(10).default(1).meta({
    title: 'Sensitivity',
    description: 'Larger announces a change of the plant on smaller prediction errors.',
  }),
  encoderMore: z.number().int().min(0).max(1_000_000).default(0).meta({
    title: 'Further encoder steps',
    description:
      'Of a model that learned from pictures: steps that encoder and decoder learn on in every training; 0 keeps them as they are.',
  }),
  policyMore: z.number().int().min(0).max(1_000_000).default(0).meta({
    title: 'Further policy updates',
    description:
      'With a model of pictures: updates that the policy of the run goes on learning for in every model that was trained, and takes over with it; 0 keeps it as it is.',
  }),
});
export type AdaptOptions = z.infer<typeof AdaptOptions>;

/** What one plan's futures say; recorded with every step that the plan decided, and shown. */
export const PlanInsight = z.object({
  /** Mean over members and particles of the plan's return, penalties not taken off. Null where it diverged. */
  expectedReturn: z.number().nullable(),
  /** Standard deviation of the plan's return over members and noise. */
  returnStd: z.number().nullable(),
  /** Share 0 … 1 of the return's variance that is disagreement between members; null where nobody can tell. */
  disagreement: z.number().nullable(),
  /** Steps before the plan leaves what the model knows; the horizon when it never does; null where nobody can tell. */
  knownSteps: z.number().nullable(),
  /** Predicted steps outside an observation's limits. */
  stepsOutside: z.number(),
  /** What was taken from the plan's score for limits and for rates. */
  limitPenalty: z.number(),
  ratePenalty: z.number(),
  /** What was computed: candidates of one iteration, iterations, particles. */
  candidates: z.number(),
  iterations: z.number(),
  particles: z.number(),
});
export type PlanInsight = z.infer<typeof PlanInsight>;
