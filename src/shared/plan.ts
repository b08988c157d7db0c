import { z } from 'zod';
import { TaskFile } from './task';

/**
 * Options of every planner and of how uncertainty enters a plan, with defaults and ranges. The window's forms, the
 * command line's flags and experiment files are made from these schemas: `title` is the field's label, `description`
 * one sentence about it (shared/option-fields.ts reads them). A planner that is added here and to
 * main/plan/methods/index.ts appears everywhere.
 */
const common = {
  horizon: z
    .number()
    .int()
    .min(1)
    .max(200)
    .default(25)
    .meta({ title: 'Horizon', description: 'Steps looked ahead; time is proportional to it.' }),
  smoothing: z.number().min(0).max(0.95).default(0).meta({
    title: 'Smoothing',
    description: 'Every action is this share of the one before it and the rest of what was drawn.',
  }),
  ratePenalty: z.number().min(0).max(1e6).default(0).meta({
    title: 'Rate penalty',
    description:
      'Taken from the return for a change of an action over its whole range within one step, squared.',
  }),
  budget: z.enum(['fixed', 'auto']).default('fixed').meta({
    title: 'Budget',
    description:
      'Auto: as many candidates as fit into the control period on this computer, adapted while it runs.',
  }),
  budgetShare: z.number().min(0.05).max(0.95).default(0.6).meta({
    title: 'Budget share',
    description: 'Share of the control period that an automatic budget fills.',
  }),
  threads: z.number().int().min(1).max(64).default(1).meta({
    title: 'Threads',
    description:
      'Candidates are dealt to so many threads. One is best for the control loop; large plans without a deadline want all cores.',
  }),
  minimumMs: z.number().min(0).max(10_000).default(0).meta({
    title: 'Takes at least (ms)',
    description: 'Gives a plan out no earlier, as a slower computer would: to see what late plans do.',
  }),
  drawCandidates: z.number().int().min(0).max(100).default(30).meta({
    title: 'Drawn candidates',
    description: 'Candidate trajectories sent to the screen; 0 for none.',
  }),
};

const candidates = (usual: number) =>
  z.number().int().min(2).max(20_000).default(usual).meta({
    title: 'Candidates',
    description: 'Action sequences tried at once; time is proportional to it.',
  });
const iterations = (usual: number) =>
  z.number().int().min(1).max(50).default(usual).meta({
    title: 'Iterations',
    description: 'Refinements of a plan; time is proportional to it.',
  });
const initialStd = z.number().positive().max(2).default(0.5).meta({
  title: 'Initial deviation',
  description: 'Standard deviation of the first draw as a share of half the action range.',
});
const eliteShare = z.number().gt(0).max(1).default(0.1).meta({
  title: 'Elite share',
  description: 'Share of the candidates that the next distribution is made of.',
});
const momentum = z.number().min(0).max(0.99).default(0.1).meta({
  title: 'Momentum',
  description: 'Share of the old distribution in the new one.',
});

export const RandomShootingOptions = z
  .strictObject({
    method: z.literal('random-shooting'),
    ...common,
    candidates: candidates(150),
    select: z.enum(['argmax', 'softmax']).default('argmax').meta({
      title: 'Select',
      description: 'Argmax: the best candidate. Softmax: the mean of all, weighted by return.',
    }),
    temperature: z.number().positive().max(1e6).default(1).meta({
      title: 'Temperature',
      description:
        'How little better candidates are preferred by softmax, in units of the spread of the returns.',
    }),
    replan: z.enum(['open-loop', 'mpc']).default('mpc').meta({
      title: 'Replan',
      description: 'MPC: plan anew at every step. Open loop: execute the whole horizon, then plan again.',
    }),
  })
  .meta({
    title: 'Random shooting',
    description: 'Uniform action sequences; the best, or their weighted mean.',
  });

export const CemOptions = z
  .strictObject({
    method: z.literal('cem'),
    ...common,
    candidates: candidates(75),
    iterations: iterations(4),
    eliteShare,
    momentum,
    initialStd,
  })
  .meta({ title: 'CEM', description: 'Cross-entropy method: a Gaussian moves to the best candidates.' });

export const IcemOptions = z
  .strictObject({
    method: z.literal('icem'),
    ...common,
    candidates: candidates(80),
    iterations: iterations(5),
    eliteShare,
    momentum,
    initialStd,
    noiseExponent: z.number().min(0).max(5).default(2).meta({
      title: 'Noise exponent β',
      description: 'Colour of the noise over time, power spectrum 1/f^β: 0 white, 2 Brownian.',
    }),
    decay: z.number().min(1).max(5).default(1.3).meta({
      title: 'Decay',
      description: 'Every iteration has this many times fewer candidates than the one before.',
    }),
    keepShare: z.number().min(0).max(1).default(0.3).meta({
      title: 'Kept elites',
      description:
        'Share of the elites that is tried again in the next iteration and, shifted, in the next step.',
    }),
  })
  .meta({
    title: 'iCEM',
    description: 'CEM with coloured noise, elites that are kept and shrinking populations.',
  });

