import type { Database } from 'better-sqlite3';
import type { EpisodeColumns } from '../../../shared/episode';
import type { EpisodeFlag } from '../../../shared/flags';
import type { EpisodeTable } from '../episode-table';
import { FrameTable } from '../frame-table';
import { rowAt } from '../row-at';
import { Clocks } from './clocks';
import { Frozen } from './frozen';
import { Jerks } from './jerks';
import { Lateness } from './lateness';
import { Numbers } from './numbers';
import { lookAtPictures } from './pictures';
import { Ranges } from './ranges';
import { Saturation } from './saturation';
import type { Detector, LookedAt, LookedRows, ReadRows } from './types';

/** Rows that are looked at on end: a few milliseconds, also of a rig with a hundred channels. */
const SLICE_ROWS = 512;

/** Rows that come a stretch at a time. */
export type Pieces = Iterable<EpisodeColumns & { firstRow: number }>;

/**
 * What is doubtful about the rows of an episode. Pure, but for where the rows come from: `pieces` once from beginning to end,
 * `read` for a closer look. Yields between slices of the work.
 */
export function* lookAtRows(
  episode: LookedAt,
  pieces: Pieces,
  read: ReadRows,
): Generator<void, { flags: EpisodeFlag[]; ranges: number[] }> {
  // The clocks first: they say how rows follow each other.
  const detectors: Detector[] = [
    new Clocks(episode),
    new Numbers(episode),
    new Jerks(episode),
    new Frozen(episode, read),
    new Saturation(episode),
    new Lateness(episode),
  ];
  const ranges = new Ranges(episode.observations.length);
  for (const piece of pieces) {
    for (let from = 0; from < piece.rows; from += SLICE_ROWS) {
      const rows = sliceOf(piece, episode, from, Math.min(piece.rows, from + SLICE_ROWS));
      for (const detector of detectors) detector.take(rows);
      ranges.take(rows.observations);
      yield;
    }
  }
  return { flags: detectors.flatMap((detector) => detector.end()), ranges: ranges.all() };
}

/** What is doubtful about an episode of the log. @throws ForesightError not-found; bad-file: a chunk is not what was written */
export function* lookAt(
  database: Database,
  episodes: EpisodeTable,
  id: number,
): Generator<void, EpisodeFlag[]> {
  const { observations, actions, periodSeconds, steps } = episodes.get(id);
  const read: ReadRows = (from, to) => episodes.columns(id, { from, to });
  const looked = { observations, actions, periodSeconds, rows: steps + 1, events: episodes.events(id) };
  const { flags, ranges } = yield* lookAtRows(looked, episodes.pieces(id), read);
  const frames = new FrameTable(database);
  for (const [camera, { name, dropped }] of frames.cameras(id).entries()) {
    const motion = { rowAt: (second: number) => rowAt(database, id, second), rows: steps + 1, ranges, read };
    flags.push(...(yield* lookAtPictures(database, frames, { episode: id, camera, name, dropped }, motion)));
  }
  return flags.sort((a, b) => a.from - b.from);
}

/** All of it at once. */
export function finished<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

function sliceOf(
  piece: EpisodeColumns & { firstRow: number },
  { observations, actions }: LookedAt,
  from: number,
  to: number,
): LookedRows {
  const cut = (matrix: Float64Array, width = 1) => matrix.subarray(from * width, to * width);
  return {
    ...piece,
    ...{ rows: to - from, firstRow: piece.firstRow + from, follows: new Uint8Array(to - from) },
    ...{ hostSeconds: cut(piece.hostSeconds), deviceSeconds: cut(piece.deviceSeconds) },
    ...{ reward: cut(piece.reward), latenessSeconds: cut(piece.latenessSeconds) },
    observations: cut(piece.observations, observations.length),
    actions: cut(piece.actions, actions.length),
  };
}
