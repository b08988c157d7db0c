import type { TrainingEpisode } from '../types';
import { episodeRows } from './splits';

/** A step whose device time differs from the control period by more than this share of it is no step of the model. */
const PERIOD_TOLERANCE = 0.5;

type Timed = Pick<TrainingEpisode['columns'], 'rows' | 'deviceSeconds'>;

/** An observation that came late is caught up with within so many rows, or the delay is there to stay. */
const CAUGHT_UP = 10;

/**
 * Runs of rows, [from, to), in which every step took one control period on the device's clock. Where an observation came
 * late, the loop saw the one before it twice: the step to it lasted no time and the step after it two periods, and both
 * say something about the link instead of the plant. So do the steps between two late ones, which took one period each,
 * but not the one in which their action was executed. Whoever reads steps asks here where a run of them ends: what is
 * learned from, what is predicted over several steps and what it is judged by. One run where the device's time is not
 * known.
 */
export function regularRuns(
  { rows, deviceSeconds }: Timed,
  periodSeconds: number,
): { from: number; to: number }[] {
  if (rows === 0) return [];
  const breaks = deviceSeconds ? brokenSteps(deviceSeconds, periodSeconds) : new Uint8Array(rows);
  const runs: { from: number; to: number }[] = [];
  let from = 0;
  for (let row = 0; row < rows; row++) {
    if (row + 1 < rows && breaks[row] === 0) continue;
    runs.push({ from, to: row + 1 });
    from = row + 1;
  }
  return runs;
}

/** [rows − 1] 1 where the step from the row is none of the model. */
function brokenSteps(deviceSeconds: Float64Array, periodSeconds: number): Uint8Array {
  const excess = Array.from({ length: Math.max(0, deviceSeconds.length - 1) }, (_, row) => {
    const periods = (deviceSeconds[row + 1] - deviceSeconds[row]) / periodSeconds - 1;
    return Math.abs(periods) > PERIOD_TOLERANCE ? periods : 0;
  });
  const broken = Uint8Array.from(excess, (periods) => (periods === 0 ? 0 : 1));
  excess.forEach((periods, row) => {
    if (periods >= 0) return;
    let behind = 0;
    for (let at = row; at < Math.min(excess.length, row + CAUGHT_UP); at++) {
      behind += excess[at];
      if (behind < -PERIOD_TOLERANCE) continue;
      broken.fill(1, row, at);
      break;
    }
  });
  return broken;
}

/** Rows whose step to the next row is in a run. */
export const regularSteps = (columns: Timed, periodSeconds: number): number[] =>
  regularRuns(columns, periodSeconds).flatMap(({ from, to }) =>
    Array.from({ length: to - from - 1 }, (_, i) => from + i),
  );

/** Episodes cut where their runs end, as views; pieces without a step are left out. */
export const regularPieces = (
  episodes: readonly TrainingEpisode[],
  periodSeconds: number,
): TrainingEpisode[] =>
  episodes.flatMap((episode) =>
    regularRuns(episode.columns, periodSeconds)
      .filter(({ from, to }) => to - from > 1)
      .map(({ from, to }) => episodeRows(episode, from, to)),
  );

/** Steps of the episodes, in a run or not. */
export const stepsOf = (episodes: readonly TrainingEpisode[]): number =>
  episodes.reduce((sum, { columns }) => sum + Math.max(0, columns.rows - 1), 0);

/** What to say about steps that were left out; nothing where there were none. */
export const irregularNote = (steps: number): string[] =>
  steps === 0
    ? []
    : [
        `${steps} ${steps === 1 ? 'step' : 'steps'} that did not take one control period on the device's clock ${steps === 1 ? 'was' : 'were'} left out.`,
      ];
