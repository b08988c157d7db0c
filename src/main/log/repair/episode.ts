import type { Database } from 'better-sqlite3';
import { plansChecksum } from '../checksum';
import { type ChunkLayout, emptyColumns } from '../chunks';
import type { EpisodeTable } from '../episode-table';
import { FrameTable } from '../frame-table';
import type { Recorder } from '../recorder';
import { extentDamage, readChunk, type StoredChunk } from '../stored-chunk';
import { tallyOfStored } from '../stored-tally';

/** Chunks that follow each other and are what was written: rows `from` to `to` (exclusive). */
interface Stretch {
  from: number;
  to: number;
}

export interface RepairParts {
  database: Database;
  episodes: EpisodeTable;
  recorder: Recorder;
}

/**
 * Mends one episode, in one transaction: plans that are not what was written are dropped and their rows kept; rows that are
 * not what was written are taken out, the episode ends before them, and each whole stretch behind them becomes an episode
 * of its own; pictures that are not what was written are taken out; counts are made anew; tags that cannot be read are emptied.
 * @returns what was done, a sentence each
 */
export function repairEpisode(parts: RepairParts, id: number): string[] {
  return parts.database.transaction(() => [
    ...mendTags(parts, id),
    ...mendRows(parts, id),
    ...new FrameTable(parts.database).mend(id),
  ])();
}

function mendTags({ database }: RepairParts, id: number): string[] {
  const tags = database.prepare<[number], string>('SELECT tags FROM episodes WHERE id = ?').pluck().get(id);
  if (tags === undefined || isTextList(tags)) return [];
  database.prepare("UPDATE episodes SET tags = '[]' WHERE id = ?").run(id);
  return [`Episode ${id} has no tags any more: they could not be read.`];
}

function isTextList(json: string): boolean {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((one) => typeof one === 'string');
  } catch {
    return false;
  }
}

function mendRows(parts: RepairParts, id: number): string[] {
  const { database, episodes } = parts;
  const layout = episodes.layout(id);
  const { stretches, broken, droppedPlans } = survey(parts, id, layout);
  const done = droppedPlans.map(
    ([from, to]) =>
      `Episode ${id} says no more what was planned in steps ${from} to ${to}; its rows are kept.`,
  );
  const whole = !broken && stretches.length <= 1 && (stretches[0]?.from ?? 0) === 0;
  if (!whole) done.push(...divide(parts, id, layout, stretches));
  const counted = tallyOfStored(database, episodes, id);
  if (counted.rows !== storedCount(database, id) && whole) {
    done.push(`Episode ${id} counts ${Math.max(0, counted.rows - 1)} steps, as many as it has rows for.`);
  }
  if (done.length > 0) {
    episodes.count(id, counted);
    // They were made of rows that are not there any more.
    database.prepare('DELETE FROM digests WHERE episode = ?').run(id);
  }
  return done;
}

const storedCount = (database: Database, id: number) =>
  database.prepare<[number], number>('SELECT rows FROM episodes WHERE id = ?').pluck().get(id);

/** Looks at every chunk: plans that are not what was written are dropped, and so are chunks whose rows are not. */
function survey({ database, episodes }: RepairParts, id: number, layout: ChunkLayout) {
  const stretches: Stretch[] = [];
  const droppedPlans: [number, number][] = [];
  const remove = database.prepare('DELETE FROM chunks WHERE episode = ? AND first_row = ?');
  let broken = false;
  for (const extent of episodes.extents(id)) {
    const { first_row } = extent;
    const last = stretches.at(-1);
    // Lengths come first: a chunk that calls itself a billion rows long takes no memory.
    const fits = extentDamage(id, [{ ...extent, first_row: 0 }], layout) === undefined;
    if (!fits || (last?.to ?? 0) > first_row || !rowsAreWhole(episodes, id, first_row, layout)) {
      remove.run(id, first_row);
      broken = true;
      continue;
    }
    const stored = episodes.chunk(id, first_row);
    const into = emptyColumns(stored.rows, layout);
    if (readChunk({ episode: id, chunk: 0, plans: true }, stored, layout, into, 0)) {
      dropPlans(database, id, stored);
      droppedPlans.push([first_row, first_row + stored.rows - 1]);
    }
    if (last?.to === first_row) last.to += stored.rows;
    else stretches.push({ from: first_row, to: first_row + stored.rows });
  }
  return { stretches, broken, droppedPlans };
}

