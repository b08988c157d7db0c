import { regularSteps } from '../../dynamics/data/regular-runs';
import type { WatchedStep } from '../../dynamics/surprise';
import type { TrainingEpisode } from '../../dynamics/types';

/** What a model needs of a step to be compared with it. */
export interface StepShape {
  observations: number;
  actions: number;
  history: number;
  periodSeconds: number;
}

/** Of a row, what counts. */
export interface WatchedRow {
  observation: number[];
  action: number[];
  deviceSeconds: number;
}

/** The last step of a stretch of rows; null where it did not take one control period or has no history. */
export function lastStep(
  rows: readonly WatchedRow[],
  { history, periodSeconds }: StepShape,
): WatchedStep | null {
  const used = rows.slice(-history - 1);
  const next = used.at(-1);
  if (used.length <= history || next === undefined) return null;
  const deviceSeconds = Float64Array.from(used, (row) => row.deviceSeconds);
  if (regularSteps({ rows: used.length, deviceSeconds }, periodSeconds).length < history) return null;
  const before = used.slice(0, -1);
  return {
    observations: before.map(({ observation }) => observation),
    actions: before.map(({ action }) => action),
    next: next.observation,
  };
}

/** Steps of recorded episodes, at most `limit` of them, evenly spread. */
export function recordedSteps(
  episodes: readonly TrainingEpisode[],
  shape: StepShape,
  limit: number,
): WatchedStep[] {
  const { observations, actions, history } = shape;
  const rowsOf = ({ columns }: TrainingEpisode, from: number, to: number): WatchedRow[] =>
    Array.from({ length: to - from }, (_, i) => {
      const cut = (values: Float64Array, width: number) => [
        ...values.subarray((from + i) * width, (from + i + 1) * width),
      ];
      return {
        observation: cut(columns.observations, observations),
        action: cut(columns.actions, actions),
        deviceSeconds: columns.deviceSeconds?.[from + i] ?? (from + i) * shape.periodSeconds,
      };
    });
  const ends = episodes.flatMap((episode) =>
    Array.from({ length: Math.max(0, episode.columns.rows - history) }, (_, i) => ({
      episode,
      end: i + history,
    })),
  );
  const every = Math.max(1, ends.length / limit);
  const chosen = Array.from(
    { length: Math.floor(ends.length / every) },
    (_, i) => ends[Math.floor(i * every)],
  );
  return chosen.flatMap((one) => {
    if (!one) return [];
    return lastStep(rowsOf(one.episode, one.end - history, one.end + 1), shape) ?? [];
  });
}
