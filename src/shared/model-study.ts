import { z } from 'zod';
import { TrainOptions } from './model-options';
import { plainName } from './plain-name';
import { channelName } from './rig';

/**
 * A model study is a file (`schema: foresight.model-study/1`): data, model classes and losses to compare on it, what to
 * measure, seeds, and what the result must be. `foresight experiment` runs it and writes a report.
 */

/** How a rig is moved while data is recorded. Amplitude: share of an action's range around its middle. */
export const Excitation = z.discriminatedUnion('kind', [
  /** A uniform draw that is held for `holdSteps` control periods. */
  z.strictObject({
    kind: z.literal('random-hold'),
    holdSteps: z.number().int().min(1).max(1000).default(1),
    amplitude: z.number().gt(0).max(1).default(1),
  }),
  /** Random binary: one end of the range or the other, drawn every `holdSteps` control periods. */
  z.strictObject({
    kind: z.literal('prbs'),
    holdSteps: z.number().int().min(1).max(1000).default(4),
    amplitude: z.number().gt(0).max(1).default(1),
  }),
  /** A sine an episode and action; its period is drawn from `periodSeconds` (log-uniform), its phase from the circle. */
  z.strictObject({
    kind: z.literal('sine'),
    periodSeconds: z
      .tuple([z.number().positive(), z.number().positive()])
      .refine(([low, high]) => low <= high, 'two numbers, the lower one first'),
    amplitude: z.number().gt(0).max(1).default(1),
  }),
]);
export type Excitation = z.infer<typeof Excitation>;

const amount = z.strictObject({
  episodes: z.number().int().min(1).max(10_000),
  /** Control periods an episode. */
  steps: z.number().int().min(2).max(100_000),
});

/** Recorded from a simulated rig in lockstep, without its task: an episode ends after its steps. */
export const RigSource = z.strictObject({
  /** Built-in name, or path relative to the file. */
  rig: z.string().min(1),
  train: amount,
  /** Of other seeds than the training episodes, the same for every seed of the study. */
  test: amount,
  /** Episodes take these in turn. */
  excitation: z
    .array(Excitation)
    .min(1)
    .default([{ kind: 'random-hold', holdSteps: 1, amplitude: 1 }]),
  /** Added to what the recording's seeds are made of; the study's seed is the other part of the training data's. */
  seed: z.number().int().min(0).default(0),
});
export type RigSource = z.infer<typeof RigSource>;

/** Logs with irregular time steps, brought to a control period as `foresight import` does. */
export const CsvSource = z.strictObject({
  /** Relative to the file of the study. The source is skipped where one of them is missing. */
  files: z.array(z.string().min(1)).min(1),
  time: z.string().min(1),
  timeUnit: z.enum(['s', 'ms', 'us', 'ns']).default('s'),
  /** As on the command line: `[name=]column[:unit[:angle]]`. */
  observations: z.array(z.string().min(1)).min(1),
  actions: z.array(z.string().min(1)).min(1),
  /** Rows a second after resampling. */
  rate: z.number().positive().max(1e5).default(100),
  gapSeconds: z.number().positive().optional(),
  /** Share at the end of every episode that is tested on and not learned from. */
  testShare: z.number().gt(0).max(0.9).default(0.2),
});
export type CsvSource = z.infer<typeof CsvSource>;

/** The built-in plant whose next state is one of two with a coin's chance (main/model-study/coin.ts). */
export const CoinSource = z.strictObject({
  /** Transitions to learn from. */
  transitions: z.number().int().min(32).max(100_000).default(2000),
  /** Half the distance between the two outcomes, m. */
  step: z.number().positive().default(0.3),
  /** Standard deviation of the noise around each outcome, m. */
  noise: z.number().positive().default(0.03),
});
export type CoinSource = z.infer<typeof CoinSource>;

const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'two numbers, the lower one first');

export const StudySource = z
  .strictObject({
    name: plainName,
    /** Exactly one of these three. */
    record: RigSource.optional(),
    csv: CsvSource.optional(),
    coin: CoinSource.optional(),
    /**
     * Region of state space that is not learned from: observations inside all of these ranges, angles taken from −π to
     * π. Episodes are cut where they enter and leave it.
     */
    withhold: z.record(channelName, range).optional(),
    /** Options that every variant has on this source, unless the variant says otherwise. */
    options: z.record(z.string(), z.unknown()).default({}),
  })
  .superRefine((source, context) => {
    const given = (['record', 'csv', 'coin'] as const).filter((kind) => source[kind] !== undefined);
    if (given.length !== 1) {
      context.addIssue({
        code: 'custom',
        path: [],
        message: `exactly one of record, csv and coin, found ${given.length === 0 ? 'none' : given.join(' and ')}`,
      });
    }
  });
export type StudySource = z.infer<typeof StudySource>;

export const STUDY_MEASURES = ['errors', 'nll', 'calibration', 'auroc', 'energyDistance'] as const;
export type StudyMeasure = (typeof STUDY_MEASURES)[number];

/** Numbers that a bar can be about. */
export const BAR_MEASURES = [
  'error', // root mean square over channels of the error in units of the channel's spread
  'nll', // one step, nats a channel
  'coverageBefore', // share of recorded values inside the 90 % interval, as predicted …
  'coverageAfter', // … and after recalibration
  'aurocEpistemic', // the withheld region told apart by what the model says it does not know …
  'aurocTotal', // … and by its whole variance
  'energyDistance',
  'trainSeconds',
] as const;
export type BarMeasure = (typeof BAR_MEASURES)[number];

