import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { ForesightError } from '../../../shared/errors';
import { openDatabase } from '../database';
import { EpisodeTable } from '../episode-table';
import { asLogError, isDiskFull } from '../failures';
import { Journal } from '../journal';
import { Recorder } from '../recorder';
import { workspacePaths } from '../workspace';

export interface Compaction {
  /** Deleted episodes that are gone for good. */
  episodes: number[];
  /** Removed policies, the same; hashes. */
  policies: string[];
  bytesBefore: number;
  bytesAfter: number;
}

/** Deleted at once: the -wal file stays small. */
const EPISODES_AT_ONCE = 50;

/**
 * Takes deleted episodes and removed policies out of the workspace for good, and gives the room back to the disk. Undo does not
 * reach them any more. Needs the workspace for itself; killed at any moment, it leaves a log that is whole.
 * @throws ForesightError busy, bad-file, unavailable (no room to write the log anew beside itself; what was deleted is gone already)
 */
export function compactLog(folder: string): Compaction {
  const paths = workspacePaths(folder);
  const size = () => statSync(paths.database).size;
  try {
    const { database, close } = openDatabase(folder, { readonly: false });
    let result: Omit<Compaction, 'bytesAfter'>;
    try {
      new Recorder(database, new EpisodeTable(database)).recover('Foresight ended while it was recording.');
      const bytesBefore = size();
      const episodes = forgetEpisodes(database);
      const policies = forgetPolicies(database);
      forgetDatasets(database);
      writeAnew(database, folder);
      for (const hash of policies) rmSync(join(paths.policies, `${hash}.safetensors`), { force: true });
      result = { episodes, policies, bytesBefore };
    } finally {
      close();
    }
    return { ...result, bytesAfter: size() };
  } catch (thrown) {
    throw asLogError(thrown, folder);
  }
}

function forgetEpisodes(database: Database): number[] {
  // Those that are made of others go first; a recording whose rows another episode shows stays where it is.
  const ids = database
    .prepare<[], number>(
      `SELECT id FROM episodes e WHERE deleted_at IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM parts p JOIN episodes o ON o.id = p.episode WHERE p.source = e.id AND o.deleted_at IS NULL)
       ORDER BY EXISTS (SELECT 1 FROM parts p WHERE p.episode = e.id) DESC, id`,
    )
    .pluck()
    .all();
  const remove = database.prepare('DELETE FROM episodes WHERE id = ?');
  const eventsOf = database.prepare<[number], number>('SELECT id FROM events WHERE episode = ?').pluck();
  const journal = new Journal(database);
  for (let at = 0; at < ids.length; at += EPISODES_AT_ONCE) {
    const some = ids.slice(at, at + EPISODES_AT_ONCE);
    database.transaction(() => {
      journal.forget('episodes', some);
      journal.forget(
        'events',
        some.flatMap((id) => eventsOf.all(id)),
      );
      for (const id of some) remove.run(id);
    })();
    database.pragma('wal_checkpoint(PASSIVE)');
  }
  return ids.sort((a, b) => a - b);
}

function forgetPolicies(database: Database): string[] {
  return database.transaction(() => {
    const hashes = database
      .prepare<[], string>('SELECT hash FROM policies WHERE deleted_at IS NOT NULL')
      .pluck()
      .all();
    new Journal(database).forget('policies', hashes);
    database.prepare('DELETE FROM policies WHERE deleted_at IS NOT NULL').run();
    return hashes;
  })();
}

/** What was taken out of one, too. */
function forgetDatasets(database: Database): void {
  const gone = (table: string) =>
    database.prepare<[], number>(`SELECT id FROM ${table} WHERE deleted_at IS NOT NULL`).pluck().all();
  database.transaction(() => {
    for (const table of ['dataset_episodes', 'datasets'] as const) {
      new Journal(database).forget(table, gone(table));
      database.prepare(`DELETE FROM ${table} WHERE deleted_at IS NOT NULL`).run();
    }
  })();
}

function writeAnew(database: Database, folder: string): void {
  try {
    database.exec('VACUUM');
    database.pragma('wal_checkpoint(TRUNCATE)');
  } catch (thrown) {
    if (!isDiskFull(thrown)) throw thrown;
    throw new ForesightError(
      'unavailable',
      `What was deleted is gone from the log in ${folder}, but there is no room on its disk to write the log anew beside itself.`,
      'New recordings use the room inside the log first. Free as much as foresight.db takes and compact once more to give it back to the disk.',
      { cause: thrown },
    );
  }
}
