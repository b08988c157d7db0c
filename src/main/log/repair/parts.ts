import type { Database } from 'better-sqlite3';
import type { EpisodeTable } from '../episode-table';
import { partsOf, rowsIn } from '../parts';
import { tallyOfStored } from '../stored-tally';
import type { RepairParts } from './episode';

/**
 * Mends episodes that show rows of recordings, after the recordings were mended: where one has fewer rows than are shown of it,
 * what shows it ends there, as the recording itself does.
 * @returns what was done, a sentence each
 */
export function repairParts({ database, episodes }: RepairParts): string[] {
  return database.transaction(() => {
    const ids = database
      .prepare<[], number>('SELECT DISTINCT episode FROM parts ORDER BY episode')
      .pluck()
      .all();
    return ids.flatMap((id) => mendOne(database, episodes, id));
  })();
}

function mendOne(database: Database, episodes: EpisodeTable, id: number): string[] {
  const rowsOf = database.prepare<[number], number>('SELECT rows FROM episodes WHERE id = ?').pluck();
  const parts = partsOf(database, id);
  let kept = 0;
  const ends = parts.findIndex((part) => {
    const to = Math.min(part.to, rowsOf.get(part.source) ?? 0);
    // A part before it may be gone with its recording.
    if (part.firstRow !== kept) return true;
    kept += Math.max(0, rowsIn({ from: part.from, to }));
    return to < part.to;
  });
  const last = parts[ends];
  if (last === undefined) return [];
  if (kept > last.firstRow) {
    database
      .prepare('UPDATE parts SET to_row = ? WHERE episode = ? AND first_row = ?')
      .run(last.from + kept - last.firstRow, id, last.firstRow);
  }
  for (const table of ['parts', 'part_frames']) {
    database.prepare(`DELETE FROM ${table} WHERE episode = ? AND first_row >= ?`).run(id, kept);
  }
  database.prepare('DELETE FROM events WHERE episode = ? AND step >= ?').run(id, kept);
  database.prepare('DELETE FROM digests WHERE episode = ?').run(id);
  const sentence =
    kept === 0
      ? `Nothing of episode ${id} is left: a recording that it shows was damaged.`
      : `Episode ${id} ends at step ${kept - 1}: a recording that it shows was damaged.`;
  episodes.count(id, tallyOfStored(database, episodes, id));
  episodes.finish(id, 'interrupted', false, sentence);
  return [sentence];
}
