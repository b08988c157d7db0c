import { z } from 'zod';
import { ChannelInfo } from './episode';
import { Eyes } from './eyes';
import { TrainOptions } from './model-options';
import { PolicyPoint, PolicyProgress } from './policy';

export { TrainOptions };

export const TrainProgress = z.object({
  phase: z.enum(['loading', 'compiling', 'training', 'evaluating', 'done']),
  epoch: z.number(),
  epochs: z.number(),
  /** What a step of the phase is about, for phases with parts (a curriculum's k, a round); empty otherwise. */
  detail: z.string().default(''),
  /** Negative log-likelihood, mean over members, nats per channel; squared error where a class has no likelihood. */
  trainLoss: z.number().nullable(),
  /** Hold-out loss by member. */
  holdOutLoss: z.array(z.number()).nullable(),
  transitions: z.number(),
  secondsElapsed: z.number(),
});
export type TrainProgress = z.infer<typeof TrainProgress>;

/** A number a horizon; null where no episode was long enough. */
const series = z.array(z.number().nullable());

/** Where predictions go wrong most: a stretch of one episode. */
export const WorstSegment = z.object({
  episode: z.number().int(),
  /** First row of the stretch and its length in steps. */
  row: z.number().int(),
  steps: z.number().int(),
  /** Error over the stretch in units of the channels' spread, root mean square; 1 is no better than the mean. */
  error: z.number(),
  /** The channel that contributes most. */
  channel: z.string(),
});
export type WorstSegment = z.infer<typeof WorstSegment>;

/**
 * Predicted intervals against what happened: share of recorded values inside a central interval that claims `level`.
 * Recalibration is one factor a channel on the predicted standard deviation; a coverage after it is always on other
 * steps than the factor was fitted on.
 */
export const Calibration = z.object({
  /** Steps ahead. */
  horizon: z.number().int(),
  /** Start points that were judged. */
  samples: z.number().int(),
  levels: z.array(z.number()),
  /** [level] over all channels, as predicted and after recalibration. */
  before: series,
  after: series,
  channels: z.array(
    z.object({
      name: z.string(),
      before: series,
      after: series,
      /** Factor on the predicted standard deviation that recalibration found. */
      scale: z.number().nullable(),
    }),
  ),
});
export type Calibration = z.infer<typeof Calibration>;

/** Where in state space there is data: counts, and what the model makes of it, over two channels at a time. */
export const CoverageMap = z.object({
  x: z.object({ name: z.string(), unit: z.string(), edges: z.array(z.number()) }),
  y: z.object({ name: z.string(), unit: z.string(), edges: z.array(z.number()) }),
  /** [y][x] transitions in the cell. */
  count: z.array(z.array(z.number().int())),
  /** [y][x] one-step error in units of spread, root mean square; null without data. */
  error: z.array(series),
  /**
   * [y][x] epistemic standard deviation of one step in units of the spread of one step's change, also where there is no
   * data; null for a model that cannot tell.
   */
  epistemic: z.array(series),
});
export type CoverageMap = z.infer<typeof CoverageMap>;

/** The honest verdict: everything beyond the plain errors. */
export const EvaluationReport = z.object({
  /** Share of a channel's spread beyond which a prediction is not trusted. */
  trustedFraction: z.number(),
  /** One entry a channel, as `channels` of the evaluation. */
  channels: z.array(
    z.object({
      name: z.string(),
      /** Standard deviation of the channel in the judged data, its unit. */
      spread: z.number(),
      /** Steps ahead before the error first passes the fraction of the spread; null where the first step does. */
      trusted: z.number().int().nullable(),
      /** Steps ahead that were measured, every one of them; trusted ≥ measured: it never passed. 0: none. */
      measured: z.number().int(),
      /** Predicted standard deviations by horizon, root mean square over starts: disagreement, and noise. */
      epistemic: series,
      aleatoric: series,
    }),
  ),
  /**
   * Negative log-likelihood of recorded one-step changes, nats a channel and step; null for a model without spread. Changes
   * count in units of their own standard deviation, so that channels and models compare: one Gaussian over all changes
   * has 1.42.
   */
  nll: z.number().nullable(),
  nllByChannel: series,
  /** Where the density came from: the mixture of the members' Gaussians, or samples of a model that has no density. */
  density: z.enum(['mixture', 'samples']).nullable(),
  calibration: z.array(Calibration),
  worst: z.array(WorstSegment),
  coverage: z.array(CoverageMap),
  notes: z.array(z.string()),
});
export type EvaluationReport = z.infer<typeof EvaluationReport>;

/** What a verdict may be asked for. */
export const EvaluateOptions = z.object({
  /** Steps ahead to report; those that no episode is long enough for have no numbers. */
  horizons: z
    .array(z.number().int().min(1).max(1000))
    .min(1)
    .default([1, 2, 3, 5, 7, 10, 15, 25, 35, 50, 75, 100, 150, 200]),
  /** Share of a channel's spread (standard deviation) up to which an error is trusted: 0.5 explains 75 % of its variance. */
  trustedFraction: z.number().gt(0).max(10).default(0.5),
});
export type EvaluateOptions = z.infer<typeof EvaluateOptions>;

/** Rows of a recorded episode that follow one another. */
export const EpisodeStretch = z.object({
  episode: z.number().int(),
  firstRow: z.number().int().min(0),
  rows: z.number().int().min(0),
});
export type EpisodeStretch = z.infer<typeof EpisodeStretch>;

