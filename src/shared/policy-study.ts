import { z } from 'zod';
import { Anchor } from './control-study';
import { DEFAULT_ENGINE, ENGINE_NAMES } from './model-options';
import { plainName } from './plain-name';
import { AlgorithmOptions, PolicyPoint } from './policy';
import { TaskFile } from './task';

/** Fields of a training that a study says once for all, and that a variant may say otherwise. */
const fields = z.record(z.string(), z.unknown());

/** What one variant trains. */
export const PolicyTraining = z.strictObject({
  /** A built-in rig's name, or the path of a folder from the study's file. */
  rig: z.string().default('pendulum'),
  /** The rig's own task when left out. */
  task: TaskFile.optional(),
  algorithm: AlgorithmOptions,
  /** Observations in a state. */
  history: z.number().int().min(1).max(20).default(1),
  engine: z.enum(ENGINE_NAMES).default(DEFAULT_ENGINE),
});
export type PolicyTraining = z.infer<typeof PolicyTraining>;

export const POLICY_MEASURES = [
  'evaluated', // mean return of the evaluation at `at` steps, or at the end
  'reachedAt', // steps at the first evaluation that returned `reaches`
  'gradientVariance', // median over the curve
  'plainOverRewardToGo', // variance of the gradient's estimate, plain over reward-to-go on the same episodes, median over the curve
  'rewardToGoOverBaseline', // the same, reward-to-go over baseline
  'plannerShare', // of what its planner earns more than random motion, from the same starts, at the end
  'actionMs', // time of an action, 99th percentile, one thread
  'wallSeconds', // of a seed, evaluations included
] as const;
export type PolicyMeasure = (typeof POLICY_MEASURES)[number];

export const PolicyBar = z
  .strictObject({
    title: z.string().min(1),
    measure: z.enum(POLICY_MEASURES),
    /** Steps. */
    at: z.number().int().min(1).optional(),
    /** Return that `reachedAt` waits for. */
    reaches: z.number().optional(),
    /** The number is divided by this variant's with the same seed. */
    relativeTo: z.string().optional(),
    /** Each of them must meet it; all variants when left out. */
    variants: z.array(z.string()).min(1).optional(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
  })
  .refine((bar) => bar.atLeast !== undefined || bar.atMost !== undefined, {
    path: ['atMost'],
    message: 'a number here or in atLeast',
  })
  .refine((bar) => bar.measure !== 'reachedAt' || bar.reaches !== undefined, {
    path: ['reaches'],
    message: 'the return that the measure "reachedAt" is about',
  });
export type PolicyBar = z.infer<typeof PolicyBar>;

/** Which policies are trained, beside what their curves are drawn, and what must be true of them. */
export const PolicyStudyFile = z
  .strictObject({
    schema: z.literal('foresight.policy-study/1'),
    name: plainName,
    title: z.string().min(1),
    /** What is shown and why it was set up so: stands at the head of the report. */
    about: z.string().default(''),
    base: fields,
    variants: z
      .record(z.string().min(1), fields)
      .refine((variants) => Object.keys(variants).length > 0, 'at least one variant'),
    /** Episodes without exploration every so many steps, from the same starts for every variant and at every point. */
    evaluate: z.strictObject({
      everySteps: z.number().int().min(1).max(10_000_000),
      episodes: z.number().int().min(1).max(1000).default(10),
    }),
    anchors: z.array(Anchor).default([]),
    bars: z.array(PolicyBar).default([]),
    seeds: z.array(z.number().int().min(0)).min(1).default([0, 1, 2, 3, 4]),
  })
  .superRefine((study, context) => {
    const issue = (path: (string | number)[], found: z.ZodError | undefined, otherwise: string) => {
      const [first] = found?.issues ?? [];
      context.addIssue({
        code: 'custom',
        path: [...path, ...((first?.path ?? []) as (string | number)[])],
        message: first?.message ?? otherwise,
      });
    };
    const names = Object.keys(study.variants);
    for (const name of names) {
      const { success, error } = PolicyTraining.safeParse(trainingInput(study, study.variants[name] ?? {}));
      if (!success) issue(['variants', name], error, 'fields of a training');
    }
    study.bars.forEach((bar, i) => {
      const asked = (bar.variants ?? []).map((name, j) => [['variants', j], name] as const);
      const other = bar.relativeTo === undefined ? [] : [[['relativeTo'], bar.relativeTo] as const];
      for (const [path, name] of [...asked, ...other]) {
        if (names.includes(name)) continue;
        issue(['bars', i, ...path], undefined, `one of ${names.join(', ')}; found "${name}"`);
      }
    });
  });
export type PolicyStudyFile = z.infer<typeof PolicyStudyFile>;

type Fields = Record<string, unknown>;
const objectOf = (value: unknown): Fields =>
  (typeof value === 'object' && value !== null ? value : {}) as Fields;

/** The base's fields, then a variant's own, which win; options of an algorithm one by one. */
const trainingInput = ({ base }: Pick<PolicyStudyFile, 'base'>, own: Fields) => ({
  ...base,
  ...own,
  algorithm: { ...objectOf(base.algorithm), ...objectOf(own.algorithm) },
});

/** What a variant trains. */
export const variantTraining = (study: PolicyStudyFile, variant: string): PolicyTraining =>
  PolicyTraining.parse(trainingInput(study, study.variants[variant] ?? {}));

/** What one variant came to with one seed. */
export const PolicyUnit = z.object({
  variant: z.string(),
  seed: z.number().int(),
  curve: z.array(PolicyPoint),
  /** Times of an action, ms, one thread. */
  actionMs: z.object({ median: z.number(), p99: z.number() }),
  /**
   * Who taught it, from the same starts as the evaluations, and times of a plan, ms; null where nobody did. `random`: what random
   * motion earns from those starts; not there in what was measured before that was asked.
   */
  planner: z
    .object({
      returns: z.array(z.number()),
      random: z.array(z.number()).min(1).optional(),
      ...{ median: z.number(), p99: z.number() },
    })
    .nullable(),
  steps: z.number(),
  updates: z.number(),
  wallSeconds: z.number(),
  notes: z.array(z.string()),
});
export type PolicyUnit = z.infer<typeof PolicyUnit>;
