import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ForesightError } from '../../shared/errors';
import { sqliteOptions } from './binding';
import { asLogError } from './failures';
import { lockWorkspace, type WorkspaceLock } from './lock';
import { APPLICATION_ID, MIGRATIONS, migrate, refuseNewer, schemaVersion } from './schema';
import { workspacePaths } from './workspace';

interface OpenDatabase {
  database: Database.Database;
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
 * @throws ForesightError busy (another writer), bad-file (not a log of ours, damaged, newer), not-found, unavailable
 */
export function openDatabase(folder: string, options: { readonly: boolean }): OpenDatabase {
  try {
    return options.readonly ? openForReading(folder) : openForWriting(folder);
  } catch (thrown) {
    throw asLogError(thrown, folder);
  }
}

function openForReading(folder: string): OpenDatabase {
  const paths = workspacePaths(folder);
  if (!existsSync(paths.database)) {
    throw new ForesightError(
      'not-found',
      `There is no workspace in ${folder}: it holds no foresight.db.`,
      'Check --data, or record something first.',
    );
  }
  refuseForeign(paths.database);
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
  return { database, close: () => database.close() };
}

function openForWriting(folder: string): OpenDatabase {
  const paths = workspacePaths(folder);
  if (existsSync(paths.database)) refuseForeign(paths.database);
  mkdirSync(folder, { recursive: true });
  const lock = lockWorkspace(paths.lock, folder);
  let database: Database.Database | undefined;
  try {
    database = new Database(paths.database, { ...sqliteOptions(), timeout: 5000 });
    refuseOldSqlite(sqliteVersion(database));
    refuseNewer(database, MIGRATIONS.length, folder);
    prepare(database);
    mkdirSync(paths.models, { recursive: true });
    mkdirSync(paths.exports, { recursive: true });
  } catch (thrown) {
    database?.close();
    lock.release();
    throw thrown;
  }
  return { database, close: () => closeWriting(database, lock) };
}

/**
 * WAL with synchronous NORMAL, and a flush of the write-ahead log after every commit by `WalSync`. A killed process
 * loses nothing that was committed under any setting, since the pages are with the operating system by then. A
 * power cut would, with NORMAL alone, take back every commit since the last checkpoint; FULL prevents that, but
 * waits for the disk within the commit, and on a slow one (an SD card) rows pile up behind it that a kill takes
 * along. Flushing beside the writer gives both.
 */
function prepare(database: Database.Database): void {
  if (schemaVersion(database) === 0) database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  // macOS: a plain fsync leaves the data in the drive's cache. Ignored elsewhere.
  database.pragma('checkpoint_fullfsync = ON');
  database.pragma('foreign_keys = ON');
  // After a large import the write-ahead log shrinks back to this.
  database.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
  migrate(database);
}

function closeWriting(database: Database.Database, lock: WorkspaceLock): void {
  try {
    database.pragma('optimize');
  } finally {
    database.close();
    lock.release();
  }
}

function sqliteVersion(database: Database.Database): string {
  return String(database.prepare('SELECT sqlite_version()').pluck().get());
}

/**
 * Looks at the first 100 bytes only, so that a file which is not ours is not even opened by SQLite. The
 * application_id is in the file before it becomes a WAL database, so a crash cannot hide it in the WAL.
 */
function refuseForeign(path: string): void {
  const found = statSync(path);
  if (!found.isFile()) throw foreign(path, 'a folder');
  if (found.size === 0) return; // made, and killed before the first page was written
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  const isSqlite = header.toString('latin1', 0, 16) === 'SQLite format 3\0';
  if (isSqlite && header.readUInt32BE(68) === APPLICATION_ID) return;
  throw foreign(path, isSqlite ? "another program's database" : 'not a database');
}

function foreign(path: string, what: string): ForesightError {
  return new ForesightError(
    'bad-file',
    `The file ${path} is ${what}, not a log of Foresight.`,
    'Choose another workspace folder with --data. Nothing in this one was changed.',
  );
}
