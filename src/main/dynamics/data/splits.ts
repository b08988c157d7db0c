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

/** Held-out stretches: so many at least, each of so many transitions. */
const STRETCHES = 4;
const STRETCH = { least: 5, most: 25 };

/**
 * Seeded random split by stretches of transitions that follow one another, spread over the whole recording. Single ones
 * would lie between two neighbours that are learned from and nearly the same, and a member that has only learned them by
 * heart would do well on them. A hold-out of fewer than MIN_HOLD_OUT transitions would decide by chance, so then there is none
 * and the training loss decides.
 * @param following as Transitions.following
 * @param lengths of a stretch: `least` where the loss unrolls predictions, because the transitions around every held-out
 *   stretch are then lost for both sides; `most` where what is newer weighs more, because the newest must be judged too
 */
export function splitTransitions(
  following: Int32Array,
  holdOut: number,
  random: Random,
  { least = STRETCH.least, most = STRETCH.most }: { least?: number; most?: number } = {},
): Split {
  const count = following.length;
  const heldOut = Math.floor(count * holdOut);
  const size = heldOut < MIN_HOLD_OUT ? 0 : Math.min(heldOut, MAX_HOLD_OUT);
  const usual = Math.max(STRETCH.least, Math.min(most, STRETCH.most, Math.round(size / STRETCHES)));
  const length = Math.min(size, Math.max(least, usual));
  const isHeldOut = new Uint8Array(count);
  let taken = 0;
  for (const whole of spreadOut(stretches(following, length), Math.ceil(size / length), random)) {
    if (taken >= size) break;
    const stretch = whole.slice(0, Math.max(least, size - taken));
    // Of a large share, the last stretch must not take most of what was to be learned from.
    if (taken + stretch.length - size > (count - size) / 2) continue;
    for (const index of stretch) isHeldOut[index] = 1;
    taken += stretch.length;
  }
  const every = Int32Array.from({ length: count }, (_, i) => i);
  return {
    holdOut: every.filter((index) => isHeldOut[index] === 1),
    train: every.filter((index) => isHeldOut[index] === 0),
  };
}

/** All pieces in a random order that begins with one of each of `first` equal parts of the recording. */
function spreadOut<T>(pieces: readonly T[], first: number, random: Random): T[] {
  const parts = Math.min(first, pieces.length);
  const chosen = new Set(
    Array.from({ length: parts }, (_, part) =>
      Math.floor(((part + random.uniform()) * pieces.length) / parts),
    ),
  );
  const rest = [...pieces.keys()].filter((index) => !chosen.has(index));
  return [...random.shuffle([...chosen]), ...random.shuffle(rest)].map((index) => pieces[index]);
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
