import { z } from 'zod';
import { ChannelInfo } from './episode';

/** Options of the ensemble and of its training; defaults suit a rig of a few channels on a laptop. */
export const TrainOptions = z.strictObject({
  members: z.number().int().min(1).max(20).default(5),
  /** Members that planning uses: those with the lowest hold-out loss. */
  elites: z.number().int().min(1).max(20).default(4),
  hiddenLayers: z.number().int().min(1).max(8).default(2),
  hiddenUnits: z.number().int().min(4).max(1024).default(128),
  activation: z.enum(['silu', 'relu', 'tanh']).default('silu'),
  learningRate: z.number().positive().max(1).default(1e-3),
  weightDecay: z.number().min(0).max(1).default(3e-5),
  batchSize: z.number().int().min(1).max(8192).default(256),
  /**
   * Window in seconds over which recorded observations are smoothed before learning; 0 for none. For measured
   * channels with noise: without it a model learns to distrust them. Errors are always against the raw recording.
   */
  smoothingSeconds: z.number().min(0).max(10).default(0),
  /** Share of the transitions held out to decide when to stop and which members are elites. */
  holdOut: z.number().min(0).max(0.9).default(0.1),
  /** Passes over the data at most; and without a gain of 1 % in hold-out likelihood at most. */
  epochs: z.number().int().min(1).max(100_000).default(200),
  patience: z.number().int().min(1).default(20),
  seed: z.number().int().default(0),
  engine: z.enum(['onnxruntime', 'tensorflow', 'wasm', 'cpu']).default('onnxruntime'),
});
export type TrainOptions = z.infer<typeof TrainOptions>;

export const TrainProgress = z.object({
  phase: z.enum(['loading', 'compiling', 'training', 'evaluating', 'done']),
  epoch: z.number(),
  epochs: z.number(),
  /** Negative log-likelihood, mean over members, nats per channel. */
  trainLoss: z.number().nullable(),
  /** Hold-out loss by member. */
  holdOutLoss: z.array(z.number()).nullable(),
  transitions: z.number(),
  secondsElapsed: z.number(),
});
export type TrainProgress = z.infer<typeof TrainProgress>;

/** k-step prediction error by channel, against the trivial predictors; one root-mean-square error a horizon. */
export const Evaluation = z.object({
  horizons: z.array(z.number().int()),
  channels: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      /** The model's mean prediction. */
      error: z.array(z.number().nullable()),
      /** Last value: nothing changes. */
      last: z.array(z.number().nullable()),
      /** Constant velocity: the last change repeats. */
      velocity: z.array(z.number().nullable()),
    }),
  ),
  /** Start points that each horizon was averaged over. */
  samples: z.array(z.number().int()),
});
export type Evaluation = z.infer<typeof Evaluation>;

export const ModelSummary = z.object({
  hash: z.string(),
  name: z.string(),
  createdAt: z.number(),
  rig: z.string(),
  options: TrainOptions,
  observations: z.array(ChannelInfo),
  actions: z.array(ChannelInfo),
  periodSeconds: z.number(),
  transitions: z.number(),
  episodes: z.array(z.number()),
  epochs: z.number(),
  trainSeconds: z.number(),
  holdOutLoss: z.array(z.number()),
  elites: z.array(z.number().int()),
  /** [epoch] for the curve: train loss and mean hold-out loss. */
  curve: z.array(z.object({ epoch: z.number(), train: z.number(), holdOut: z.number().nullable() })),
  evaluation: Evaluation.nullable(),
  /** What was remarkable about the data or the training, one sentence each. */
  notes: z.array(z.string()),
});
export type ModelSummary = z.infer<typeof ModelSummary>;

export const JobState = z.object({
  id: z.number(),
  kind: z.enum(['train', 'evaluate']),
  state: z.enum(['running', 'done', 'cancelled', 'failed']),
  title: z.string(),
  progress: TrainProgress,
  curve: z.array(z.object({ epoch: z.number(), train: z.number(), holdOut: z.number().nullable() })),
  model: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }).nullable(),
});
export type JobState = z.infer<typeof JobState>;