/** What a verdict was found on. Only one on steps that are new to the model says how good it is. */
export const JudgedOn = z.object({
  /**
   * unseen: nothing of it was learned from, by the model or by one that it went on from. learned: all or some of it was.
   * unknown: found before this was kept.
   */
  kind: z.enum(['unseen', 'learned', 'unknown']),
  episodes: z.number().int(),
  /** Steps that there were to judge. */
  steps: z.number().int(),
  /** Steps left out because they did not take one control period on the device's clock. */
  irregular: z.number().int(),
  /** Steps of which these are a sample, in pieces spread over them; left out where all were judged. */
  among: z.number().int().optional(),
});
export type JudgedOn = z.infer<typeof JudgedOn>;

/**
 * k-step prediction error by channel, against the trivial predictors; one root-mean-square error a horizon. The channels
 * are the observations and, in a full verdict of a model that predicts it, "reward".
 */
export const Evaluation = z.object({
  horizons: z.array(z.number().int()),
  channels: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      /** The model's mean prediction. */
      error: series,
      /** Last value: nothing changes. */
      last: series,
      /** Constant velocity: the last change repeats. */
      velocity: series,
    }),
  ),
  /** Start points that each horizon was averaged over. */
  samples: z.array(z.number().int()),
  /** null where only the errors were asked for. */
  report: EvaluationReport.nullable().default(null),
  /**
   * Of a model that learned from pictures: which share of the pictures' variance it shows of what will be seen so many steps ahead, open
   * loop (R², 1 − squared error / variance over all pixels). Horizon 0 is what it shows of what is seen.
   */
  pictures: z
    .object({
      horizons: z.array(z.number().int()),
      explained: series,
      starts: z.number().int(),
      /** The same of the rig's own channels, as a linear probe reads them off the state: what the model could know of them. */
      channels: z.array(z.object({ name: z.string(), explained: series })).optional(),
    })
    .nullable()
    .optional(),
  judgedOn: JudgedOn.default({ kind: 'unknown', episodes: 0, steps: 0, irregular: 0 }),
});
export type Evaluation = z.infer<typeof Evaluation>;

export const ModelSummary = z.object({
  hash: z.string(),
  name: z.string(),
  createdAt: z.number(),
  rig: z.string(),
  options: TrainOptions,
  /** Channels of what it predicts: the rig's or, of a model that learned from pictures, the numbers of its latent state. */
  observations: z.array(ChannelInfo),
  actions: z.array(ChannelInfo),
  periodSeconds: z.number(),
  /** What a model that learned from pictures looks through; null of one that learned from channels. */
  eyes: Eyes.nullable().default(null),
  transitions: z.number(),
  episodes: z.array(z.number()),
  epochs: z.number(),
  trainSeconds: z.number(),
  holdOutLoss: z.array(z.number()),
  elites: z.array(z.number().int()),
  /** Hash of the model whose weights this training began with; null for fresh ones. */
  parent: z.string().nullable().default(null),
  /**
   * Rows learned from, by this training and by those it went on from; null where nobody kept it: then all of `episodes`.
   */
  learned: z.array(EpisodeStretch).nullable().default(null),
  /** Whole episodes that were kept for the verdict, by this training and by those it went on from. */
  keptOut: z.array(z.number().int()).default([]),
  /**
   * [observations, then the reward where it is learned] factor on the predicted standard deviation that makes
   * intervals cover what they claim, one step ahead; fitted on steps that were not learned from, null before that.
   */
  recalibration: z.array(z.number().positive()).nullable().default(null),
  /**
   * Epistemic deviation of one step, in units of what a step usually changes, that 99 % of the training transitions stay
   * below: beyond it the model does not know what it says. Null for a model that cannot tell.
   */
  knownTerritory: z.number().nullable().default(null),
  /** [epoch] for the curve: train loss and mean hold-out loss. */
  curve: z.array(z.object({ epoch: z.number(), train: z.number(), holdOut: z.number().nullable() })),
  evaluation: Evaluation.nullable(),
  /** What was remarkable about the data or the training, one sentence each. */
  notes: z.array(z.string()),
});
export type ModelSummary = z.infer<typeof ModelSummary>;

/** A training that was interrupted and can be resumed: what it was asked, and how far it came. */
export const CheckpointInfo = z.object({
  id: z.string(),
  name: z.string(),
  rig: z.string(),
  episodes: z.array(z.number().int()),
  options: TrainOptions,
  /** What was kept out to judge it on, as TrainInput.last; null where that was left to the program. */
  last: z.number().nullable(),
  /** Hash of the model that it goes on from. */
  from: z.string().nullable(),
  /** Milliseconds since 1970. */
  savedAt: z.number(),
  /** Passes over the data, in the round in hand. */
  epoch: z.number(),
  secondsElapsed: z.number(),
});
export type CheckpointInfo = z.infer<typeof CheckpointInfo>;

export const JobState = z.object({
  id: z.number(),
  /** Of a model, or of a policy; the latter has `policy` beside. */
  kind: z.enum(['train', 'evaluate', 'learn-policy', 'evaluate-policy']),
  state: z.enum(['running', 'done', 'cancelled', 'failed']),
  title: z.string(),
  progress: TrainProgress,
  curve: z.array(z.object({ epoch: z.number(), train: z.number(), holdOut: z.number().nullable() })),
  model: z.string().nullable(),
  /** Where it is about a policy: how far it is and its curve; `progress` says the same in steps as epochs. */
  policy: z
    .object({
      progress: PolicyProgress,
      curve: z.array(PolicyPoint),
      /** Of the policy, as soon as it is known. */
      hash: z.string().nullable(),
    })
    .nullable()
    .default(null),
  /** What the training can be resumed from when it does not come to its end; null before there is anything. */
  checkpoint: z.string().nullable().default(null),
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }).nullable(),
});
export type JobState = z.infer<typeof JobState>;
