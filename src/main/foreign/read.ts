import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { ForesightError } from '../../shared/errors';

/** What a file from elsewhere is to its reader, and how much of it is read at most. */
export interface ForeignFile {
  /** With its article, in a sentence: "a rig file", "an experiment file". */
  what: string;
  /** Bytes. */
  most: number;
  /** What to do when it cannot be used. */
  next: string;
}

/**
 * Opens a file that came from elsewhere. A pipe, a device, a socket or a folder under its name is refused before
 * anything is read of it: reading them may wait for ever, or do something.
 * @throws ForesightError not-found, or bad-file with the file's name and what is there instead
 */
export async function openForeign(
  path: string,
  file: ForeignFile,
): Promise<{ handle: FileHandle; bytes: number }> {
  let handle: FileHandle | undefined;
  try {
    requireFile(path, await stat(path), file);
    handle = await open(path, WITHOUT_WAITING);
    // Again, of what was opened: the name may stand for something else by now.
    const info = await handle.stat();
    requireFile(path, info, file);
    return { handle, bytes: info.size };
  } catch (thrown) {
    await handle?.close();
    throw unreadable(path, file, thrown);
  }
}

/** All of a file that came from elsewhere. @throws as `openForeign` */
export async function readForeign(path: string, file: ForeignFile): Promise<Buffer> {
  const { handle, bytes } = await openForeign(path, file);
  try {
    return await readAll(path, file, bytes, (buffer, from) =>
      handle.read(buffer, from, buffer.length - from).then(({ bytesRead }) => bytesRead),
    );
  } catch (thrown) {
    throw unreadable(path, file, thrown);
  } finally {
    await handle.close();
  }
}

/** As `readForeign`, for those who are asked for a file in the middle of a computation. */
export function readForeignSync(path: string, file: ForeignFile): Buffer {
  let descriptor: number | undefined;
  try {
    requireFile(path, statSync(path), file);
    descriptor = openSync(path, WITHOUT_WAITING);
    const info = fstatSync(descriptor);
    requireFile(path, info, file);
    let buffer: Buffer = Buffer.alloc(info.size + 1);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) return buffer.subarray(0, length);
      length += read;
      buffer = withRoom(path, file, buffer, length);
    }
  } catch (thrown) {
    throw unreadable(path, file, thrown);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Opening a pipe waits for its other end, unless one says that one does not. */
const WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** @param read bytes read into a buffer from a place on; 0 at the end */
async function readAll(
  path: string,
  file: ForeignFile,
  bytes: number,
  read: (buffer: Buffer, from: number) => Promise<number>,
): Promise<Buffer> {
  let buffer: Buffer = Buffer.alloc(bytes + 1);
  let length = 0;
  for (let more = await read(buffer, 0); more > 0; more = await read(buffer, length)) {
    length += more;
    buffer = withRoom(path, file, buffer, length);
  }
  return buffer.subarray(0, length);
}

/** A file may say less of its size than there is in it (it grows, or is made as it is read). */
function withRoom(path: string, file: ForeignFile, buffer: Buffer, length: number): Buffer {
  if (length > file.most) throw tooLarge(path, file, length);
  if (length < buffer.length) return buffer;
  const larger = Buffer.alloc(Math.min(2 * buffer.length, file.most + 1));
  buffer.copy(larger, 0, 0, length);
  return larger;
}

type Kind = Pick<
  Awaited<ReturnType<typeof stat>>,
  'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket' | 'isCharacterDevice' | 'isBlockDevice' | 'size'
>;

function requireFile(path: string, info: Kind, file: ForeignFile): void {
  if (!info.isFile()) {
    throw new ForesightError(
      'bad-file',
      `${path} is ${kindOf(info)}, where ${file.what} was expected.`,
      file.next,
    );
  }
  if (info.size > file.most) throw tooLarge(path, file, Number(info.size));
}

/** What stands under a name, in words. */
function kindOf(info: Kind): string {
  if (info.isDirectory()) return 'a folder';
  if (info.isFIFO()) return 'a pipe';
  if (info.isSocket()) return 'a socket';
  if (info.isCharacterDevice() || info.isBlockDevice()) return 'a device';
  return 'no file';
}

function tooLarge(path: string, file: ForeignFile, bytes: number): ForesightError {
  return new ForesightError(
    'bad-file',
    `${path}: expected ${file.what} of at most ${file.most} bytes, found ${bytes}.`,
    file.next,
  );
}

function unreadable(path: string, file: ForeignFile, thrown: unknown): ForesightError {
  if (thrown instanceof ForesightError) return thrown;
  const { code, message } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ForesightError(
      'not-found',
      `There is no file ${path}, where ${file.what} was expected.`,
      file.next,
      { cause: thrown },
    );
  }
  const why = code === 'EACCES' || code === 'EPERM' ? 'this user may not read it' : message;
  return new ForesightError('bad-file', `${path} cannot be read: ${why}.`, file.next, {
    cause: thrown,
  });
}
