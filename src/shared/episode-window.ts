import { z } from 'zod';
import { EpisodeEvent, EpisodeSummary } from './episode';
import { Series } from './known';

/**
 * One series of a window, a number a bucket. Of buckets of several rows the extremes are those of all their rows, so no peak
 * is lost; `gaps` are the buckets in which some row is not known.
 */
export const Trace = z.object({
  /** Of a bucket's first row; of the row itself where buckets are single rows. */
  first: Series,
  /** Left out where buckets are single rows. */
  more: z.object({ last: Series, min: Series, max: Series, gaps: z.array(z.number().int()) }).optional(),
});
export type Trace = z.infer<typeof Trace>;

/** The lowest of what lies two standard deviations below, and the highest of what lies two above. */
export const Band = z.object({ low: Series, high: Series });
export type Band = z.infer<typeof Band>;

/** Part of an episode, or all of it, in as many buckets as a plot has use for; the same size however long the episode is. */
export const EpisodeWindow = z.object({
  summary: EpisodeSummary,
  /** First row of the window, and the one behind its last. */
  from: z.number().int(),
  to: z.number().int(),
  /** Rows of a bucket; the last one may have fewer. */
  bucket: z.number().int(),
  /** Host's clock at the first row of each bucket, seconds since the episode began; always known. */
  seconds: z.array(z.number()),
  /** Host's clock at the window's last row. */
  endSeconds: z.number(),
  /** Host's clock at the episode's first row and at its last. */
  wholeSeconds: z.tuple([z.number(), z.number()]),
  /** [channel] */
  observations: z.array(Trace),
  actions: z.array(Trace),
  reward: Trace,
  latenessMs: Trace,
  planMs: Trace,
  /** 1 where a plan came late, by bucket. */
  missed: z.array(z.number()),
  /** Only of episodes that a planner drove. */
  plans: z
    .object({
      /**
       * One-step-ahead predictions, [channel]; nothing where there was none, and where the step to the row did not take one
       * control period.
       */
      predicted: z.array(Trace),
      predictedBand: z.array(Band),
      /** Return of the plan behind each row: what came of it, and what it expected. */
      received: Trace,
      expected: Trace,
      expectedBand: Band,
      disagreement: Trace,
      knownSteps: Trace,
    })
    .optional(),
  /** Of the whole episode: all, or every so many of them where there are very many. */
  events: z.array(EpisodeEvent),
  eventCount: z.number().int(),
});
export type EpisodeWindow = z.infer<typeof EpisodeWindow>;
