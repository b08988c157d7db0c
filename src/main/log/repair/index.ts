import { constants, copyFileSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { ForesightError } from '../../../shared/errors';
import { sqliteOptions } from '../binding';
import { checkLog, orphansIn, pageComplaints } from '../check';
import { flush, flushFolder } from '../create-log';
import { openDatabase } from '../database';
import { EpisodeTable } from '../episode-table';
import { asLogError, isDamage } from '../failures';
import { lockWorkspace } from '../lock';
import { hasFrames, lookAtLog } from '../log-file';
import { Recorder } from '../recorder';
import { MIGRATIONS, migrate, refuseNewer } from '../schema';
import type { LogCheck } from '../types';
import { type WorkspacePaths, workspacePaths } from '../workspace';
import { repairEpisode } from './episode';
import { repairParts } from './parts';
import { salvage } from './salvage';

export interface Repair {
  /** What was done, a sentence each; nothing where the log was as it should be. */
  done: string[];
  /** The log as it was before; null where nothing was done. */
  copy: string | null;
  /** What a check finds now. */
  left: LogCheck;
}

/**
 * Mends the log of a workspace as far as that can be done, and keeps a copy of it as it was. Needs the workspace for itself.
 * @throws ForesightError busy, bad-file (not even its tables can be read), unavailable (no room for the copy; nothing was changed)
 */
export function repairLog(folder: string): Repair {
  const paths = workspacePaths(folder);
  try {
    lookAtLog(paths, false);
    const lock = lockWorkspace(paths.lock, folder, undefined);
    let copy: string | null;
    const done: string[] = [];
    try {
      const found = gather(paths);
      copy = found === 'whole' ? null : keepCopy(paths);
      if (found === 'pages') done.push(...rebuild(paths));
    } finally {
      lock.release();
    }
    return mendEpisodes(folder, copy, done);
  } catch (thrown) {
    if (thrown instanceof ForesightError || !isDamage(thrown)) throw asLogError(thrown, folder);
    throw beyondRepair(folder, thrown);
  }
}

/** Brings all of the log into its one file, and looks whether it must be written anew. */
function gather(paths: WorkspacePaths): 'whole' | 'rows' | 'pages' {
  const database = new Database(paths.database, { ...sqliteOptions(), timeout: 5000 });
  let found: 'whole' | 'rows' | 'pages' = 'pages';
  try {
    refuseNewer(database, MIGRATIONS.length, paths.folder);
    if (pageComplaints(database).length === 0) {
      migrate(database);
      const { damage, database: others } = checkLog(database, new EpisodeTable(database));
      found = damage.length + others.length === 0 ? 'whole' : 'rows';
    }
  } catch (thrown) {
    if (thrown instanceof ForesightError || !isDamage(thrown)) throw thrown;
  } finally {
    if (found !== 'whole') database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
  }
  if (found !== 'whole' && hasFrames(paths.wal)) throw beingRead(paths.folder);
  return found;
}

function keepCopy(paths: WorkspacePaths): string {
  const copy = `${paths.database}.before-repair-${Date.now()}`;
  try {
    copyFileSync(paths.database, copy, constants.COPYFILE_FICLONE);
    flush(copy);
    flushFolder(dirname(copy));
  } catch (thrown) {
    rmSync(copy, { force: true });
    throw thrown;
  }
  return copy;
}

function rebuild(paths: WorkspacePaths): string[] {
  const fresh = `${paths.database}.new-${process.pid}`;
  try {
    const tables = salvage(paths.database, fresh);
    flush(fresh);
    // What belongs to the old file must not be taken for the new one's.
    for (const end of ['-wal', '-shm']) rmSync(`${paths.database}${end}`, { force: true });
    renameSync(fresh, paths.database);
    flushFolder(dirname(paths.database));
    const lost = tables.filter((table) => table.lost > 0);
    return [
      'The database was written anew from what could be read of it.',
      ...lost.map(
        ({ table, lost: rows }) => `${rows} of the rows of "${table}" could not be read and are gone.`,
      ),
    ];
  } finally {
    rmSync(fresh, { force: true });
  }
}

function mendEpisodes(folder: string, copy: string | null, done: string[]): Repair {
  const { database, close } = openDatabase(folder, { readonly: false });
  try {
    const episodes = new EpisodeTable(database);
    const recorder = new Recorder(database, episodes);
    if (copy === null) return { done, copy, left: checkLog(database, episodes) };
    // Where rows go, flags are elsewhere: every episode is looked at anew.
    database.exec('DELETE FROM looks; DELETE FROM flags');
    done.push(...removeOrphans(database));
    const ids = new Set(checkLog(database, episodes).damage.map(({ episode }) => episode));
    for (const id of ids) done.push(...repairUnlessRigGone({ database, episodes, recorder }, id));
    done.push(...repairParts({ database, episodes, recorder }));
    return { done, copy, left: checkLog(database, episodes) };
  } finally {
    close();
  }
}

/** Of an episode whose channels nobody knows, nothing can be mended: the check says so once more. */
function repairUnlessRigGone(parts: Parameters<typeof repairEpisode>[0], id: number): string[] {
  try {
    return repairEpisode(parts, id);
  } catch (thrown) {
    if (thrown instanceof ForesightError && thrown.code === 'bad-file') return [];
    throw thrown;
  }
}

/** Rows, events and digests of episodes that are gone; an episode itself is never deleted. */
function removeOrphans(database: Database.Database): string[] {
  const of = new Map<string, number[]>();
  for (const { table, rowid, parent } of orphansIn(database)) {
    if (parent === 'episodes') of.set(table, [...(of.get(table) ?? []), rowid]);
  }
  return database.transaction(() =>
    [...of].map(([table, rowids]) => {
      const remove = database.prepare(`DELETE FROM ${table} WHERE rowid = ?`);
      for (const rowid of rowids) remove.run(rowid);
      return `${rowids.length} rows of "${table}" that belonged to no episode were deleted.`;
    }),
  )();
}

function beyondRepair(folder: string, cause: unknown): ForesightError {
  return new ForesightError(
    'bad-file',
    `The log foresight.db in ${folder} cannot be repaired: not even the names of its tables can be read.`,
    'Take it from a backup, or see what another program can rescue: sqlite3 foresight.db .recover',
    { cause },
  );
}

function beingRead(folder: string): ForesightError {
  return new ForesightError(
    'busy',
    `The log in ${folder} is being read by another program.`,
    'Close every Foresight on this workspace, then repair it.',
  );
}
