import { z } from 'zod';

/** What a workspace takes on its disk, bytes. */
export const WorkspaceSize = z.object({
  /** All of it. */
  totalBytes: z.number(),
  /** foresight.db and what belongs to it. */
  logBytes: z.number(),
  /** Episodes with rows in the log, deleted ones among them. */
  episodes: z.number().int(),
  deletedEpisodes: z.number().int(),
  /** Of the log: rows and plans of deleted episodes, which a compaction gives back. */
  deletedBytes: z.number(),
  /** Of the log: pages with nothing in them, which are used again or given back by a compaction. */
  unusedBytes: z.number(),
  /** Models, policies, and trainings on their way. */
  modelBytes: z.number(),
  exportBytes: z.number(),
  otherBytes: z.number(),
  diskFreeBytes: z.number(),
});
export type WorkspaceSize = z.infer<typeof WorkspaceSize>;

/** What of a workspace is kept; what it says nothing about is kept for ever. */
export const RetentionRule = z
  .object({
    schema: z.literal('foresight.retention/1').default('foresight.retention/1'),
    /** Episodes older than so many days go. */
    keepDays: z.number().positive().optional(),
    /** The oldest go until the others take no more than so many bytes. */
    mostBytes: z.number().int().positive().optional(),
    /** Episodes with one of these tags stay, whatever else is said. */
    keepTags: z.array(z.string().min(1)).default(['keep']),
  })
  .strict();
export type RetentionRule = z.infer<typeof RetentionRule>;

/** What a rule lets go. */
export const Leaving = z.object({
  /** null: nothing says what is kept, so everything is. */
  rule: RetentionRule.nullable(),
  /** Episodes, the oldest first. */
  ids: z.array(z.number().int()),
  /** Of what was recorded in them. */
  bytes: z.number(),
});
export type Leaving = z.infer<typeof Leaving>;