/** What the result must be. The median over seeds counts; the report says "met" or "missed" and shows the range. */
export const StudyBar = z
  .strictObject({
    title: z.string().min(1),
    measure: z.enum(BAR_MEASURES),
    /** Steps ahead, of error and coverage. */
    horizon: z.number().int().min(1).default(1),
    variants: z.array(z.string()).min(1),
    /** Must each of the variants meet it, or one of them? */
    which: z.enum(['all', 'any']).default('all'),
    /** The number is divided by the smallest of these variants', seed by seed. */
    relativeTo: z.array(z.string()).min(1).optional(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
    /** The sources it is about; all when left out. */
    sources: z.array(z.string()).min(1).optional(),
    /** On how many of them it must be met; on all when left out. */
    leastSources: z.number().int().min(1).optional(),
  })
  .refine((bar) => bar.atLeast !== undefined || bar.atMost !== undefined, {
    path: ['atMost'],
    message: 'a number here or in atLeast',
  });
export type StudyBar = z.infer<typeof StudyBar>;

export const ModelStudyFile = z
  .strictObject({
    schema: z.literal('foresight.model-study/1'),
    name: plainName,
    title: z.string().min(1),
    /** What is shown and why it was set up so: stands at the head of the report. */
    about: z.string().default(''),
    sources: z.array(StudySource).min(1),
    /** Options that every variant has, unless the source or the variant says otherwise. */
    options: z.record(z.string(), z.unknown()).default({}),
    /** What is compared, by name: options of training as `foresight train` takes them. YAML anchors save repetition. */
    variants: z
      .record(z.string().min(1), z.record(z.string(), z.unknown()))
      .refine((variants) => Object.keys(variants).length > 0, 'at least one variant'),
    horizons: z.array(z.number().int().min(1).max(1000)).min(1).default([1, 10, 25, 50, 100]),
    measures: z.array(z.enum(STUDY_MEASURES)).min(1).default(['errors', 'nll', 'calibration']),
    bars: z.array(StudyBar).default([]),
    seeds: z.array(z.number().int().min(0)).min(1).default([0, 1, 2]),
  })
  .superRefine((study, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const known = { sources: study.sources.map(({ name }) => name), variants: Object.keys(study.variants) };
    known.sources.forEach((name, i) => {
      if (known.sources.indexOf(name) < i)
        problem(['sources', i, 'name'], `a name used once; "${name}" stands twice`);
    });
    study.sources.forEach((source, i) => {
      for (const variant of known.variants) {
        const { success, error } = TrainOptions.safeParse(variantInput(study, source, variant, 0));
        if (success) continue;
        const [issue] = error.issues;
        problem(
          ['variants', variant, ...((issue?.path ?? []) as (string | number)[])],
          issue?.message ?? 'options of training',
        );
      }
      if (study.measures.includes('auroc') && source.withhold === undefined) {
        problem(['sources', i, 'withhold'], 'a region, which the measure "auroc" is about');
      }
      if (study.measures.includes('energyDistance') && source.coin === undefined) {
        problem(['sources', i, 'coin'], 'a coin plant, which the measure "energyDistance" is about');
      }
    });
    study.bars.forEach((bar, i) => {
      for (const kind of ['variants', 'relativeTo', 'sources'] as const) {
        const list = kind === 'sources' ? known.sources : known.variants;
        bar[kind]?.forEach((name, j) => {
          if (!list.includes(name))
            problem(['bars', i, kind, j], `one of ${list.join(', ')}; found "${name}"`);
        });
      }
      if (bar.measure === 'error' && !study.horizons.includes(bar.horizon)) {
        problem(
          ['bars', i, 'horizon'],
          `one of the study's horizons ${study.horizons.join(', ')}; found ${bar.horizon}`,
        );
      }
    });
  });
export type ModelStudyFile = z.infer<typeof ModelStudyFile>;

type Merged = Pick<ModelStudyFile, 'options' | 'variants'>;

function variantInput(
  study: Merged,
  source: Pick<StudySource, 'options'>,
  variant: string,
  seed: number,
): Record<string, unknown> {
  return { ...study.options, ...source.options, ...study.variants[variant], seed };
}

/** Options of a variant on a source: the study's, then the source's, then its own, which win. */
export function variantOptions(
  study: Merged,
  source: Pick<StudySource, 'options'>,
  variant: string,
  seed: number,
): TrainOptions {
  return TrainOptions.parse(variantInput(study, source, variant, seed));
}

const maybe = z.number().nullable();

/** What one variant came to on one source with one seed. */
export const StudyUnit = z.object({
  source: z.string(),
  variant: z.string(),
  seed: z.number().int(),
  transitions: z.number().int(),
  epochs: z.number().int(),
  trainSeconds: z.number(),
  /** One entry a channel. Errors by horizon, unit of the channel; `last` and `velocity` are the trivial predictors'. */
  channels: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      /** Standard deviation in the test data. */
      spread: z.number(),
      error: z.array(maybe),
      last: z.array(maybe),
      velocity: z.array(maybe),
    }),
  ),
  nll: maybe,
  /** Share inside the 90 % interval over all channels, by steps ahead. */
  coverage: z.array(z.object({ horizon: z.number().int(), before: maybe, after: maybe })),
  auroc: z
    .object({
      /** null for a class that does not say what it does not know. */
      epistemic: maybe,
      total: z.number(),
      /** Test transitions inside and outside of the region. */
      inside: z.number().int(),
      outside: z.number().int(),
    })
    .nullable(),
  energyDistance: maybe,
  notes: z.array(z.string()),
});
export type StudyUnit = z.infer<typeof StudyUnit>;
