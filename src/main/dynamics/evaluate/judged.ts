import { wrapAngle } from '../../../shared/angles';
import type { ModelSummary } from '../../../shared/model';
import { type ModelLayout, stateFrom } from '../layout';
import type { TrainingEpisode } from '../types';

/** A row that predictions start from. */
export interface Start {
  episode: TrainingEpisode;
  row: number;
}

/** A channel whose prediction is compared with what was recorded: an observation, or the reward after them. */
export interface JudgedChannel {
  name: string;
  unit: string;
  angle: boolean;
}

/** Observations, and the reward where the model predicts it and every episode has it. */
export function judgedChannels(
  { observations, options }: Pick<ModelSummary, 'observations' | 'options'>,
  episodes: readonly TrainingEpisode[],
): JudgedChannel[] {
  const plain = observations.map(({ name, unit, angle }) => ({ name, unit, angle }));
  const hasReward = ({ columns: { rows, reward } }: TrainingEpisode) =>
    reward !== undefined && reward.length === rows && reward.subarray(1).every(Number.isFinite);
  if (!options.rewardHead || !episodes.every(hasReward)) return plain;
  return [...plain, { name: 'reward', unit: '', angle: false }];
}

/** What was recorded of a judged channel. `observations` is how many of these there are; the next one is the reward. */
export function recorded(
  { columns }: TrainingEpisode,
  row: number,
  channel: number,
  observations: number,
): number {
  if (channel < observations) return columns.observations[row * observations + channel];
  return columns.reward?.[row] ?? Number.NaN;
}

/** a − b, of angles the shorter way. */
export const difference = ({ angle }: { angle: boolean }, a: number, b: number): number =>
  angle ? wrapAngle(a - b) : a - b;

/** Rows that a start needs before it: its history, and one for the velocity of the trivial predictor. */
export const rowsBefore = ({ options }: Pick<ModelSummary, 'options'>): number =>
  Math.max(1, options.history - 1);

/** Steps recorded after a start. */
export const stepsAfter = ({ episode, row }: Start): number => episode.columns.rows - 1 - row;

/** Did the observation of the row come in time? */
export const inTime = ({ late }: TrainingEpisode, row: number): boolean => late?.[row] !== 1;

/** Is there something to compare with `step` steps after a start? */
export const isSeen = (start: Start, step: number): boolean =>
  step <= stepsAfter(start) && inTime(start.episode, start.row + step);

/** Rows that a prediction can start from: in time themselves, as are `before` rows before them and the one after. */
export function startRows(episode: TrainingEpisode, before: number): number[] {
  const rows: number[] = [];
  // Rows in time up to here, without a break.
  let run = 0;
  for (let row = 0; row + 1 < episode.columns.rows; row++) {
    run = inTime(episode, row) ? run + 1 : 0;
    if (run > before && inTime(episode, row + 1)) rows.push(row);
  }
  return rows;
}

/** Rows to start from, at most `limit` of them, evenly spaced over all episodes together. */
export function chooseStarts(episodes: readonly TrainingEpisode[], before: number, limit: number): Start[] {
  const usable = episodes.map((episode) => startRows(episode, before));
  const counts = usable.map(({ length }) => length);
  const total = counts.reduce((a, b) => a + b, 0);
  const chosen = Math.min(total, limit);
  const starts: Start[] = [];
  let [index, first] = [0, 0];
  for (let i = 0; i < chosen; i++) {
    const at = total <= limit ? i : Math.floor(((i + 0.5) * total) / limit);
    while (at >= first + counts[index]) first += counts[index++];
    starts.push({ episode: episodes[index] as TrainingEpisode, row: usable[index][at - first] });
  }
  return starts;
}

/** The state at a recorded row that has its history before it. */
export function recordedState(layout: ModelLayout, { columns }: TrainingEpisode, row: number): Float32Array {
  const first = Math.max(0, row - layout.history + 1);
  const rowsOf = (values: Float64Array, width: number) =>
    Array.from({ length: row - first + 1 }, (_, i) =>
      values.subarray((first + i) * width, (first + i + 1) * width),
    );
  return stateFrom(
    layout,
    rowsOf(columns.observations, layout.angles.length),
    rowsOf(columns.actions, layout.actions),
    new Float64Array(layout.actions),
  );
}

/**
 * [steps, batch × lanes, actions] recorded from `offset` steps after each start, the same for every lane of a start; zeros
 * past the episode's end and for rows past the last start.
 */
export function actionsFrom(
  starts: readonly Start[],
  offset: number,
  { steps, batch, lanes = 1 }: { steps: number; batch: number; lanes?: number },
  width: number,
): Float32Array {
  const actions = new Float32Array(steps * batch * lanes * width);
  for (let step = 0; step < steps; step++) {
    starts.forEach(({ episode, row }, i) => {
      const at = row + offset + step;
      if (at >= episode.columns.rows - 1) return;
      const action = episode.columns.actions.subarray(at * width, (at + 1) * width);
      for (let lane = 0; lane < lanes; lane++) {
        actions.set(action, ((step * batch + i) * lanes + lane) * width);
      }
    });
  }
  return actions;
}

/** Below this share of its largest value, what a channel does is lost in float32's 24 bits (as fitNormaliser has it). */
const FLOAT32_RESOLUTION = 1e-6;

/**
 * Standard deviation of every judged channel over all rows, of angles around their circular mean; and of its change
 * over one step (of the reward: of itself, because that is what is predicted).
 * 0 for a channel that stands still.
 */
export function spreads(
  channels: readonly JudgedChannel[],
  episodes: readonly TrainingEpisode[],
  observations: number,
): { spread: number[]; change: number[] } {
  const values = (channel: number, change: boolean): number[] => {
    const isReward = channel >= observations;
    const info = channels[channel] as JudgedChannel;
    return episodes.flatMap((episode) => {
      const at = (row: number) => recorded(episode, row, channel, observations);
      const first = change || isReward ? 1 : 0;
      const rows = Array.from({ length: Math.max(0, episode.columns.rows - first) }, (_, i) => i + first);
      return rows
        .filter((row) => inTime(episode, row) && (!change || inTime(episode, row - 1)))
        .map((row) => (change && !isReward ? difference(info, at(row), at(row - 1)) : at(row)));
    });
  };
  const deviation = (info: JudgedChannel, list: number[], circular: boolean) => {
    if (list.length === 0) return 0;
    const sum = (of: (x: number) => number) => list.reduce((total, x) => total + of(x), 0);
    const mean = circular ? Math.atan2(sum(Math.sin), sum(Math.cos)) : sum((x) => x) / list.length;
    const squares = sum((x) => (circular ? difference(info, x, mean) : x - mean) ** 2);
    const result = Math.sqrt(squares / list.length);
    const largest = list.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    return result <= FLOAT32_RESOLUTION * largest ? 0 : result;
  };
  return {
    spread: channels.map((info, c) => deviation(info, values(c, false), info.angle)),
    change: channels.map((info, c) => deviation(info, values(c, true), false)),
  };
}
