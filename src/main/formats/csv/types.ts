/** A column of a file that becomes a channel. */
export interface CsvColumn {
  /** Name in the file's header. */
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

/** What the columns of a file mean. */
export interface CsvMapping {
  /** Header of the column with the time of the sample. */
  time: string;
  /** Seconds unless given. */
  timeUnit?: TimeUnit;
  observations: CsvColumn[];
  actions: CsvColumn[];
  /** Header of a column that numbers the episodes: where its text changes a new one begins, and time may restart. */
  episode?: string;
  /** Field separator; found out from the header unless given. */
  delimiter?: string;
}

/** A file as it was read: irregular samples, in order of time within each part. */
export interface CsvTable {
  /** File name for sentences. */
  file: string;
  samples: number;
  /** [samples] seconds */
  time: Float64Array;
  /** [observations][samples], then [actions][samples], in the order of the mapping. */
  columns: Float64Array[];
  /** First samples of the file's own episodes; [0] without an episode column. */
  starts: number[];
}
