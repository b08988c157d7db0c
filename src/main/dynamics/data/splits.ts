import type { Random } from '../../../shared/random';
import type { TrainingEpisode } from '../types';

/** A hold-out smaller than this cannot tell a good member from a lucky one. */
export const MIN_HOLD_OUT = 10;
/** More than this decides no better and is judged on after every pass (MBPO's limit). */
const MAX_HOLD_OUT = 5000;

/** Which transitions are learned from and which decide when to stop, indices into Transitions. */
export interface Split {
  train: Int32Array;
  holdOut: Int32Array;
}

/**
 * Seeded random split. A hold-out of fewer than MIN_HOLD_OUT transitions would decide by chance, so then there
 * is none and the training loss decides.
 * @param windows whole stretches of `length` transitions that follow one another are held out instead of single ones:
 *   where predictions are unrolled, the transitions around every held-out one are lost for both sides
 */
export function splitTransitions(
  count: number,
  holdOut: number,
  random: Random,
  windows?: { length: number; following: Int32Array },
): Split {
  const heldOut = Math.floor(count * holdOut);
  const size = heldOut < MIN_HOLD_OUT ? 0 : Math.min(heldOut, MAX_HOLD_OUT);
  if (windows === undefined || windows.length === 1) {
    const order = random.shuffle(Int32Array.from({ length: count }, (_, i) => i));
    return { holdOut: order.slice(0, size), train: order.slice(size) };
  }
  const isHeldOut = new Uint8Array(count);
  let taken = 0;
  for (const stretch of random.shuffle(stretches(windows.following, Math.min(windows.length, size)))) {
    if (taken >= size) break;
    for (const index of stretch) isHeldOut[index] = 1;
    taken += stretch.length;
  }
  const every = Int32Array.from({ length: count }, (_, i) => i);
  return {
    holdOut: every.filter((index) => isHeldOut[index] === 1),
    train: every.filter((index) => isHeldOut[index] === 0),
  };
}

/** Transitions in pieces of `length` that follow one another, or fewer at the end of an uninterrupted run. */
function stretches(following: Int32Array, length: number): number[][] {
  const hasBefore = new Uint8Array(following.length);
  for (const next of following) if (next >= 0) hasBefore[next] = 1;
  const pieces: number[][] = [];
  if (length === 0) return pieces;
  following.forEach((_, first) => {
    if (hasBefore[first] === 1) return;
    let piece: number[] = [];
    for (let at = first; at >= 0; at = following[at]) {
      piece.push(at);
      if (piece.length < length && following[at] >= 0) continue;
      pieces.push(piece);
      piece = [];
    }
  });
  return pieces;
}

/**
 * The first part of every episode to learn from, the last `lastFraction` of its transitions to judge on. The row
 * between them belongs to both: it ends the last transition of one and begins the first of the other.
 */
export function splitEpisodes(
  episodes: readonly TrainingEpisode[],
  lastFraction: number,
): { first: TrainingEpisode[]; last: TrainingEpisode[] } {
  const parts = episodes.map((episode) => {
    const transitions = Math.max(0, episode.columns.rows - 1);
    const kept = transitions - Math.floor(transitions * lastFraction);
    return { first: episodeRows(episode, 0, kept + 1), last: episodeRows(episode, kept, transitions + 1) };
  });
  return {
    first: parts.map(({ first }) => first),
    last: parts.map(({ last }) => last).filter(({ columns }) => columns.rows > 1),
  };
}

/** Rows [from, to) of an episode, as views. */
export function episodeRows(
  { id, columns, firstRow = 0 }: TrainingEpisode,
  from: number,
  to: number,
): TrainingEpisode {
  const cut = (values: Float64Array) => {
    const width = columns.rows === 0 ? 0 : values.length / columns.rows;
    return values.subarray(from * width, to * width);
  };
  const rows = Math.min(to, columns.rows) - from;
  return {
    id,
    firstRow: firstRow + from,
    columns: {
      rows,
      observations: cut(columns.observations),
      actions: cut(columns.actions),
      ...(columns.deviceSeconds && { deviceSeconds: cut(columns.deviceSeconds) }),
      ...(columns.reward && { reward: cut(columns.reward) }),
    },
  };
}
