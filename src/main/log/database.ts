import { existsSync, mkdirSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ForesightError } from '../../shared/errors';
import { type Endpoint, newEndpoint } from './beside/endpoint';
import { sqliteOptions } from './binding';
import { createLog, removeDrafts, setAside } from './create-log';
import { asLogError, isDiskFull } from './failures';
import { lockWorkspace, type WorkspaceLock } from './lock';
import { CLOSED_ID, hasFrames, IN_USE_ID, lookAtLog } from './log-file';
import { MIGRATIONS, migrate, refuseNewer, schemaVersion } from './schema';
import { type WorkspacePaths, workspacePaths } from './workspace';

interface OpenDatabase {
  database: Database.Database;
  /** Where others find the one who has it open for writing; undefined for readers, and where there is no such place. */
  endpoint: Endpoint | undefined;
  close(): void;
}

/** First SQLite with the fix for the WAL-reset bug, which can damage a log while another process reads it. */
const OLDEST_SQLITE = [3, 51, 3] as const;

export function refuseOldSqlite(version: string): void {
  const found = version.split('.').map(Number);
  for (const [i, least] of OLDEST_SQLITE.entries()) {
    const part = found[i] ?? 0;
    if (part > least) return;
    if (part < least) {
      throw new ForesightError(
        'unavailable',
        `The SQLite inside Foresight is ${version}, and before ${OLDEST_SQLITE.join('.')} it can damage a log.`,
        'Install better-sqlite3 13 or newer (npm ci), or unset BETTER_SQLITE3_BINDING.',
      );
    }
  }
}

/**
 * Opens the log of a workspace, making the folder when there is none. For writing it takes the workspace's lock
 * first; a reader takes none and may come and go while another process records.
 * @param options.acceptLoss a log that is gone, empty or without its -wal file is gone on without
 * @param options.existing where there is no log, none is made
 * @throws ForesightError busy (another writer), bad-file (not a log of ours, damaged, newer), not-found, unavailable
 */
export function openDatabase(
  folder: string,
  options: { readonly: boolean; acceptLoss?: boolean | undefined; existing?: boolean | undefined },
): OpenDatabase {
  try {
    if (options.readonly) return openForReading(folder);
    return openForWriting(folder, options.acceptLoss === true, options.existing === true);
  } catch (thrown) {
    throw asLogError(thrown, folder);
  }
}

function openForReading(folder: string): OpenDatabase {
  const paths = workspacePaths(folder);
  if (!lookAtLog(paths, false)) throw noWorkspace(folder);
  const database = new Database(paths.database, { ...sqliteOptions(), readonly: true, timeout: 5000 });
  try {
    refuseOldSqlite(sqliteVersion(database));
    refuseNewer(database, MIGRATIONS.length, folder);
    if (schemaVersion(database) < MIGRATIONS.length) {
      throw new ForesightError(
        'bad-file',
        `The log in ${folder} was written by an older Foresight and has not been brought forward yet.`,
        'Open the workspace once with the window or with a command that writes, then try again.',
      );
    }
  } catch (thrown) {
    database.close();
    throw thrown;
  }
  return { database, endpoint: undefined, close: () => database.close() };
}

function noWorkspace(folder: string): ForesightError {
  return new ForesightError(
    'not-found',
    `There is no workspace in ${folder}: it holds no foresight.db.`,
    'Check --data, or record something first.',
  );
}

function openForWriting(folder: string, acceptLoss: boolean, existing: boolean): OpenDatabase {
  const paths = workspacePaths(folder);
  const found = lookAtLog(paths, acceptLoss);
  if (!found && existing) throw noWorkspace(folder);
  mkdirSync(folder, { recursive: true });
  if (!found && !acceptLoss) createLog(paths.database);
  const endpoint = newEndpoint(folder);
  const lock = lockWorkspace(paths.lock, folder, endpoint);
  let database: Database.Database | undefined;
  try {
    // Under the lock, and looked at once more: whoever had the workspace meanwhile may have put its log back.
    if (acceptLoss && !lookAtLog(paths, true)) {
      setAside(paths.database);
      createLog(paths.database);
    }
    database = new Database(paths.database, { ...sqliteOptions(), timeout: 5000 });
    refuseOldSqlite(sqliteVersion(database));
    refuseNewer(database, MIGRATIONS.length, folder);
    removeDrafts(paths.database);
    prepare(database);
    mkdirSync(paths.models, { recursive: true });
    mkdirSync(paths.policies, { recursive: true });
    mkdirSync(paths.exports, { recursive: true });
  } catch (thrown) {
    if (database !== undefined) closeKeepingWal(database, paths);
    lock.release();
    throw thrown;
  }
  return { database, endpoint, close: () => closeWriting(database, paths, lock) };
}

