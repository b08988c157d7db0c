import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ForesightError } from '../../shared/errors';
import { requireReplaceable } from './replace';

/** What is written at once: one file, or a folder of them. */
export type Place = 'file' | 'folder';

/**
 * Has a file or a folder made beside its place, flushes all of it to the disk and renames it, so that nobody ever sees a
 * half of it. Missing folders above it are made.
 * @param make gets the path to write to; of a folder, it is there and empty
 * @param force replaces a plain file; a folder with something in it is never replaced
 * @throws wrong-use where something else lies there, bad-file when it cannot be written, and what `make` throws; nothing is
 * left of the attempt
 */
export async function writeWholePlace(
  path: string,
  { place, force = false }: { place: Place; force?: boolean | undefined },
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  if (place === 'file') await requireReplaceable(path, NOT_OURS, { force });
  else await requireFree(path);
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await mkdir(place === 'folder' ? temporary : dirname(path), { recursive: true });
    await make(temporary);
    await flush(temporary);
    // An empty folder gives way to another; on Windows it does not.
    if (place === 'folder') await rmdir(path).catch(() => undefined);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw asWritingError(path, thrown);
  }
}

/** Many programs write these files, so an earlier one need not be Foresight's. */
const NOT_OURS = { what: 'a file', isOne: () => false };

async function requireFree(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || (found.isDirectory() && (await readdir(path)).length === 0)) return;
  throw new ForesightError(
    'wrong-use',
    `${path} is there already, and it is not an empty folder, so it is not replaced.`,
    'Name a folder that does not exist yet.',
  );
}

/** All of it is on the disk afterwards, names included. */
async function flush(path: string): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  if (isFolder) for (const name of await readdir(path)) await flush(join(path, name));
  // Windows opens no folders; it writes their names with the files.
  if (isFolder && process.platform === 'win32') return;
  const handle = await open(path, isFolder ? 'r' : 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asWritingError(path: string, thrown: unknown): unknown {
  const { code, message } = thrown as NodeJS.ErrnoException;
  if (thrown instanceof ForesightError || code === undefined) return thrown;
  return new ForesightError(
    'bad-file',
    `${path} could not be written: ${message}`,
    'Check that the folder exists, may be written to and has space left. Nothing is left of the attempt.',
    { cause: thrown },
  );
}
