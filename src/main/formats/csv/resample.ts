import { wrapAngle } from '../../../shared/angles';
import type { CsvTable } from './types';

/** Which columns are what, and the grid that they are brought to. */
export interface Grid {
  periodSeconds: number;
  /** The first columns of the table are observations; true where one is an angle (rad) that wraps. */
  angles: readonly boolean[];
}

/** Samples `from` to `to` (exclusive) of a table, without a gap among them. */
interface Segment {
  from: number;
  to: number;
}

/** An episode on the regular grid; row k is at `startSeconds + k · periodSeconds`. */
export interface Resampled {
  /** Time of row 0 on the file's own clock. */
  startSeconds: number;
  rows: number;
  /** [rows, observations] */
  observations: Float64Array;
  /** [rows, actions], last row NaN */
  actions: Float64Array;
}

/** Cuts a table where the file starts an episode and where a step is longer than `gapSeconds`. */
export function splitAtGaps(table: CsvTable, gapSeconds: number): { segments: Segment[]; gaps: number } {
  const starts = new Set(table.starts);
  const segments: Segment[] = [];
  let gaps = 0;
  let from = 0;
  for (let i = 1; i <= table.samples; i++) {
    const ends = i === table.samples || starts.has(i);
    const gap = !ends && at(table.time, i) - at(table.time, i - 1) > gapSeconds * (1 + 1e-9);
    if (!ends && !gap) continue;
    if (gap) gaps++;
    segments.push({ from, to: i });
    from = i;
  }
  return { segments, gaps };
}

/** Two times of a clock differ by this much of their size through rounding alone. */
const CLOCK_EPSILON = 2 ** -51;

/**
 * Brings a segment to the regular grid that starts at its first sample, or returns undefined where it is shorter
 * than one period.
 *
 * Observations are what the state *was* at a row's time: interpolated linearly between the two samples around it,
 * angles along the shorter arc. Actions are what *was done* from a row's time to the next row's: the mean over that
 * period of the signal held from sample to sample. So a log faster than the grid keeps its impulse (the integral
 * of a torque), and in a slower one each row gets the value that was in force.
 */
export function resample(table: CsvTable, { from, to }: Segment, grid: Grid): Resampled | undefined {
  const { periodSeconds, angles } = grid;
  const startSeconds = at(table.time, from);
  // Relative to the first sample: times since 1970 have too few digits left for a hundredth of a period.
  const time = table.time.slice(from, to).map((t) => t - startSeconds);
  const slack = Math.max(1e-9 * periodSeconds, Math.abs(startSeconds) * CLOCK_EPSILON);
  const rows = Math.floor((at(time, time.length - 1) + slack) / periodSeconds) + 1;
  if (rows < 2) return undefined;
  const columns = table.columns.map((column) => column.subarray(from, to));
  const actions = columns.length - angles.length;
  const result: Resampled = {
    startSeconds,
    rows,
    observations: new Float64Array(rows * angles.length),
    actions: new Float64Array(rows * actions).fill(Number.NaN),
  };
  columns.forEach((values, i) => {
    const isObservation = i < angles.length;
    const resampled = isObservation
      ? interpolate(time, values, rows, periodSeconds, angles[i] === true)
      : periodMeans(time, values, rows - 1, periodSeconds);
    const [matrix, width, channel] = isObservation
      ? [result.observations, angles.length, i]
      : [result.actions, actions, i - angles.length];
    resampled.forEach((value, row) => {
      matrix[row * width + channel] = value;
    });
  });
  return result;
}

/** Values at the times k · `periodSeconds`, on the line between the two samples around each. */
function interpolate(
  time: Float64Array,
  values: Float64Array,
  rows: number,
  periodSeconds: number,
  angle: boolean,
): Float64Array {
  let sample = 0;
  return new Float64Array(rows).map((_, row) => {
    const now = row * periodSeconds;
    while (sample < time.length - 2 && at(time, sample + 1) <= now) sample++;
    const fraction = (now - at(time, sample)) / (at(time, sample + 1) - at(time, sample));
    const [before, after] = [at(values, sample), at(values, sample + 1)];
    return angle
      ? wrapAngle(before + fraction * wrapAngle(after - before))
      : before + fraction * (after - before);
  });
}

/** Means of the held signal over `count` periods. */
function periodMeans(
  time: Float64Array,
  values: Float64Array,
  count: number,
  periodSeconds: number,
): Float64Array {
  let sample = 0;
  return new Float64Array(count).map((_, period) => {
    const end = (period + 1) * periodSeconds;
    let now = period * periodSeconds;
    let impulse = 0;
    let held = 0;
    for (;;) {
      const until = sample + 1 < time.length ? Math.min(end, at(time, sample + 1)) : end;
      const seconds = Math.max(0, until - now);
      impulse += at(values, sample) * seconds;
      held += seconds;
      now += seconds;
      if (until >= end) return impulse / held;
      sample++;
    }
  });
}

const at = (values: Float64Array, index: number): number => values[index];
