import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { pixelsOf } from './size';

/** Part of a recorded episode with what was seen in it. */
export interface SeenEpisode {
  id: number;
  /** Row of the recorded episode that it begins at. */
  firstRow: number;
  rows: number;
  /** [frames, height, size, colours], 0 to 255; of several cameras one below the other. */
  pictures: Uint8Array;
  /** [rows] which of them each row saw; −1 where there was none yet. */
  seen: Int32Array;
  /** Of several cameras, for each of the pictures: which picture of each camera it is made of, [frames][cameras]. */
  parts?: readonly (readonly number[])[];
  /** [rows, actions], executed from each row; not a number on the last. */
  actions: Float64Array;
  /** [rows] reward on the row it arrived at. */
  reward: Float64Array;
  /** [rows] device time. */
  deviceSeconds: Float64Array;
  /** [rows, numbers beside the pictures]: channels, then the actions executed at the steps before. */
  beside: Float64Array;
  /** On its last row the task had ended the episode. */
  ended: boolean;
  /** Rows behind that one in which nothing changes any more (`absorbing`). */
  still?: number;
}

/** The picture that a row saw. Before the first there was none: the first stands for it. */
export function pictureAt({ pictures, seen }: SeenEpisode, row: number, numbers: number): Uint8Array {
  const place = Math.max(0, seen[Math.max(0, row)] as number);
  return pictures.subarray(place * numbers, (place + 1) * numbers);
}

/** The pictures that a state is inferred from at a row, oldest first, [stack]. */
export function picturesAt(
  episode: SeenEpisode,
  row: number,
  summary: Pick<EyesSummary, 'stack' | 'size' | 'colour' | 'others'>,
): Uint8Array[] {
  const numbers = pixelsOf(summary);
  return Array.from({ length: summary.stack }, (_, age) =>
    pictureAt(episode, row - (summary.stack - 1) + age, numbers),
  );
}

/** The first row that saw a picture; as many as there are rows where none did. */
export function firstSeeing({ seen, rows }: SeenEpisode): number {
  const first = seen.findIndex((place) => place >= 0);
  return first < 0 ? rows : first;
}

/** The numbers beside the pictures of a row. */
export function besideAt({ beside, rows }: SeenEpisode, row: number): Float64Array {
  const width = beside.length / rows;
  return beside.subarray(row * width, (row + 1) * width);
}

/** On a row of it the task has ended the episode. */
export const hasEnded = ({ ended, rows, still = 0 }: SeenEpisode, row: number): boolean =>
  ended && row >= rows - 1 - still;

/**
 * An episode that its task has ended, with rows behind its end in which nothing moves and nothing is earned: an end is rare, and what is
 * learned over windows of several steps would meet it at the last step of a window alone. Any other as it is.
 */
export function absorbing(episode: SeenEpisode, still: number): SeenEpisode {
  const { rows, actions, reward, deviceSeconds, beside, seen, ended } = episode;
  if (!ended || rows < 2) return episode;
  const period = (deviceSeconds[rows - 1]! - deviceSeconds[0]!) / (rows - 1);
  const width = actions.length / rows;
  const longer = (values: Float64Array, each: number, of: (i: number, k: number) => number) => {
    const all = new Float64Array(values.length + still * each);
    all.set(values);
    for (let k = 0; k < still; k++) {
      for (let i = 0; i < each; i++) all[values.length + k * each + i] = of(i, k);
    }
    return all;
  };
  const whole = longer(actions, width, (_, k) => (k === still - 1 ? Number.NaN : 0));
  whole.fill(0, (rows - 1) * width, rows * width);
  const own = beside.length / rows;
  return {
    ...{ ...episode, rows: rows + still, still, actions: whole },
    reward: longer(reward, 1, () => 0),
    deviceSeconds: longer(deviceSeconds, 1, (_, k) => deviceSeconds[rows - 1]! + (k + 1) * period),
    beside: longer(beside, own, (i) => beside[(rows - 1) * own + i]!),
    seen: Int32Array.from({ length: rows + still }, (_, row) => seen[Math.min(row, rows - 1)]!),
  };
}
