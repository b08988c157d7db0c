import { asForesightError, ForesightError } from '../../shared/errors';

/** The `code` of an error of SQLite or the operating system, or ''. */
export function failureCode(thrown: unknown): string {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return '';
}

export function isDiskFull(thrown: unknown): boolean {
  const code = failureCode(thrown);
  return code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT';
}

/** SQLite found pages that are not what it wrote. */
export function isDamage(thrown: unknown): boolean {
  const code = failureCode(thrown);
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB';
}

/** What to do about a full disk: where the write was given up, and where it waits for room. */
const DO_AGAIN = 'Free some space on it and try again; nothing was changed.';
export const WAITS_FOR_ROOM =
  'Free some space on it; what is still in memory is written as soon as there is room.';

/** Turns what SQLite or the file system threw while working on the workspace `folder` into a sentence. */
export function asLogError(thrown: unknown, folder: string, whenFull: string = DO_AGAIN): ForesightError {
  if (thrown instanceof ForesightError) return thrown;
  const code = failureCode(thrown);
  const options = { cause: thrown };
  if (isDiskFull(thrown)) {
    return new ForesightError(
      'unavailable',
      `The disk that holds the workspace ${folder} is full.`,
      whenFull,
      options,
    );
  }
  if (isDamage(thrown)) {
    return new ForesightError(
      'bad-file',
      `The log foresight.db in ${folder} is damaged and cannot be read.`,
      'Take it from a backup, or rescue what can be read (a copy of it is kept): foresight check --repair',
      options,
    );
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new ForesightError(
      'busy',
      `Another program is writing to the log foresight.db in ${folder}.`,
      'Close that program and try again.',
      options,
    );
  }
  if (NOT_WRITABLE.has(code) || code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
    return new ForesightError(
      'unavailable',
      `The workspace folder ${folder} cannot be written to (${code}).`,
      'Choose another folder with --data, give yourself the right to write in this one, or copy it to a disk that can be written; reading needs that too.',
      options,
    );
  }
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO') {
    return new ForesightError(
      'unavailable',
      `The disk that holds the workspace ${folder} reports an error (${code}).`,
      'Check the disk and its cable, and copy the workspace to another one.',
      options,
    );
  }
  return asForesightError(thrown);
}

const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'SQLITE_PERM']);
