import type { TrainingEpisode } from '../types';
import { episodeRows } from './splits';

/** A step whose device time differs from the control period by more than this share of it is no step of the model. */
const PERIOD_TOLERANCE = 0.5;

type Timed = Pick<TrainingEpisode['columns'], 'rows' | 'deviceSeconds'>;

/** An observation that came late is caught up with within so many rows, or the delay is there to stay. */
export const CAUGHT_UP = 10;

/**
 * Runs of rows, [from, to), in which every step took one control period on the device's clock. Where an observation came
 * late, the loop saw the one before it twice: the step to it lasted no time and the step after it two periods, and both
 * say something about the link instead of the plant. So do the steps between two late ones, which took one period each,
 * but not the one in which their action was executed. Whoever reads steps asks here where a run of them ends: what is
 * learned from, and what predictions start from and are compared with (`judgedPieces`). One run where the device's time is
 * not known.
 */
export function regularRuns(
  { rows, deviceSeconds }: Timed,
  periodSeconds: number,
): { from: number; to: number }[] {
  if (rows === 0) return [];
  const { broken } = deviceSeconds ? clockOf(deviceSeconds, periodSeconds) : REGULAR;
  return runsBetween(rows, broken);
}

function runsBetween(rows: number, broken: ReadonlySet<number>): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  let from = 0;
  for (let row = 0; row < rows; row++) {
    if (row + 1 < rows && !broken.has(row)) continue;
    runs.push({ from, to: row + 1 });
    from = row + 1;
  }
  return runs;
}

interface Clock {
  /** Steps, by the row that they go out from, that are none of the model. */
  broken: ReadonlySet<number>;
  /** Of these the ones after which the clock is not caught up with: what comes is another motion. */
  cut: ReadonlySet<number>;
  /** Rows whose observation is older than it should be, and is caught up with. */
  late: ReadonlySet<number>;
}
const REGULAR: Clock = { broken: new Set(), cut: new Set(), late: new Set() };

function clockOf(deviceSeconds: Float64Array, periodSeconds: number): Clock {
  const excess = Array.from({ length: Math.max(0, deviceSeconds.length - 1) }, (_, row) => {
    const periods = (deviceSeconds[row + 1] - deviceSeconds[row]) / periodSeconds - 1;
    return Math.abs(periods) > PERIOD_TOLERANCE ? periods : 0;
  });
  const broken = new Set([...excess.keys()].filter((row) => excess[row] !== 0));
  const cut = new Set(broken);
  const late = new Set<number>();
  excess.forEach((periods, row) => {
    if (periods >= 0) return;
    let behind = 0;
    for (let at = row; at < Math.min(excess.length, row + CAUGHT_UP); at++) {
      behind += excess[at];
      if (behind < -PERIOD_TOLERANCE) continue;
      for (let step = row; step <= at; step++) {
        broken.add(step);
        // Only where it is caught up with exactly is the motion after it that of the one before.
        if (behind <= PERIOD_TOLERANCE) cut.delete(step);
        if (step > row) late.add(step);
      }
      break;
    }
  });
  return { broken, cut, late };
}

/** Rows whose step to the next row is in a run. */
export const regularSteps = (columns: Timed, periodSeconds: number): number[] =>
  regularRuns(columns, periodSeconds).flatMap(({ from, to }) =>
    Array.from({ length: to - from - 1 }, (_, i) => from + i),
  );

/**
 * Episodes as predictions are judged on them, cut where the motion is interrupted, as views. A prediction needs no
 * observation on its way, so a late one that is caught up with does not end it: the rows in between are marked, and neither
 * started from nor compared with. Pieces without a step are left out.
 */
export const judgedPieces = (
  episodes: readonly TrainingEpisode[],
  periodSeconds: number,
): TrainingEpisode[] =>
  episodes.flatMap((episode) => {
    const { rows, deviceSeconds } = episode.columns;
    const { cut, late } = deviceSeconds ? clockOf(deviceSeconds, periodSeconds) : REGULAR;
    return runsBetween(rows, cut)
      .filter(({ from, to }) => to - from > 1)
      .map(({ from, to }) => ({
        ...episodeRows(episode, from, to),
        ...(late.size > 0 && {
          late: Uint8Array.from({ length: to - from }, (_, i) => Number(late.has(from + i))),
        }),
      }));
  });

/** Steps of the episodes that are in a run. */
export const regularStepsOf = (episodes: readonly TrainingEpisode[], periodSeconds: number): number =>
  episodes.reduce((sum, { columns }) => sum + regularSteps(columns, periodSeconds).length, 0);

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
