/** What the core and the rig's process may take together, 10⁶ bytes. */
export const RECORDING_BAR_MB = 400;

export interface RecordingBenchOptions {
  seconds: number;
  /** Observations, two a joint. */
  channels: number;
  /** Steps a second. */
  rate: number;
  cameras: number;
}

export interface RecordingReport extends RecordingBenchOptions {
  steps: number;
  /** Periods in which no step was made. */
  overruns: number;
  pictures: { name: string; frames: number; dropped: number }[];
  /** Highest resident memory of the core and of the rig's process, 10⁶ bytes; null where the system does not tell. */
  coreMB: number | null;
  rigMB: number | null;
  barMB: number;
  fileMB: number;
  /** Lateness of the loop's ticks, ms. */
  latenessMs: { p50: number; p99: number; max: number } | null;
  fits: boolean;
}
