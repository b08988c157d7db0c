import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { ForesightError } from '../../shared/errors';
import type { WorkspacePaths } from './workspace';

/** SQLite's application_id of a Foresight log that was closed: "FSGT". */
export const CLOSED_ID = 0x46534754;
/** The same while a process has it open for writing, and after that process died: what came last is in the -wal file. */
export const IN_USE_ID = 0x46534755;

const WAL_HEADER_BYTES = 32;
/** How often a log is looked at anew that seems to lack its -wal file: another process may be just closing it. */
const LOOKS = 4;
const LOOK_AGAIN_MS = 50;

/** What the first hundred bytes of a database file say (sqlite.org/fileformat2.html, 1.3). */
interface Header {
  applicationId: number;
  /** In write-ahead mode; a copy that SQLite made (VACUUM INTO) is not, and is whole by itself. */
  wal: boolean;
  /** Bytes that the file must have, as far as the header knows; 0 where it does not. */
  bytes: number;
}

/** What is in the way of opening a log although it once was one, and a person may decide to go on without. */
export type Loss = 'gone' | 'empty' | 'wal-lost';

/**
 * Looks at what lies in a workspace before SQLite opens it, because SQLite would take a file of no bytes, or none, or
 * one whose -wal file was deleted for a log in order: with nothing in it, or without what was recorded last.
 * @param accepted a person said to go on without what is missing
 * @returns false where there is no log: never was one, or none that is left
 * @throws ForesightError bad-file: a log that is gone, empty, cut off or without its -wal file; a file that is not ours
 */
export function lookAtLog(paths: WorkspacePaths, accepted: boolean): boolean {
  for (let look = 1; ; look++) {
    const loss = lossOf(paths);
    if (loss === undefined) return existsSync(paths.database);
    if (accepted) return loss === 'wal-lost';
    if (loss !== 'wal-lost' || look === LOOKS) throw lost(loss, paths.folder);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
  }
}

function lossOf(paths: WorkspacePaths): Loss | undefined {
  if (!existsSync(paths.database)) return hadLog(paths) ? 'gone' : undefined;
  const found = statSync(paths.database);
  if (!found.isFile()) throw foreign(paths.database, 'a folder');
  if (found.size === 0) return 'empty';
  const header = readHeader(paths.database);
  if (header === undefined) throw foreign(paths.database, 'not a database');
  if (header.applicationId !== CLOSED_ID && header.applicationId !== IN_USE_ID) {
    throw foreign(paths.database, "another program's database");
  }
  if (hasFrames(paths.wal)) return undefined;
  if (header.wal && header.applicationId === IN_USE_ID) return 'wal-lost';
  if (header.bytes > found.size) throw cutOff(paths.folder, found.size, header.bytes);
  return undefined;
}

/** A workspace that was used: whoever opens one makes its log first, then takes the lock. */
function hadLog(paths: WorkspacePaths): boolean {
  const holds = (folder: string, name: RegExp) =>
    existsSync(folder) && readdirSync(folder).some((file) => name.test(file));
  // By names that nobody else gives: other folders have a folder "models" too.
  const learned = [paths.models, paths.policies].some((folder) =>
    holds(folder, /^[0-9a-f]{64}\.safetensors$/),
  );
  const interrupted = [paths.checkpoints, paths.policyCheckpoints].some((folder) =>
    holds(folder, /\.safetensors$/),
  );
  return existsSync(paths.lock) || hasFrames(paths.wal) || learned || interrupted;
}

export function hasFrames(wal: string): boolean {
  return (statSync(wal, { throwIfNoEntry: false })?.size ?? 0) > WAL_HEADER_BYTES;
}

function readHeader(path: string): Header | undefined {
  const bytes = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(file);
  }
  if (bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') return undefined;
  const pageBytes = bytes.readUInt16BE(16) === 1 ? 65536 : bytes.readUInt16BE(16);
  // The number of pages counts only where the change counter says that it was written with the last change.
  const known = bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  return {
    applicationId: bytes.readUInt32BE(68),
    wal: bytes[18] === 2,
    bytes: known ? pageBytes * bytes.readUInt32BE(28) : 0,
  };
}

const ACCEPT = 'foresight check --accept-loss';

function lost(loss: Loss, folder: string): ForesightError {
  const begin = `To begin an empty log in this folder instead: ${ACCEPT}.`;
  switch (loss) {
    case 'gone':
      return new ForesightError(
        'bad-file',
        `The workspace ${folder} had a log, and its file foresight.db is gone.`,
        `Bring it back, with foresight.db-wal if there was one, from a backup or the recycle bin. ${begin}`,
      );
    case 'empty':
      return new ForesightError(
        'bad-file',
        `The log foresight.db in ${folder} is an empty file: what was in it is gone.`,
        `Take it from a backup. ${begin}`,
      );
    case 'wal-lost':
      return new ForesightError(
        'bad-file',
        `The log foresight.db in ${folder} was not closed, and foresight.db-wal, which holds what was recorded last, is missing or empty.`,
        `Bring foresight.db-wal back from where foresight.db comes from (copy both, or neither). If another program has closed the log, or to go on without what is missing: ${ACCEPT}.`,
      );
  }
}

function cutOff(folder: string, bytes: number, wanted: number): ForesightError {
  return new ForesightError(
    'bad-file',
    `The log foresight.db in ${folder} is cut off: it has ${bytes} bytes of ${wanted}.`,
    'Copy it again from where it comes from, or take it from a backup. Nothing was changed.',
  );
}

function foreign(path: string, what: string): ForesightError {
  return new ForesightError(
    'bad-file',
    `The file ${path} is ${what}, not a log of Foresight.`,
    'Choose another workspace folder with --data. Nothing in this one was changed.',
  );
}
