import { z } from 'zod';

/** Bytes of a file that come at a time; in base64 well below the longest message of a client. */
export const PIECE_BYTES = 512 * 1024;
/** So many files a folder may have. */
const MOST_FILES = 5000;
/** Larger files are for the command line, which reads them where they lie. */
export const MOST_UPLOAD_BYTES = 2 * 2 ** 30;

const upload = z.string().max(64);
const cell = z.string().max(1000);

export const UploadInput = z.object({
  /** As it is called where it comes from. */
  name: z.string().min(1).max(1000),
  bytes: z.number().int().min(0),
  /** Unix time of its last change, ms. */
  modifiedAt: z.number().int().min(0).max(8.64e15),
  /** Of a folder: the files in it, in the order in which their bytes come, one behind the other. */
  files: z
    .array(z.object({ path: z.string().min(1).max(400), bytes: z.number().int().min(0) }))
    .min(1)
    .max(MOST_FILES)
    .optional(),
});
export type UploadInput = z.infer<typeof UploadInput>;

export const UploadPiece = z.object({
  upload,
  /** Where in the file it stands, bytes: behind what has come. */
  at: z.number().int().min(0),
  /** At most PIECE_BYTES, in base64. */
  data: z.base64().max(4 * Math.ceil(PIECE_BYTES / 3)),
});
export type UploadPiece = z.infer<typeof UploadPiece>;

export const UploadId = z.object({ upload });

/** What the beginning of a file says, and what is guessed from it. */
export const ImportHead = z.object({
  delimiter: z.string(),
  /** Line with the names, from 1; 0 for none: columns are then called by their numbers, from 1. */
  headerLine: z.number().int(),
  columns: z.array(
    z.object({
      /** As the heading has it. */
      column: z.string(),
      /** The heading without a unit; empty where there is none. */
      label: z.string(),
      /** In the heading or below it; empty where none is. */
      unit: z.string(),
      /** All that is there of it is a number, or a time. */
      kind: z.enum(['number', 'time', 'text']),
      /** Its usual step where it goes up from line to line, in its own unit, seconds where it is written as a time; null where it does not. */
      step: z.number().nullable(),
    }),
  ),
  /** The first samples, a text for each column. */
  rows: z.array(z.array(z.string())),
});
export type ImportHead = z.infer<typeof ImportHead>;

export const ImportColumn = z.object({
  column: cell,
  name: cell,
  unit: z.string().max(40),
  angle: z.boolean().default(false),
});

export const ImportInput = UploadId.extend({
  /** What the rig is called in the log. */
  rig: z.string().max(300),
  /** Left out where the file has no clock. */
  time: cell.optional(),
  timeUnit: z.enum(['s', 'ms', 'us', 'ns']).default('s'),
  /** Bits of a time that is counted and runs over. */
  timeBits: z.number().int().min(8).max(64).optional(),
  /** Samples a second of a file without a clock. */
  sampleRate: z.number().positive().max(1e9).optional(),
  observations: z.array(ImportColumn).max(1000),
  actions: z.array(ImportColumn).max(1000),
  /** Column that numbers the episodes. */
  episode: cell.optional(),
  /** Rows a second after resampling. */
  rate: z.number().min(0.1).max(1e5),
  /** A longer step begins an episode; five rows when left out. */
  gapSeconds: z.number().positive().max(1e6).optional(),
  delimiter: z.string().max(10).optional(),
  headerLine: z.number().int().min(0).optional(),
  /** What stands before the fraction; found out when left out. */
  decimal: z.enum(['dot', 'comma']).optional(),
});
export type ImportInput = z.infer<typeof ImportInput>;

export const ImportReport = z.object({
  /** Numbers of the new episodes. */
  episodes: z.array(z.number().int()),
  samples: z.number(),
  rows: z.number(),
  gaps: z.number(),
  samplesLeftOut: z.number(),
  /** What was passed over, made up or is not known; a sentence each. */
  remarks: z.array(z.string()),
});
export type ImportReport = z.infer<typeof ImportReport>;

/** Bytes of the file that have been read for its import. */
export const ImportProgress = z.object({ done: z.number(), total: z.number() });
export type ImportProgress = z.infer<typeof ImportProgress>;
