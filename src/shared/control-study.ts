import { z } from 'zod';
import { plainName } from './plain-name';
import { StudyFile } from './study';

/** Fields of a study (shared/study.ts) that a control study says once for all, and that a variant may say otherwise. */
const fields = z.record(z.string(), z.unknown());

/** Random motion, then trials of train → plan until so many transitions are recorded. */
const LearningCurve = z.strictObject({
  kind: z.literal('learning-curve'),
  /** The last trial is the one that reaches this many. */
  transitions: z.number().int().min(1).max(1_000_000),
  /** Draw and judge the largest return so far, as some publications do, instead of each trial's own. */
  maxSoFar: z.boolean().default(false),
  /** Episodes with a frozen model, from other starts, that nothing is learned from. */
  evaluate: z
    .strictObject({
      episodes: z.number().int().min(1).max(1000),
      /** With the first model learned from at least this many transitions. */
      at: z.array(z.number().int().min(1)).min(1),
    })
    .optional(),
});

/** One recording and its models for a seed; then every variant plans with them, on starts that are the same for all. */
const FixedModel = z.strictObject({
  kind: z.literal('fixed-model'),
  /** Fields of the recording study: random motion, then trials; `base` where it says nothing. */
  record: fields.default({}),
  /** Transitions that the models learn from: whole episodes, as many as do not go beyond. */
  sizes: z.array(z.number().int().min(20)).min(1),
  /** Evaluation episodes of every variant with every model under every disturbance. */
  episodes: z.number().int().min(1).max(1000),
  /**
   * Equal wall time: candidates (or iterations) of every variant are chosen so that its median plan takes this long on
   * this machine. Such units run one at a time.
   */
  periodMs: z.number().positive().optional(),
  /** Changes to rig.json by name, merged into it; channels by their names. The models are learned without. */
  disturbances: z.record(z.string().min(1), fields).default({ none: {} }),
});

export const CONTROL_MEASURES = [
  'return', // of the trial (or of the mean trial so far that is largest, with maxSoFar) at `at` transitions
  'evaluation', // mean return of the evaluation episodes at `at` transitions, or of models of `at` transitions
  'solvedAt', // transitions after the first trial that returned `reaches`
  'stepsOutside', // steps outside an observation's limits in all evaluation episodes
  'stepReward', // mean reward of a step in all evaluation episodes, where these are not equally long
  'success', // share of the evaluation episodes in which the task was done at the end, by its own measure
  'successShare', // share of the steps of the evaluation episodes at which it was
  'planMs', // median time of a plan
] as const;
export type ControlMeasure = (typeof CONTROL_MEASURES)[number];