/**
 * WAL with synchronous NORMAL, and a flush of the write-ahead log after every commit by `WalSync`. A killed process
 * loses nothing that was committed under any setting, since the pages are with the operating system by then. A
 * power cut would, with NORMAL alone, take back every commit since the last checkpoint; FULL prevents that, but
 * waits for the disk within the commit, and on a slow one (an SD card) rows pile up behind it that a kill takes
 * along. Flushing beside the writer gives both.
 */
function prepare(database: Database.Database): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  // macOS: a plain fsync leaves the data in the drive's cache. Ignored elsewhere.
  database.pragma('checkpoint_fullfsync = ON');
  database.pragma('foreign_keys = ON');
  // After a large import the write-ahead log shrinks back to this.
  database.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
  markInUse(database);
  migrate(database);
}

/**
 * From now on the file itself says that what was recorded last is in the -wal file, so that one that goes missing is
 * missed. The checkpoint brings the mark into the file and leaves its frames where they are, so the -wal file is
 * never empty from here on; a reader in the middle of a query may put it off to the next checkpoint.
 */
function markInUse(database: Database.Database): void {
  database.pragma(`application_id = ${IN_USE_ID}`);
  const timeout = database.pragma('busy_timeout', { simple: true });
  database.pragma('busy_timeout = 500');
  database.pragma('wal_checkpoint(FULL)');
  database.pragma(`busy_timeout = ${timeout}`);
}

function closeWriting(database: Database.Database, paths: WorkspacePaths, lock: WorkspaceLock): void {
  let marked = false;
  try {
    // It only makes queries faster.
    unlessDiskFull(() => database.pragma('optimize'));
    marked = unlessDiskFull(() => markClosed(database));
    // Deleted under our hands: the open file still holds everything, and goes back to its place.
    if (!existsSync(paths.database)) {
      unlessDiskFull(() => database.prepare('VACUUM INTO ?').run(paths.database));
    }
  } finally {
    if (marked) database.close();
    else closeKeepingWal(database, paths);
    lock.release();
  }
}

/**
 * With everything in the file itself the mark takes the place of the first frame in the -wal file, so it needs no
 * room on a full disk. Closing brings all of it into the file as well, but not while somebody reads.
 */
function markClosed(database: Database.Database): void {
  database.pragma('wal_checkpoint(PASSIVE)');
  database.pragma(`application_id = ${CLOSED_ID}`);
  database.pragma('wal_checkpoint(PASSIVE)');
}

/**
 * Closes a log that may still be marked as in use. The last to close a database deletes its -wal file, and a marked
 * log without one is refused for good, so here a reader is the last: readers may not delete it.
 */
function closeKeepingWal(database: Database.Database, paths: WorkspacePaths): void {
  let reader: Database.Database | undefined;
  try {
    if (existsSync(paths.database) && hasFrames(paths.wal)) {
      reader = new Database(paths.database, { ...sqliteOptions(), readonly: true });
      reader.pragma('schema_version');
    }
  } catch {
    // Nothing that can be read, so nothing that can be kept.
  } finally {
    database.close();
    reader?.close();
  }
}

/** @returns whether it was done; false when there was no room for it on the disk */
function unlessDiskFull(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (thrown) {
    if (isDiskFull(thrown)) return false;
    throw thrown;
  }
}

function sqliteVersion(database: Database.Database): string {
  return String(database.prepare('SELECT sqlite_version()').pluck().get());
}
