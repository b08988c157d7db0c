import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { ForesightError } from '../../../shared/errors';
import { sqliteOptions } from '../binding';
import { flush, flushFolder } from '../create-log';
import { openDatabase } from '../database';
import { asLogError, failureCode } from '../failures';
import { CLOSED_ID } from '../log-file';
import { workspacePaths } from '../workspace';

export interface Backup {
  folder: string;
  /** Of the log as it was at one moment. */
  episodes: number;
  /** Files beside the log. */
  files: number;
  /** What is no plain file or folder, relative to the workspace: a link, a pipe. */
  leftOut: string[];
}

/** Pages between two words about how far it is. */
const PAGES_AT_ONCE = 2048;

/**
 * Copies a workspace into a new folder, which is a workspace itself, also while another process records into it: the log as it was
 * at one moment, and then the files beside it. The folder appears under its name when all of it is on the disk.
 * @param options.onPages called with pages of the log that were copied, and all of them
 * @throws ForesightError wrong-use (something lies there already, or it would lie in the workspace), not-found, cancelled, …
 */
export async function backupWorkspace(
  folder: string,
  to: string,
  options: { onPages?: (done: number, total: number) => void; stop?: AbortSignal } = {},
): Promise<Backup> {
  const target = resolve(to);
  requireFree(resolve(folder), target);
  const draft = `${target}.part`;
  try {
    rmSync(draft, { recursive: true, force: true }); // of one that was killed
    mkdirSync(draft, { recursive: true });
    const episodes = await copyLog(folder, workspacePaths(draft).database, options);
    const { files, leftOut } = copyFiles(folder, draft, options.stop);
    if (existsSync(target)) rmdirSync(target);
    renameSync(draft, target);
    flushFolder(dirname(target));
    return { folder: target, episodes, files, leftOut };
  } catch (thrown) {
    rmSync(draft, { recursive: true, force: true });
    throw asLogError(thrown, target);
  }
}

function requireFree(folder: string, target: string): void {
  const way = relative(folder, target);
  if (!way.startsWith('..') && resolve(way) !== way) {
    throw new ForesightError(
      'wrong-use',
      `${target} lies in the workspace that is to be copied.`,
      'Name a folder elsewhere, best on another disk.',
    );
  }
  if (!existsSync(target) || isEmptyFolder(target)) return;
  throw new ForesightError(
    'wrong-use',
    `Something lies at ${target} already, and a backup replaces nothing.`,
    'Name a folder that is not there yet.',
  );
}

function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch (thrown) {
    if (failureCode(thrown) === 'ENOTDIR') return false;
    throw thrown;
  }
}

/** @returns how many episodes there are in it */
async function copyLog(
  folder: string,
  to: string,
  { onPages, stop }: { onPages?: (done: number, total: number) => void; stop?: AbortSignal },
): Promise<number> {
  const { database, close } = openDatabase(folder, { readonly: true });
  try {
    // The transaction holds one state of the log for as long as the copy takes; whoever records is not held up by it.
    database.exec('BEGIN');
    const episodes = Number(
      database.prepare("SELECT count(*) FROM episodes WHERE state <> 'importing'").pluck().get(),
    );
    await database.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        if (stop?.aborted) throw cancelled();
        onPages?.(totalPages - remainingPages, totalPages);
        return PAGES_AT_ONCE;
      },
    });
    database.exec('COMMIT');
    markWhole(to);
    return episodes;
  } finally {
    close();
  }
}

/** The copy needs no -wal file: nothing is missing where there is none. */
function markWhole(path: string): void {
  const copy = new Database(path, sqliteOptions());
  try {
    copy.pragma(`application_id = ${CLOSED_ID}`);
  } finally {
    copy.close();
  }
  flush(path);
}

/** Everything beside the log but what belongs to the process that has it open, or is being written. */
function copyFiles(
  folder: string,
  to: string,
  stop: AbortSignal | undefined,
): { files: number; leftOut: string[] } {
  const { uploads } = workspacePaths(folder);
  const leftOut: string[] = [];
  let files = 0;
  const walk = (from: string, into: string) => {
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      if (stop?.aborted) throw cancelled();
      const path = join(from, entry.name);
      const copy = join(into, entry.name);
      if (path === uploads || isOfTheLog(folder, path) || entry.name.endsWith('.part')) continue;
      if (entry.isDirectory()) {
        mkdirSync(copy, { recursive: true });
        walk(path, copy);
      } else if (!entry.isFile()) leftOut.push(relative(folder, path));
      else if (copyUnlessGone(path, copy)) files += 1;
    }
    flushFolder(into);
  };
  walk(folder, to);
  return { files, leftOut };
}

/** The log's own files, those of its lock, drafts of it, and what a repair or a loss left. */
function isOfTheLog(folder: string, path: string): boolean {
  const { database, lock } = workspacePaths(folder);
  return path.startsWith(database) || path.startsWith(lock);
}

/** A checkpoint goes with the training that it belongs to. */
function copyUnlessGone(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    flush(to);
    return true;
  } catch (thrown) {
    if (failureCode(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

function cancelled(): ForesightError {
  return new ForesightError('cancelled', 'The backup was stopped.', 'Nothing is left of it. Begin it again.');
}
