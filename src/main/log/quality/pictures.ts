import type { Database } from 'better-sqlite3';
import type { EpisodeFlag } from '../../../shared/flags';
import type { FrameTable } from '../frame-table';
import { framePartsOf } from '../parts';
import { Ranges } from './ranges';
import { type ReadRows, type Stretch, stepsOf } from './types';

/**
 * So many pictures that are the same to the byte, one after the other, are a camera that shows an old picture, where the rig
 * moves meanwhile: a video camera's noise makes each another one, and a computed picture changes with what is in it.
 */
const LEAST_ALIKE = 5;
/** The rig moves where one of its channels goes over such a share of what it goes over in the episode. */
const MOVES_SHARE = 0.1;
/** Pictures that are compared at once. */
const SLICE = 128;

/** What the rows say about when and how much the rig moved. */
export interface Motion {
  /** The last row that is not after a second on the host's clock. */
  rowAt(second: number): number;
  rows: number;
  /** [observations] what each goes over in the episode. */
  ranges: readonly number[];
  read: ReadRows;
}

interface Camera {
  episode: number;
  /** Its place. */
  camera: number;
  name: string;
  dropped: number;
}

/** Pictures of a camera that are missing and that are repeated; a slice of the work at a time. */
export function* lookAtPictures(
  database: Database,
  frames: FrameTable,
  { episode, camera, name, dropped }: Camera,
  motion: Motion,
): Generator<void, EpisodeFlag[]> {
  const { sequence, hostSeconds } = frames.times(episode, camera);
  const stretchOf = (first: number, last: number): Stretch => ({
    from: motion.rowAt(hostSeconds[first] ?? 0),
    to: motion.rowAt(hostSeconds[last] ?? 0),
  });
  const flags: EpisodeFlag[] = [];
  if (dropped > 0) flags.push(droppedFlag(name, dropped, gapsOf(sequence), stretchOf, motion.rows));
  const alike = yield* alikeRuns(database, episode, camera, sequence);
  for (const { from, to } of alike) {
    const stretch = stretchOf(from, to);
    if (!moves(motion, stretch)) continue;
    const count = to - from;
    const message = `${name} shows the same picture ${count + 1} times ${stepsOf(stretch)} while the rig moves: the camera is frozen.`;
    flags.push({ kind: 'repeated-pictures', channel: name, ...stretch, amount: count, message });
    yield;
  }
  return flags;
}

/** Places of the pictures before and after those that are missing. */
function gapsOf(sequence: Int32Array): Stretch[] {
  const gaps: Stretch[] = [];
  for (let at = 1; at < sequence.length; at++) {
    if ((sequence[at] ?? 0) - (sequence[at - 1] ?? 0) > 1) gaps.push({ from: at - 1, to: at });
  }
  return gaps;
}

function droppedFlag(
  name: string,
  dropped: number,
  gaps: readonly Stretch[],
  stretchOf: (first: number, last: number) => Stretch,
  rows: number,
): EpisodeFlag {
  const [first, last] = [gaps[0], gaps.at(-1)];
  // Those that are missing before the first picture or after the last leave no gap.
  const range = first && last ? stretchOf(first.from, last.to) : { from: 0, to: Math.max(0, rows - 1) };
  const places = gaps.length > 1 ? ` in ${gaps.length} places` : '';
  const message = `${dropped} ${dropped === 1 ? 'picture' : 'pictures'} of ${name} ${dropped === 1 ? 'is' : 'are'} missing${places}, ${stepsOf(range)}: steps there saw an older one.`;
  return { kind: 'dropped-pictures', channel: name, ...range, amount: dropped, message };
}

/** Places of the first and the last of pictures that are the same, `LEAST_ALIKE` or more of them. */
function* alikeRuns(
  database: Database,
  episode: number,
  camera: number,
  sequence: Int32Array,
): Generator<void, Stretch[]> {
  const parts = framePartsOf(database, episode, camera);
  const shown = parts.length > 0 ? parts : [{ source: episode, from: 0, to: 2 ** 31, shift: 0 }];
  // Pictures of the same length are read and compared; of video that is next to none.
  const same = database.prepare<[number, number, number, number], { sequence: number }>(
    `SELECT g.sequence FROM frames f JOIN frames g ON g.episode = f.episode AND g.camera = f.camera
       AND g.sequence = (SELECT min(sequence) FROM frames n
         WHERE n.episode = f.episode AND n.camera = f.camera AND n.sequence > f.sequence)
     WHERE f.episode = ? AND f.camera = ? AND f.sequence >= ? AND f.sequence < ?
       AND length(f.data) = length(g.data) AND f.data = g.data ORDER BY g.sequence`,
  );
  const repeats = new Set<number>();
  for (const { source, from, to, shift } of shown) {
    const last = Math.min(to, (sequence.at(-1) ?? -1) - shift + 1);
    for (let at = from; at < last; at += SLICE) {
      const found = same.all(source, camera, at, Math.min(last, at + SLICE));
      for (const one of found) if (one.sequence < to) repeats.add(one.sequence + shift);
      yield;
    }
  }
  const runs: Stretch[] = [];
  let from = 0;
  for (let at = 1; at <= sequence.length; at++) {
    if (at < sequence.length && repeats.has(sequence[at] ?? -1)) continue;
    if (at - from >= LEAST_ALIKE) runs.push({ from, to: at - 1 });
    from = at;
  }
  return runs;
}

function moves({ ranges, read }: Motion, { from, to }: Stretch): boolean {
  const here = new Ranges(ranges.length).take(read(from, to + 1).observations).all();
  return ranges.some((range, channel) => range > 0 && (here[channel] ?? 0) >= MOVES_SHARE * range);
}
