import { z } from 'zod';
import { Split } from './dataset';

const ids = z.array(z.number().int()).max(100_000);

/** Which data is surveyed: the episodes of a set, or named ones, of one rig as far as channels go. */
export const SurveyInput = z.object({
  dataset: z.number().int().optional(),
  split: Split.optional(),
  episodes: ids.optional(),
  /** Names of two channels whose coverage is wanted. */
  coverage: z.tuple([z.string().max(300), z.string().max(300)]).optional(),
});
export type SurveyInput = z.infer<typeof SurveyInput>;

const number = z.number();

/** Of a channel over all rows, in its unit; null where there was no number. */
export const ChannelStatistics = z.object({
  name: z.string(),
  unit: z.string(),
  kind: z.enum(['observation', 'action']),
  limits: z.tuple([number, number]).nullable(),
  count: z.number().int(),
  least: number.nullable(),
  most: number.nullable(),
  mean: number.nullable(),
  /** Of the whole, divided by the number of values. */
  deviation: number.nullable(),
  /** Shares below: 1 %, 5 %, 25 %, 50 %, 75 %, 95 %, 99 %; to a two-thousandth of the range. */
  quantiles: z.array(number.nullable()),
  /** Share of the rows at a limit; null without limits, as is `visited`. */
  atLimits: number.nullable(),
  /** Share of fifty equal parts of the limits in which there was a value. */
  visited: number.nullable(),
});
export type ChannelStatistics = z.infer<typeof ChannelStatistics>;

/** How often two channels were where together. */
export const Coverage = z.object({
  channels: z.tuple([z.string(), z.string()]),
  units: z.tuple([z.string(), z.string()]),
  /** Limits, or what there is where a channel has none. */
  from: z.tuple([number, number]),
  to: z.tuple([number, number]),
  bins: z.number().int(),
  /** [bins, bins] rows, the second channel within the first. */
  counts: z.array(z.number().int()),
  /** Share of the bins in which there is a row. */
  visited: number,
});
export type Coverage = z.infer<typeof Coverage>;

export const Survey = z.object({
  episodes: z.number().int(),
  rows: z.number().int(),
  seconds: number,
  /** Rows a second, as they came. */
  rate: number.nullable(),
  /** Control periods that the episodes were recorded with. */
  periods: z.array(number),
  returns: z.object({ episodes: z.number().int(), mean: number, least: number, most: number }).nullable(),
  channels: z.array(ChannelStatistics),
  coverage: Coverage.nullable(),
});
export type Survey = z.infer<typeof Survey>;

/** On its way, and then the result. */
export const SurveyStep = z.object({
  done: z.number(),
  total: z.number(),
  survey: Survey.optional(),
});
export type SurveyStep = z.infer<typeof SurveyStep>;

export const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;