function rowsAreWhole(episodes: EpisodeTable, id: number, firstRow: number, layout: ChunkLayout): boolean {
  const stored = { ...episodes.chunk(id, firstRow), predictions: null, insight: null };
  const into = emptyColumns(stored.rows, layout);
  return readChunk({ episode: id, chunk: 0, plans: false }, stored, layout, into, 0) === undefined;
}

function dropPlans(database: Database, id: number, stored: StoredChunk): void {
  const empty = { rows: stored.rows, predictions: null, insight: null };
  const sum = plansChecksum({ episode: id, firstRow: stored.first_row }, empty);
  database
    .prepare(
      'UPDATE chunks SET predictions = NULL, insight = NULL, plans_checksum = ? WHERE episode = ? AND first_row = ?',
    )
    .run(sum, id, stored.first_row);
}

/** The episode keeps what is whole from its beginning; every stretch behind that becomes an episode. */
function divide(parts: RepairParts, id: number, layout: ChunkLayout, stretches: Stretch[]): string[] {
  const { database, episodes } = parts;
  const kept = stretches[0]?.from === 0 ? stretches[0].to : 0;
  const others = stretches.filter(({ from }) => from > 0);
  const moved = others.map((stretch) => [stretch, move(parts, id, layout, stretch)] as const);
  database.prepare('DELETE FROM chunks WHERE episode = ? AND first_row >= ?').run(id, kept);
  const sentence =
    kept === 0
      ? `Nothing of episode ${id} is left: its first rows were damaged.`
      : `Episode ${id} ends at step ${kept - 1}: the rows behind it were damaged.`;
  episodes.finish(id, 'interrupted', false, sentence);
  return [
    sentence,
    ...moved.map(
      ([{ from, to }, other]) =>
        `Steps ${from} to ${to - 1} of episode ${id}, which lay behind the damage, are episode ${other} now.`,
    ),
  ];
}

/** @returns the number of the new episode */
function move(parts: RepairParts, id: number, layout: ChunkLayout, { from, to }: Stretch): number {
  const { database, episodes, recorder } = parts;
  const [first] = episodes.pieces(id, { from, to: from + 1 });
  const offset = first?.hostSeconds[0] ?? 0;
  const { lastInsertRowid } = database
    .prepare(
      `INSERT INTO episodes (rig, source, state, started_at, period_seconds, run, seed, tags, deleted_at, software)
       SELECT rig, source, 'interrupted', started_at + ?, period_seconds, run, seed, tags, deleted_at, software
       FROM episodes WHERE id = ?`,
    )
    .run(Math.round(1000 * offset), id);
  const other = Number(lastInsertRowid);
  let at = 0;
  for (const piece of episodes.pieces(id, { from, to }, true)) {
    piece.hostSeconds = piece.hostSeconds.map((second) => second - offset);
    piece.predictions = piece.predictions.map((one) => one && { ...one, firstStep: one.firstStep - from });
    recorder.insertRows(other, layout, at, piece);
    at += piece.rows;
  }
  database
    .prepare('UPDATE events SET episode = ?, step = step - ? WHERE episode = ? AND step >= ? AND step < ?')
    .run(other, from, id, from, to);
  episodes.count(other, tallyOfStored(database, episodes, other));
  episodes.finish(
    other,
    'interrupted',
    false,
    `Steps ${from} to ${to - 1} of episode ${id}, whose rows before them were damaged.`,
  );
  return other;
}
