import { z } from 'zod';
import type { PlanInsight } from './plan';

/** What a channel meant when it was recorded; stored with every episode, so a log explains itself. */
export const ChannelInfo = z.object({
  name: z.string(),
  unit: z.string(),
  angle: z.boolean(),
  limits: z.tuple([z.number(), z.number()]).nullable(),
});
export type ChannelInfo = z.infer<typeof ChannelInfo>;

export const EPISODE_STATES = ['recording', 'complete', 'interrupted', 'discarded'] as const;
/** Where an episode came from. */
export const EPISODE_SOURCES = ['random', 'mpc', 'policy', 'jog', 'import', 'teleop', 'replay'] as const;

/** How an episode went: what a person says of it, or its task. */
export const OUTCOMES = ['success', 'failure', 'unclear'] as const;
export const Outcome = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof Outcome>;

/** Rows `from` to `to` (exclusive) of a recording. */
export const RecordedPart = z.object({
  episode: z.number().int(),
  from: z.number().int(),
  to: z.number().int(),
});
export type RecordedPart = z.infer<typeof RecordedPart>;

export const EpisodeSummary = z.object({
  id: z.number().int(),
  rig: z.string(),
  source: z.enum(EPISODE_SOURCES),
  state: z.enum(EPISODE_STATES),
  /** Unix time in ms at which it began. */
  startedAt: z.number(),
  periodSeconds: z.number(),
  /** Transitions, one less than the rows. */
  steps: z.number().int(),
  durationSeconds: z.number(),
  return: z.number().nullable(),
  terminated: z.boolean(),
  /** What ended it, as a sentence; empty while it is being recorded and where nobody said. */
  reason: z.string(),
  missedPlans: z.number().int(),
  overruns: z.number().int(),
  guardInterventions: z.number().int(),
  tags: z.array(z.string()),
  /** A person's judgement, or that of a task that says what success is; null before there is one. */
  outcome: Outcome.nullable(),
  starred: z.boolean(),
  /**
   * What a trimmed, split or merged episode shows of which recordings, in its order; between two of them time is missing.
   * Empty for a recording. Rows, events and pictures of an episode with a number never change: an edit gives a new number.
   */
  parts: z.array(RecordedPart),
  run: z.number().int().nullable(),
  deletedAt: z.number().nullable(),
  observations: z.array(ChannelInfo),
  actions: z.array(ChannelInfo),
});
export type EpisodeSummary = z.infer<typeof EpisodeSummary>;

/** A model or a policy that a run used; its name is null where it is not in the workspace any more. */
const Learned = z.object({ hash: z.string(), name: z.string().nullable() });

/** Where an episode comes from, as it was when it was recorded; null is what nobody knows or what there was not. */
export const EpisodeOrigin = z.object({
  /** Version of Foresight. */
  software: z.string().nullable(),
  seed: z.number().nullable(),
  /** rig.json with everything in it: driver, channels, limits, safety, kinematics; of an import, how it was read. */
  rigFile: z.unknown(),
  /** Reward, termination and step limit. */
  task: z.unknown(),
  run: z
    .object({
      id: z.number().int(),
      startedAt: z.number(),
      settings: z.unknown(),
      model: Learned.nullable(),
      policy: Learned.nullable(),
    })
    .nullable(),
});
export type EpisodeOrigin = z.infer<typeof EpisodeOrigin>;

export const EVENT_KINDS = [
  'guard-clip',
  'guard-rate',
  'joint-limit',
  'workspace',
  'outside-limits',
  'watchdog',
  'overrun',
  'missed-plan',
  'hold',
  'release',
  'resume',
  'stop',
  'rig-fault',
  'reset',
  'plant-changed',
  'camera',
  'model-swapped',
  'adjusted',
  'note',
  'seam',
] as const;
export const EpisodeEvent = z.object({
  step: z.number().int(),
  kind: z.enum(EVENT_KINDS),
  message: z.string(),
});
export type EpisodeEvent = z.infer<typeof EpisodeEvent>;

/**
 * One row of an episode as it goes into the log. An episode of N transitions has N + 1 rows: row k holds the
 * observation at step k and the action executed from it; the last row's action is NaN.
 */
export interface StepRow {
  step: number;
  /** Seconds on the host's monotonic clock since the episode began. */
  hostSeconds: number;
  /** Seconds on the device's clock. */
  deviceSeconds: number;
  /** [observations] SI units, rig order. */
  observation: number[];
  /** [actions] as executed, after the guard. */
  action: number[];
  /** [actions] as asked for by the controller, before the guard. */
  requested: number[];
  /** Reward received on arriving at this row's observation; 0 on row 0. */
  reward: number;
  /** How late this tick was against its absolute schedule, seconds. */
  latenessSeconds: number;
  /** Wall time of the plan whose action was used, ms; NaN without one. */
  planMs: number;
  /** 1 when the plan for this step was late and the previous plan's action was used. */
  missed: number;
  /** Predicted trajectory of the plan behind this row's action, where there is one. */
  prediction?: StepPrediction;
  /** What the plan behind this row's action said of itself, where there is one. */
  insight?: PlanInsight;
}

export interface StepPrediction {
  /** Step of the first predicted observation. */
  firstStep: number;
  /** [horizon, observations], row-major: mean over the ensemble. */
  mean: Float32Array;
  /** [horizon, observations], row-major: standard deviation over particles and members. */
  std: Float32Array;
}

/** What is recorded of a plan's insight, in the order of the log's columns (docs/log.md): new ones go to the end. */
export const INSIGHT_COLUMNS = [
  'expectedReturn',
  'returnStd',
  'disagreement',
  'knownSteps',
  'stepsOutside',
  'limitPenalty',
  'ratePenalty',
  'candidates',
  'iterations',
  'particles',
] as const satisfies readonly (keyof PlanInsight)[];
/** [rows] each, NaN where no plan said anything or nobody can tell. */
export type InsightColumns = Record<(typeof INSIGHT_COLUMNS)[number], Float32Array>;

/** What is shown of the plans behind the rows, without the futures that they looked ahead over; NaN where there was none. */
export interface PlanColumns {
  /** [rows] */
  firstStep: Float64Array;
  /** [rows] observations that were predicted, that of the first step among them */
  horizon: Float64Array;
  /** [rows, observations] what the plan behind a row said about the next row */
  nextMean: Float64Array;
  /** [rows, observations] */
  nextStd: Float64Array;
}

/** A whole episode in columns, as readers get it. Row-major matrices. */
export interface EpisodeColumns {
  rows: number;
  hostSeconds: Float64Array;
  deviceSeconds: Float64Array;
  /** [rows, observations] */
  observations: Float64Array;
  /** [rows, actions], last row NaN */
  actions: Float64Array;
  requested: Float64Array;
  reward: Float64Array;
  latenessSeconds: Float64Array;
  planMs: Float64Array;
  missed: Float64Array;
  /** By row; undefined where no plan was recorded. */
  predictions: (StepPrediction | undefined)[];
  /** Left out where no row has any. */
  insight?: InsightColumns;
  /** Only where they were asked for, in the place of `predictions`. */
  plans?: PlanColumns;
}
