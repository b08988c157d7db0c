import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { sqliteOptions } from './binding';
import { CLOSED_ID } from './log-file';
import { migrate } from './schema';

/**
 * Makes the log of a new workspace. It is built in memory and appears under its name when it is whole, so that a file
 * of no bytes is never ours; of several processes that make one at the same moment, the first one's stays.
 */
export function createLog(path: string): void {
  const draft = `${path}.new-${process.pid}`;
  try {
    writeWhole(draft, emptyLog());
    putInPlace(draft, path);
    flushFolder(dirname(path));
  } finally {
    rmSync(draft, { force: true });
  }
}

function putInPlace(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch {
    // A file system without links (FAT): there a rename has to do.
    if (!existsSync(path)) renameSync(draft, path);
  }
}

/** Brings names onto the disk: a file whose bytes were flushed is gone after a power cut where its name was not. */
export function flushFolder(folder: string): void {
  if (process.platform !== 'win32') flush(folder, 'r'); // folders cannot be opened there; NTFS keeps names in its journal
}

/** Brings what was written into a file onto the disk. */
export function flush(path: string, flags = 'r+'): void {
  const opened = openSync(path, flags);
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** Drafts of processes that were killed while they made one. */
export function removeDrafts(path: string): void {
  const drafts = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.new-`));
  for (const name of drafts) rmSync(join(dirname(path), name), { force: true });
}

/**
 * What lies in the place of a log that a person said to go on without, and beside it; it is kept under other names.
 * SQLite would take what an old -wal file holds for the newest state of the log that is made next. To be called under
 * the workspace's lock, so that nobody writes into these files.
 */
export function setAside(path: string): void {
  const now = Date.now();
  for (const file of [`${path}-wal`, `${path}-journal`, `${path}-shm`, path]) {
    if (existsSync(file)) renameSync(file, `${file}.lost-${now}`);
  }
}

function emptyLog(): Buffer {
  const database = new Database(':memory:', sqliteOptions());
  try {
    database.pragma(`application_id = ${CLOSED_ID}`);
    migrate(database);
    return database.serialize();
  } finally {
    database.close();
  }
}

function writeWhole(path: string, bytes: Buffer): void {
  const file = openSync(path, 'w');
  try {
    // Unlike `writeSync`, which on a nearly full disk writes a part, it throws when not all of it fits.
    writeFileSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
