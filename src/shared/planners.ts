import { z } from 'zod';

/**
 * Options of every planner, with defaults and ranges, and what kind of planner it is. The window's forms, the command line's
 * flags and experiment files are made from these schemas: `title` is the field's label, `description` one sentence about it
 * (shared/option-fields.ts reads them). A planner is a schema in PLANNER_OPTIONS; the compiler then asks for its traits
 * (PLANNERS, below) and for its method (main/plan/methods/index.ts), and it appears everywhere.
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
  terminalValue: z.boolean().default(false).meta({
    title: 'Value at the end',
    description:
      'Adds what the state at the horizon’s end is worth by the chosen policy’s value; rewards before it count with its discount.',
  }),
  proposals: z.number().int().min(0).max(1000).default(0).meta({
    title: 'Proposals',
    description:
      'Sequences that the chosen policy would drive through the model are tried among the candidates, so many of them.',
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
/** What a run plans with where nobody says. */
export const DEFAULT_PLANNER: PlannerName = PLANNER_OPTIONS[0].shape.method.value;
export type RandomShootingOptions = z.infer<typeof RandomShootingOptions>;
export type CemOptions = z.infer<typeof CemOptions>;
export type IcemOptions = z.infer<typeof IcemOptions>;
export type MppiOptions = z.infer<typeof MppiOptions>;
export type GradientShootingOptions = z.infer<typeof GradientShootingOptions>;
export type IlqrOptions = z.infer<typeof IlqrOptions>;

/** What a candidate's futures may be judged by (main/plan/objective.ts). */
export const OBJECTIVES = ['mean', 'pessimistic', 'worst-member', 'cvar'] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** What a planner is besides its options: whoever treats planners differently asks here, never for a name. */
interface PlannerTraits {
  /** Does it follow derivatives? It then needs a learned model, a reward that is smooth and actions that are continuous. */
  differentiates: boolean;
  /** Objectives that it can plan for. */
  objectives: readonly Objective[];
  /** Live controls that it has no use for: those that differentiate plan on the members' mean, not on particles. */
  unused: readonly ('particles' | 'risk' | 'pessimism')[];
}

const SAMPLES = { differentiates: false, objectives: OBJECTIVES, unused: [] } as const;

/** Every planner's traits. */
export const PLANNERS = {
  mppi: SAMPLES,
  cem: SAMPLES,
  icem: SAMPLES,
  'random-shooting': SAMPLES,
  'gradient-shooting': {
    differentiates: true,
    objectives: ['mean', 'pessimistic'],
    unused: ['particles', 'risk'],
  },
  ilqr: { differentiates: true, objectives: ['mean'], unused: ['particles', 'risk', 'pessimism'] },
} as const satisfies Record<PlannerName, PlannerTraits>;

export const plannerTraits = (name: PlannerName): PlannerTraits => PLANNERS[name];

/** Does a planner so set use a policy? */
export const wantsGuide = ({
  terminalValue,
  proposals,
}: Pick<PlannerOptions, 'terminalValue' | 'proposals'>): boolean => terminalValue || proposals > 0;

/** Planners of a kind, for a sentence: "mppi, cem or icem". */
export function plannersThat(are: (traits: PlannerTraits) => boolean): string {
  const names = PLANNER_OPTIONS.map(({ shape }) => shape.method.value).filter((name) =>
    are(plannerTraits(name)),
  );
  const [last, ...others] = names.reverse();
  return others.length === 0 ? (last ?? '') : `${others.reverse().join(', ')} or ${last}`;
}
