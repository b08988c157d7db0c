import type { Database } from 'better-sqlite3';
import type { EpisodeColumns } from '../../shared/episode';
import type { ChunkLayout } from './chunks';

/**
 * A stretch of a recording as a trimmed, split or merged episode shows it: rows `from` to `to` (exclusive) of `source` are its
 * rows from `firstRow` on. Sources are recordings, never episodes that are made of parts themselves.
 */
export interface Part {
  firstRow: number;
  source: number;
  from: number;
  to: number;
  /** Added to the source's times, s. */
  hostShift: number;
  deviceShift: number;
}

/** Pictures of a camera that a part shows: those of the source with a number of `from` to `to` (exclusive). */
export interface PartFrames {
  source: number;
  from: number;
  to: number;
  /** Added to their numbers. */
  shift: number;
  hostShift: number;
  deviceShift: number;
}

export const rowsIn = ({ from, to }: Pick<Part, 'from' | 'to'>): number => to - from;

/** In their order; none for a recording. */
export function partsOf(database: Database, episode: number): Part[] {
  return database
    .prepare<[number], Part>(
      `SELECT first_row AS firstRow, source, from_row AS "from", to_row AS "to",
         host_shift AS hostShift, device_shift AS deviceShift
       FROM parts WHERE episode = ? ORDER BY first_row`,
    )
    .all(episode);
}

/** In their order; none for a recording, or where nothing was seen. */
export function framePartsOf(database: Database, episode: number, camera: number): PartFrames[] {
  return database
    .prepare<[number, number], PartFrames>(
      `SELECT p.source, f.from_sequence AS "from", f.to_sequence AS "to", f.shift,
         p.host_shift AS hostShift, p.device_shift AS deviceShift
       FROM part_frames f JOIN parts p ON p.episode = f.episode AND p.first_row = f.first_row
       WHERE f.episode = ? AND f.camera = ? ORDER BY f.first_row`,
    )
    .all(episode, camera);
}

export interface NewPart extends Part {
  /** Of each camera that saw something of it, by its place among the cameras. */
  frames: Map<number, { from: number; to: number; shift: number }>;
}

/** The caller holds the transaction. */
export function insertParts(database: Database, episode: number, parts: readonly NewPart[]): void {
  const insert = database.prepare('INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)');
  const insertFrames = database.prepare('INSERT INTO part_frames VALUES (?, ?, ?, ?, ?, ?)');
  for (const { firstRow, source, from, to, hostShift, deviceShift, frames } of parts) {
    insert.run(episode, firstRow, source, from, to, hostShift, deviceShift);
    for (const [camera, seen] of frames) {
      insertFrames.run(episode, firstRow, camera, seen.from, seen.to, seen.shift);
    }
  }
}

/**
 * Rows of a source, `sourceRow` and those that follow it, as rows of the episode that shows them; changed in place. Where a part
 * ends, the action leads nowhere, as at the end of a recording, and so does the plan behind it; the reward on arriving at its
 * first row belongs to a step that is not shown.
 */
export function asPart(
  piece: EpisodeColumns,
  sourceRow: number,
  part: Part,
  { observations, actions }: ChunkLayout,
): void {
  const { from, to, hostShift, deviceShift, firstRow } = part;
  if (hostShift !== 0) piece.hostSeconds = piece.hostSeconds.map((second) => second + hostShift);
  if (deviceShift !== 0) piece.deviceSeconds = piece.deviceSeconds.map((second) => second + deviceShift);
  const later = firstRow - from;
  if (later !== 0) {
    piece.predictions = piece.predictions.map((one) => one && { ...one, firstStep: one.firstStep + later });
    if (piece.plans) piece.plans.firstStep = piece.plans.firstStep.map((step) => step + later);
  }
  const first = from - sourceRow;
  if (from > 0 && first === 0 && !Number.isNaN(piece.reward[0])) piece.reward[0] = 0;
  const last = to - 1 - sourceRow;
  if (last < 0 || last >= piece.rows) return;
  piece.actions.fill(Number.NaN, last * actions, (last + 1) * actions);
  piece.requested.fill(Number.NaN, last * actions, (last + 1) * actions);
  piece.predictions[last] = undefined;
  for (const column of Object.values(piece.insight ?? {})) column[last] = Number.NaN;
  if (piece.plans === undefined) return;
  piece.plans.firstStep[last] = Number.NaN;
  piece.plans.horizon[last] = Number.NaN;
  piece.plans.nextMean.fill(Number.NaN, last * observations, (last + 1) * observations);
  piece.plans.nextStd.fill(Number.NaN, last * observations, (last + 1) * observations);
}
