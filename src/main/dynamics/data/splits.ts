import type { Random } from '../../../shared/random';
import type { TrainingEpisode } from '../types';
import { sharedIntegers } from './shared-arrays';

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
 * @param following as Transitions.following: of every transition the next index, or −1
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
  const pieces = stretches(following, length);
  let taken = 0;
  for (const piece of spreadOut(pieces.first.length, Math.ceil(size / length), random)) {
    if (taken >= size) break;
    const steps = Math.min(pieces.steps[piece], Math.max(least, size - taken));
    // Of a large share, the last stretch must not take most of what was to be learned from.
    if (taken + steps - size > (count - size) / 2) continue;
    isHeldOut.fill(1, pieces.first[piece], pieces.first[piece] + steps);
    taken += steps;
  }
  const [train, held] = [sharedIntegers(count - taken), sharedIntegers(taken)];
  let [learned, kept] = [0, 0];
  for (let index = 0; index < count; index++) {
    if (isHeldOut[index] === 1) held[kept++] = index;
    else train[learned++] = index;
  }
  return { holdOut: held, train };
}

/** All of so many pieces in a random order that begins with one of each of `first` equal parts of the recording. */
function* spreadOut(pieces: number, first: number, random: Random): Generator<number> {
  const parts = Math.min(first, pieces);
  const chosen = new Set(
    Array.from({ length: parts }, (_, part) => Math.floor(((part + random.uniform()) * pieces) / parts)),
  );
  yield* random.shuffle([...chosen]);
  const rest = new Int32Array(pieces - chosen.size);
  for (let piece = 0, at = 0; piece < pieces; piece++) if (!chosen.has(piece)) rest[at++] = piece;
  yield* random.shuffle(rest);
}

/** Transitions in pieces of `length` that follow one another, or fewer at the end of an uninterrupted run. */
function stretches(following: Int32Array, length: number): { first: Int32Array; steps: Int32Array } {
  let pieces = 0;
  let open = 0;
  const walk = (end: (last: number, steps: number) => void) => {
    [pieces, open] = [0, 0];
    for (let at = 0; length > 0 && at < following.length; at++) {
      open++;
      if (open < length && following[at] === at + 1) continue;
      end(at, open);
      pieces++;
      open = 0;
    }
  };
  walk(() => undefined);
  const [first, steps] = [new Int32Array(pieces), new Int32Array(pieces)];
  walk((last, count) => {
    first[pieces] = last - count + 1;
    steps[pieces] = count;
  });
  return { first, steps };
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
