import { z } from 'zod';
import { ImportColumn, UploadId } from './import';
import { Series } from './known';

/** What a data set holds, found before it is imported, and what would become of it. */
export const DatasetLook = z.object({
  /** "LeRobot v3.0" */
  format: z.string(),
  /** What the rig would be called. */
  rig: z.string(),
  /** null where the file does not say it. */
  rate: z.number().nullable(),
  /** null where only reading tells. */
  episodes: z.number().nullable(),
  rows: z.number().nullable(),
  columns: z.array(
    z.object({
      column: z.string(),
      /** What it is taken for; null: left out. */
      role: z.enum(['observation', 'action']).nullable(),
      /** The channel that it would become. */
      name: z.string(),
      /** Empty where the file does not say. */
      unit: z.string(),
      angle: z.boolean(),
      /** Its first rows in the first episode, as they stand in the file; empty of a column that is left out. */
      first: Series,
    }),
  ),
  /** Those whose pictures come along. */
  cameras: z.array(z.object({ name: z.string(), width: z.number().int(), height: z.number().int() })),
  /** What is not read, or was taken for granted; a sentence each. */
  remarks: z.array(z.string()),
});
export type DatasetLook = z.infer<typeof DatasetLook>;

/** So many rows of a data set are shown before it is imported. */
export const SHOWN_ROWS = 200;

export const DatasetInput = UploadId.extend({
  rig: z.string().max(300),
  /** Where the file does not say it. */
  rate: z.number().positive().max(1e5).optional(),
  /** What each column becomes; as the file has it where left out, limits of channels included. */
  channels: z
    .object({
      observations: z.array(ImportColumn).max(1000),
      actions: z.array(ImportColumn).max(1000),
    })
    .optional(),
});
export type DatasetInput = z.infer<typeof DatasetInput>;

export const DatasetImported = z.object({
  /** Numbers of the new episodes. */
  episodes: z.array(z.number().int()),
  rows: z.number(),
  cameras: z.array(z.object({ name: z.string(), pictures: z.number().int() })),
  remarks: z.array(z.string()),
});
export type DatasetImported = z.infer<typeof DatasetImported>;
