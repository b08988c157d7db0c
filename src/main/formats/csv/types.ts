import type { AskedFrom } from './advice';

/** A column of a file that becomes a channel. */
export interface CsvColumn {
  /** Name in the file's header, or its number from 1 where the file has none. */
  column: string;
  /** Name of the channel; the header's, made an identifier ("Joint 2 [rad]" → joint_2_rad), unless given. */
  name?: string;
  /** SI unit of the channel, after `scale`: m, rad, rad/s, N m, 1. */
  unit: string;
  /** Observations only: an angle in rad that wraps. */
  angle?: boolean;
  /** Factor from the file's number to the channel's unit; 1 unless given (π/180 for degrees). */
  scale?: number;
}

export const TIME_UNITS = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 } as const;
export type TimeUnit = keyof typeof TIME_UNITS;

export const DECIMAL_SIGNS = ['dot', 'comma'] as const;
export type DecimalSign = (typeof DECIMAL_SIGNS)[number];

/** What the columns of a file mean. */
export interface CsvMapping {
  /** Column with the time of the sample; a file without one needs `sampleRate`. */
  time?: string;
  /** Seconds unless given; times of day and dates (ISO 8601) say theirs themselves. */
  timeUnit?: TimeUnit;
  /** Bits of a time counter that runs over, as microseconds of 32 bits do after 71 minutes. */
  timeBits?: number;
  /** Samples a second of a file without a clock. */
  sampleRate?: number;
  observations: CsvColumn[];
  actions: CsvColumn[];
  /** Column that numbers the episodes: where its text changes a new one begins, and time may restart. */
  episode?: string;
  /** Field separator, "space" for columns that are aligned with spaces; found out unless given. */
  delimiter?: string;
  /** Line with the names of the columns, 0 for none; found out unless given. */
  headerLine?: number;
  /** Lines after the names that hold no samples, such as units; found out unless given. */
  skipRows?: number;
  /** What separates whole numbers from their fraction; found out unless given. */
  decimal?: DecimalSign;
}

export interface CsvImportOptions {
  files: string[];
  /** What the rig is called in the log: lower-case letters, digits and hyphens. */
  rig: string;
  mapping: CsvMapping;
  /** Control period that the samples are brought to. */
  periodSeconds: number;
  /** Longer steps between two samples start a new episode; five periods unless given. */
  gapSeconds?: number;
  tags?: string[];
  /** What a file is called with its episodes: its path, unless that says nothing. */
  called?: string;
  /** Whose words what is wrong is told in; the command line's unless given. */
  askedFrom?: AskedFrom;
}

export function gapOf({ gapSeconds, periodSeconds }: CsvImportOptions): number {
  return gapSeconds ?? 5 * periodSeconds;
}

/** What became of one file. */
export interface CsvFileReport {
  file: string;
  samples: number;
  episodes: number;
  /** Rows over all its episodes; an episode has one transition less than rows. */
  rows: number;
  /** Steps longer than `gapSeconds`. */
  gaps: number;
  /** Pieces between two gaps that are shorter than one period, and the samples in them, which were left out. */
  tooShort: number;
  samplesLeftOut: number;
  /** What was passed over, made up or is not known; kept as notes of its episodes. */
  remarks: string[];
}