export const MppiOptions = z
  .strictObject({
    method: z.literal('mppi'),
    ...common,
    candidates: candidates(150),
    iterations: iterations(2),
    temperature: z.number().positive().max(1e6).default(0.1).meta({
      title: 'Temperature λ',
      description: 'How little better candidates are preferred, in units of the spread of the returns.',
    }),
    noise: z.number().positive().max(2).default(0.5).meta({
      title: 'Noise',
      description: 'Standard deviation of the action noise as a share of half the action range.',
    }),
    correlation: z.number().min(0).max(0.99).default(0.5).meta({
      title: 'Correlation β',
      description: 'Of the noise over time: n_t = β n_{t−1} + √(1−β²) ε_t.',
    }),
  })
  .meta({
    title: 'MPPI',
    description: 'Path integral control: candidates around the plan, weighted by return.',
  });

export const GradientShootingOptions = z
  .strictObject({
    method: z.literal('gradient-shooting'),
    ...common,
    candidates: candidates(8).meta({
      title: 'Starts',
      description: 'Action sequences that are improved side by side; the best of them is the plan.',
    }),
    iterations: iterations(5),
    learningRate: z.number().positive().max(1).default(0.3).meta({
      title: 'Learning rate',
      description: 'First step of Adam as a share of half the action range; it shrinks to the last.',
    }),
    initialStd,
  })
  .meta({
    title: 'Gradient shooting',
    description: 'Gradient ascent on the return through the model, from several starts.',
  });

export const IlqrOptions = z
  .strictObject({
    method: z.literal('ilqr'),
    ...common,
    iterations: iterations(5),
    noise: z.enum(['ignore', 'model']).default('ignore').meta({
      title: 'Noise',
      description:
        "Ignore: iLQR. Model: iLQG, with the model's state- and action-dependent noise in the value.",
    }),
    lineSearch: z.number().int().min(1).max(32).default(8).meta({
      title: 'Step sizes',
      description: 'Sizes of the step along the improvement that are tried side by side.',
    }),
    regularisation: z.number().positive().max(1e6).default(1e-3).meta({
      title: 'Regularisation',
      description:
        'Damping of the first backward pass; it grows where a pass fails and shrinks where it succeeds.',
    }),
  })
  .meta({
    title: 'iLQR',
    description: "Dynamic programming on the model's Jacobians around the plan, with feedback.",
  });

/** Every planner's options, in the order in which people are offered them. */
export const PLANNER_OPTIONS = [
  MppiOptions,
  CemOptions,
  IcemOptions,
  RandomShootingOptions,
  GradientShootingOptions,
  IlqrOptions,
] as const;
export const PlannerOptions = z.discriminatedUnion('method', PLANNER_OPTIONS);
export type PlannerOptions = z.infer<typeof PlannerOptions>;
export type PlannerName = PlannerOptions['method'];
/** Planners that follow derivatives: they need a learned model, and a reward that is smooth. */
export const DERIVATIVE_PLANNERS: readonly PlannerName[] = ['gradient-shooting', 'ilqr'];
export type RandomShootingOptions = z.infer<typeof RandomShootingOptions>;
export type CemOptions = z.infer<typeof CemOptions>;
export type IcemOptions = z.infer<typeof IcemOptions>;
export type MppiOptions = z.infer<typeof MppiOptions>;
export type GradientShootingOptions = z.infer<typeof GradientShootingOptions>;
export type IlqrOptions = z.infer<typeof IlqrOptions>;

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
  objective: z.enum(['mean', 'pessimistic', 'worst-member', 'cvar']).default('mean').meta({
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

/** What may be changed while a run goes on; what is left out stays as it is. The planner changes between two plans. */
export const RunAdjustment = z.strictObject({
  particles: PropagationOptions.shape.particles.unwrap().optional(),
  objective: PropagationOptions.shape.objective.unwrap().optional(),
  pessimism: PropagationOptions.shape.pessimism.unwrap().optional(),
  risk: PropagationOptions.shape.risk.unwrap().optional(),
  limitPenalty: PropagationOptions.shape.limitPenalty.unwrap().optional(),
  /** A new reward on the model as it is. */
  task: TaskFile.optional(),
});
export type RunAdjustment = z.infer<typeof RunAdjustment>;

/** Live controls that a planner has no use for: those that differentiate plan on the members' mean, not on particles. */
export function unusedControls(planner: PlannerName): readonly ('particles' | 'risk' | 'pessimism')[] {
  if (planner === 'ilqr') return ['particles', 'risk', 'pessimism'];
  return planner === 'gradient-shooting' ? ['particles', 'risk'] : [];
}

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
