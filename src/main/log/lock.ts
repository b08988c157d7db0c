import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ForesightError } from '../../shared/errors';
import type { Endpoint } from './beside/endpoint';
import { sqliteOptions } from './binding';
import { failureCode, isDamage } from './failures';

export interface WorkspaceLock {
  release(): void;
}

/**
 * One writer a workspace. The lock is SQLite's own RESERVED lock on a file beside the log, held in a transaction
 * that never ends: an operating-system lock on Windows, macOS and Linux, so it goes with the process however that
 * ends, and no stale pid file can keep anybody out. RESERVED still lets others read who holds it.
 */
export function lockWorkspace(path: string, folder: string, endpoint: Endpoint | undefined): WorkspaceLock {
  const database = new Database(path, { ...sqliteOptions(), timeout: 0 });
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec(
      'DROP TABLE IF EXISTS holder; CREATE TABLE holder (pid INTEGER, since INTEGER, path TEXT, token TEXT)',
    );
    database
      .prepare('INSERT INTO holder VALUES (?, ?, ?, ?)')
      .run(process.pid, Date.now(), endpoint?.path ?? null, endpoint?.token ?? null);
    database.exec('COMMIT; BEGIN IMMEDIATE;');
  } catch (thrown) {
    const holder = failureCode(thrown).startsWith('SQLITE_BUSY') ? wordsOf(holderIn(database)) : undefined;
    database.close();
    if (holder === undefined) throw isDamage(thrown) ? damagedLock(folder, thrown) : thrown;
    throw new ForesightError(
      'busy',
      `The workspace ${folder} is in use by another Foresight${holder}.`,
      'Close that one, or choose another workspace with --data. Reading, importing, training, evaluating and exporting work meanwhile.',
      { cause: thrown },
    );
  }
  return {
    release() {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

/** Who has a workspace open, or had it open last. */
export interface Holder {
  pid: number;
  /** Unix time, ms. */
  since: number;
  /** Undefined where it cannot be asked anything. */
  endpoint: Endpoint | undefined;
}

/** The last that signed the lock file `path`; whether it still holds the lock, only locking can tell. */
export function readHolder(path: string): Holder | undefined {
  if (!existsSync(path)) return undefined;
  const database = new Database(path, { ...sqliteOptions(), readonly: true, timeout: 1000 });
  try {
    return holderIn(database);
  } finally {
    database.close();
  }
}

function damagedLock(folder: string, cause: unknown): ForesightError {
  return new ForesightError(
    'bad-file',
    `The file foresight.lock in ${folder} is not what Foresight wrote.`,
    'Close every Foresight on this workspace and empty that file; nothing that was recorded is in it.',
    { cause },
  );
}

/** Undefined in the moment before the holder has signed. */
function holderIn(database: Database.Database): Holder | undefined {
  try {
    const row = database
      .prepare<[], { pid: number; since: number; path?: string | null; token?: string | null }>(
        'SELECT * FROM holder',
      )
      .get();
    if (row === undefined) return undefined;
    const { pid, since, path, token } = row;
    return { pid, since, endpoint: path && token ? { path, token } : undefined };
  } catch (thrown) {
    const code = failureCode(thrown);
    if (code === 'SQLITE_ERROR' || code.startsWith('SQLITE_BUSY')) return undefined;
    throw thrown;
  }
}

/** " (process 4711, since 14:03:12)", or ''. */
function wordsOf(holder: Holder | undefined): string {
  if (holder === undefined) return '';
  return ` (process ${holder.pid}, since ${new Date(holder.since).toLocaleTimeString()})`;
}