export const ControlBar = z
  .strictObject({
    title: z.string().min(1),
    measure: z.enum(CONTROL_MEASURES),
    /** Transitions; of a fixed model its size. */
    at: z.number().int().min(0).optional(),
    /** Return that `solvedAt` waits for. */
    reaches: z.number().optional(),
    /** Of a fixed model; the first one when left out. */
    disturbance: z.string().optional(),
    /** Each of them must meet it; all variants when left out. */
    variants: z.array(z.string()).min(1).optional(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
  })
  .refine((bar) => bar.atLeast !== undefined || bar.atMost !== undefined, {
    path: ['atMost'],
    message: 'a number here or in atLeast',
  })
  .refine((bar) => bar.measure !== 'solvedAt' || bar.reaches !== undefined, {
    path: ['reaches'],
    message: 'the return that counts as solved, which the measure "solvedAt" is about',
  })
  .refine((bar) => !['return', 'evaluation'].includes(bar.measure) || bar.at !== undefined, {
    path: ['at'],
    message: 'a number of transitions, at which the return is judged',
  });
export type ControlBar = z.infer<typeof ControlBar>;

export const Anchor = z.strictObject({
  label: z.string().min(1),
  /** Publication, table or figure. */
  source: z.string().default(''),
  /** [transitions, return] */
  points: z.array(z.tuple([z.number(), z.number()])).min(1),
});

/** Which results of planning are computed, beside what they are drawn, and what must be true of them. */
export const ControlStudyFile = z
  .strictObject({
    schema: z.literal('foresight.control-study/1'),
    name: plainName,
    title: z.string().min(1),
    /** What is shown and why it was set up so: stands at the head of the report. */
    about: z.string().default(''),
    base: fields,
    variants: z
      .record(z.string().min(1), fields)
      .refine((variants) => Object.keys(variants).length > 0, 'at least one variant'),
    protocol: z.discriminatedUnion('kind', [LearningCurve, FixedModel]),
    anchors: z.array(Anchor).default([]),
    bars: z.array(ControlBar).default([]),
    seeds: z.array(z.number().int().min(0)).min(1).default([0, 1, 2, 3, 4]),
  })
  .superRefine((study, context) => {
    const check = (path: (string | number)[], input: Record<string, unknown>) => {
      const { success, error } = StudyFile.safeParse(studyInput(study, input));
      if (success) return;
      const [issue] = error.issues;
      context.addIssue({
        code: 'custom',
        path: [...path, ...((issue?.path ?? []) as (string | number)[])],
        message: issue?.message ?? 'fields of a study',
      });
    };
    const names = Object.keys(study.variants);
    for (const name of names) check(['variants', name], study.variants[name] ?? {});
    const { protocol } = study;
    if (protocol.kind === 'fixed-model') check(['protocol', 'record'], protocol.record);
    const known = protocol.kind === 'fixed-model' ? Object.keys(protocol.disturbances) : [];
    study.bars.forEach((bar, i) => {
      bar.variants?.forEach((name, j) => {
        if (names.includes(name)) return;
        context.addIssue({
          code: 'custom',
          path: ['bars', i, 'variants', j],
          message: `one of ${names.join(', ')}; found "${name}"`,
        });
      });
      if (bar.disturbance !== undefined && !known.includes(bar.disturbance)) {
        context.addIssue({
          code: 'custom',
          path: ['bars', i, 'disturbance'],
          message: `one of ${known.join(', ') || 'none: only a fixed model has disturbances'}; found "${bar.disturbance}"`,
        });
      }
    });
  });
export type ControlStudyFile = z.infer<typeof ControlStudyFile>;

type Merged = Pick<ControlStudyFile, 'name' | 'base'>;

const studyInput = (study: Merged, own: Record<string, unknown>) => ({
  ...study.base,
  ...own,
  schema: 'foresight.experiment/1',
  name: study.name,
});

/** A variant as a study: the base's fields, then its own, which win. */
export const variantStudy = (study: ControlStudyFile, variant: string): StudyFile =>
  StudyFile.parse(studyInput(study, study.variants[variant] ?? {}));

/** The study that records what fixed models learn from. */
export const recordingStudy = (study: ControlStudyFile): StudyFile =>
  StudyFile.parse(studyInput(study, study.protocol.kind === 'fixed-model' ? study.protocol.record : {}));

/** Return after so many transitions. */
export const CurvePoint = z.object({ transitions: z.number(), return: z.number() });
export type CurvePoint = z.infer<typeof CurvePoint>;

/** What evaluation episodes came to. */
export const EvaluationRow = z.object({
  /** Transitions that the model was learned from. */
  transitions: z.number(),
  /** The number that the study asked for. */
  at: z.number(),
  disturbance: z.string(),
  returns: z.array(z.number()),
  stepsOutside: z.number(),
  /** Of all episodes together; left out by studies that were run before it was counted. */
  steps: z.number().optional(),
  /** Shares of episodes that ended with the task done, and of their steps at which it was; where the task says what that is. */
  success: z.number().nullable().optional(),
  successShare: z.number().nullable().optional(),
  planMs: z.number().nullable(),
  /** Candidates, or iterations where the planner has none. */
  size: z.number().nullable(),
});
export type EvaluationRow = z.infer<typeof EvaluationRow>;

/** What one variant came to with one seed. */
export const ControlUnit = z.object({
  variant: z.string(),
  seed: z.number().int(),
  /** Of a learning curve: a row a trial, random motion first. */
  curve: z.array(CurvePoint.extend({ planMs: z.number().nullable() })),
  evaluations: z.array(EvaluationRow),
  wallSeconds: z.number(),
});
export type ControlUnit = z.infer<typeof ControlUnit>;
