import { z } from 'zod';

/** Formats that episodes are written in. What is imported has no pictures yet. */
export const FORMAT_NAMES = ['parquet', 'csv', 'lerobot', 'mcap', 'robomimic', 'minari', 'd4rl'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** Which episodes, and as what. */
export const ExportInput = z.object({
  format: z.enum(FORMAT_NAMES),
  ids: z.array(z.number().int()).min(1).max(100_000),
  /** The data set whose episodes these are: its card is written beside them. */
  dataset: z.number().int().optional(),
});
export type ExportInput = z.infer<typeof ExportInput>;

/** What an export is going to write: its dry run. */
export const ExportPlan = z.object({
  format: z.string(),
  episodes: z.number().int(),
  rows: z.number(),
  channels: z.array(z.string()),
  /** Cameras whose pictures go along. */
  cameras: z.array(z.string()),
  /** What the format cannot hold, a sentence each. */
  losses: z.array(z.string()),
});
export type ExportPlan = z.infer<typeof ExportPlan>;

export const ExportReport = ExportPlan.extend({
  /** The file or folder that was written. */
  path: z.string(),
  /** Files of the card that was written beside it, where a data set was exported. */
  card: z.array(z.string()).optional(),
});
export type ExportReport = z.infer<typeof ExportReport>;

/** How far an export is; what came of it comes last. */
export const ExportStep = z.discriminatedUnion('kind', [
  /** Rows that were read, of all. */
  z.object({ kind: z.literal('rows'), done: z.number(), total: z.number() }),
  z.object({ kind: z.literal('done'), report: ExportReport }),
]);
export type ExportStep = z.infer<typeof ExportStep>;
