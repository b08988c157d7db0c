import { wrapAngle } from '../../../shared/angles';
import type { ModelChannels, TrainingEpisode } from '../types';
import { regularRuns } from './regular-runs';
import { checkEpisode } from './transitions';

/** Fewer rows determine a parabola exactly, so nothing would be smoothed. */
const SMALLEST_HALF_WINDOW = 2;

/**
 * Recorded observations with their measurement noise taken down: at every row the value of the parabola that fits the
 * rows around it best (Savitzky & Golay 1964; where a run of steps begins or ends the window is cut off). A network that sees
 * a noisy velocity learns how far to distrust it (regression dilution), and distrusts it again at every step of a
 * rollout, where there is no noise any more. Smoothing looks ahead, so it is for training data only. Actions are
 * known exactly and stay as they are.
 * @param seconds width of the window; motion faster than that is flattened
 */
export function smoothEpisodes(
  channels: ModelChannels,
  episodes: readonly TrainingEpisode[],
  seconds: number,
): { episodes: readonly TrainingEpisode[]; notes: string[] } {
  const { margin, notes, apply } = smoothingOf(channels, seconds);
  if (margin === 0) return { episodes, notes };
  for (const episode of episodes) checkEpisode(channels, episode);
  return { episodes: episodes.map(apply), notes };
}

/** The same for one episode after another, or for pieces of them that were checked before. */
export interface Smoothing {
  /** Rows on either side that decide what a row is smoothed to. */
  margin: number;
  notes: string[];
  apply(episode: TrainingEpisode): TrainingEpisode;
}

export function smoothingOf(channels: ModelChannels, seconds: number): Smoothing {
  const none: Smoothing = { margin: 0, notes: [], apply: (episode) => episode };
  if (seconds === 0) return none;
  const half = Math.floor((seconds / channels.periodSeconds + 1e-9) / 2);
  if (half < SMALLEST_HALF_WINDOW) {
    const rows = 2 * SMALLEST_HALF_WINDOW;
    const note = `Observations were not smoothed: ${seconds} s is less than ${rows} control periods.`;
    return { ...none, notes: [note] };
  }
  return {
    margin: half,
    notes: [`Observations were smoothed over ${seconds} s (${2 * half + 1} rows) before learning.`],
    apply: (episode) => smoothEpisode(channels, episode, half),
  };
}

/** Every regular run for itself: a parabola over rows that are not one period apart fits nothing that happened. */
function smoothEpisode(
  { observations, periodSeconds }: ModelChannels,
  episode: TrainingEpisode,
  half: number,
): TrainingEpisode {
  const { columns } = episode;
  const width = observations.length;
  const runs = regularRuns(columns, periodSeconds);
  const smoothed = new Float64Array(columns.observations.length);
  observations.forEach(({ angle }, channel) => {
    const values = Float64Array.from(
      { length: columns.rows },
      (_, row) => columns.observations[row * width + channel],
    );
    for (const { from, to } of runs) {
      const run = values.subarray(from, to);
      smoothSeries(angle ? unwrap(run) : run, half).forEach((value, row) => {
        smoothed[(from + row) * width + channel] = value;
      });
    }
  });
  return { ...episode, columns: { ...columns, observations: smoothed } };
}

/** An angle that goes on beyond ±π instead of jumping. */
function unwrap(angles: Float64Array): Float64Array {
  const result = angles.slice();
  for (let i = 1; i < result.length; i++) {
    const before = result[i - 1];
    result[i] = before + wrapAngle(result[i] - before);
  }
  return result;
}

/** The least-squares parabola through up to `half` rows on either side, at every row. */
export function smoothSeries(values: Float64Array, half: number): Float64Array {
  return values.map((centre, row) => {
    const from = Math.max(0, row - half);
    const to = Math.min(values.length - 1, row + half);
    if (to - from < 3) return centre;
    // Moments of the rows' offsets t, and of what the values are above the centre; the differences keep digits.
    const powers = [0, 0, 0, 0, 0];
    const products = [0, 0, 0];
    for (let i = from; i <= to; i++) {
      const t = i - row;
      const y = values[i] - centre;
      for (let k = 0, power = 1; k <= 4; k++, power *= t) {
        powers[k] = powers[k] + power;
        if (k <= 2) products[k] = products[k] + power * y;
      }
    }
    const [s0, s1, s2, s3, s4] = powers as [number, number, number, number, number];
    const [y0, y1, y2] = products as [number, number, number];
    // Cramer's rule for the constant term of the normal equations.
    const determinant = s0 * (s2 * s4 - s3 * s3) - s1 * (s1 * s4 - s2 * s3) + s2 * (s1 * s3 - s2 * s2);
    const constant = y0 * (s2 * s4 - s3 * s3) - s1 * (y1 * s4 - s3 * y2) + s2 * (y1 * s3 - s2 * y2);
    return centre + constant / determinant;
  });
}
