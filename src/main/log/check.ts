import type { Database } from 'better-sqlite3';
import { ForesightError } from '../../shared/errors';
import { emptyColumns } from './chunks';
import { type EpisodeTable, rigDigest } from './episode-table';
import { failureCode } from './failures';
import { FrameTable } from './frame-table';
import { partsOf, rowsIn } from './parts';
import { type ChunkDamage, extentDamage, readChunk } from './stored-chunk';
import type { LogCheck } from './types';

/** So many of SQLite's own complaints are kept; a broken page causes hundreds. */
const MOST_COMPLAINTS = 20;

/**
 * Reads the whole log and says what of it is not what was written: pages and indices by SQLite's own check, chunks by
 * their checksums and lengths, the rigs' descriptions by their digests. Nothing is changed.
 */
export function checkLog(database: Database, episodes: EpisodeTable): LogCheck {
  const frames = new FrameTable(database);
  const check: LogCheck = { episodes: 0, chunks: 0, frames: 0, unchecked: 0, damage: [], database: [] };
  const complain = (work: () => void) => {
    try {
      work();
    } catch (thrown) {
      check.database.push(complaintOf(thrown));
    }
  };
  complain(() => check.database.push(...pageComplaints(database)));
  complain(() => check.database.push(...orphanComplaints(database)));
  complain(() => check.database.push(...rigComplaints(database)));
  complain(() => {
    check.frames = Number(database.prepare('SELECT count(*) FROM frames').pluck().get());
    const ids = database
      .prepare<[], number>("SELECT id FROM episodes WHERE state <> 'importing' ORDER BY id")
      .pluck()
      .all();
    check.episodes = ids.length;
    for (const id of ids) {
      checkEpisode(database, episodes, id, check);
      complain(() => {
        for (const what of frames.damage(id)) {
          check.damage.push({ episode: id, chunk: 0, steps: [0, 0], what });
        }
      });
    }
  });
  return check;
}

function checkEpisode(database: Database, episodes: EpisodeTable, id: number, check: LogCheck): void {
  const whole = (what: string): ChunkDamage => ({ episode: id, chunk: 0, steps: [0, 0], what });
  try {
    // A transaction an episode: what is recorded meanwhile can be checkpointed in between.
    database.transaction(() => {
      const layout = episodes.layout(id);
      const extents = episodes.extents(id);
      const gap = extentDamage(id, extents, layout);
      check.chunks += extents.length;
      if (gap !== undefined) check.damage.push(gap);
      let chunk = 0;
      for (const stored of episodes.chunks(id, true)) {
        chunk += 1;
        if (stored.data_checksum === null) check.unchecked += 1;
        if (extents[chunk - 1] === undefined || gap?.chunk === chunk) continue;
        const into = emptyColumns(stored.rows, layout);
        const damage = readChunk({ episode: id, chunk, plans: true }, stored, layout, into, 0);
        if (damage !== undefined) check.damage.push(damage);
      }
      const parts = partsOf(database, id);
      const stored = [...extents, ...parts.map((part) => ({ rows: rowsIn(part) }))].reduce(
        (rows, extent) => rows + extent.rows,
        0,
      );
      for (const { source, to } of parts) {
        const there = Number(database.prepare('SELECT rows FROM episodes WHERE id = ?').pluck().get(source));
        if (to > there)
          check.damage.push(whole(`it shows ${to} rows of recording ${source}, which has ${there}`));
      }
      const { steps } = episodes.get(id);
      if (gap === undefined && Math.max(0, stored - 1) !== steps) {
        check.damage.push(
          whole(`it should have ${steps} steps, and what it is made of holds ${stored} rows`),
        );
      }
    })();
  } catch (thrown) {
    check.damage.push(whole(complaintOf(thrown)));
  }
}

export function pageComplaints(database: Database): string[] {
  const rows = database.pragma(`integrity_check(${MOST_COMPLAINTS})`) as { integrity_check: string }[];
  return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
}

/** Rows of what belongs to an episode, a rig or a run that is not there. */
export function orphansIn(database: Database): { table: string; rowid: number; parent: string }[] {
  return database.pragma('foreign_key_check') as { table: string; rowid: number; parent: string }[];
}

function orphanComplaints(database: Database): string[] {
  return orphansIn(database)
    .slice(0, MOST_COMPLAINTS)
    .map(
      ({ table, rowid, parent }) =>
        `row ${rowid} of ${table} belongs to a row of ${parent} that is not there`,
    );
}

function rigComplaints(database: Database): string[] {
  return database
    .prepare<
      [],
      { id: number; digest: string; name: string; file: string; observations: string; actions: string }
    >('SELECT * FROM rigs')
    .all()
    .filter((row) => rigDigest(row) !== row.digest)
    .map(({ id, name }) => `row ${id} of rigs ("${name}") does not match its digest`);
}

/** What SQLite or a reader of ours stumbled over; a defect of the check itself is none of the log's. */
function complaintOf(thrown: unknown): string {
  if (thrown instanceof ForesightError) return thrown.message;
  if (thrown instanceof Error && failureCode(thrown).startsWith('SQLITE_')) return thrown.message;
  throw thrown;
}
