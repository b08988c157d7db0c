import Database from 'better-sqlite3';
import { ForesightError } from '../../shared/errors';
import { sqliteOptions } from './binding';
import { failureCode } from './failures';

export interface WorkspaceLock {
  release(): void;
}

/**
 * One writer a workspace. The lock is SQLite's own RESERVED lock on a file beside the log, held in a transaction
 * that never ends: an operating-system lock on Windows, macOS and Linux, so it goes with the process however that
 * ends, and no stale pid file can keep anybody out. RESERVED still lets others read who holds it.
 */
export function lockWorkspace(path: string, folder: string): WorkspaceLock {
  const database = new Database(path, { ...sqliteOptions(), timeout: 0 });
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER, since INTEGER); DELETE FROM holder;');
    database.prepare('INSERT INTO holder VALUES (?, ?)').run(process.pid, Date.now());
    database.exec('COMMIT; BEGIN IMMEDIATE;');
  } catch (thrown) {
    const holder = failureCode(thrown).startsWith('SQLITE_BUSY') ? readHolder(database) : undefined;
    database.close();
    if (holder === undefined) throw thrown;
    throw new ForesightError(
      'busy',
      `The workspace ${folder} is in use by another Foresight${holder}.`,
      'Close that one, or choose another workspace with --data. Reading (episode list, export) works meanwhile.',
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

/** " (process 4711, since 14:03:12)", or '' in the moment before the holder has signed. */
function readHolder(database: Database.Database): string {
  try {
    const row = database.prepare<[], { pid: number; since: number }>('SELECT pid, since FROM holder').get();
    if (row === undefined) return '';
    return ` (process ${row.pid}, since ${new Date(row.since).toLocaleTimeString()})`;
  } catch (thrown) {
    const code = failureCode(thrown);
    if (code === 'SQLITE_ERROR' || code.startsWith('SQLITE_BUSY')) return '';
    throw thrown;
  }
}
