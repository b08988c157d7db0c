import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ForesightError } from '../../shared/errors';

const temporaryName = (name: string, pid: number): string => `.${name}.${pid}.part`;

/**
 * Written beside its place, flushed and renamed, so that a reader sees the old file or the new one. Missing folders are
 * made.
 * @throws bad-file when the file cannot be written; nothing is left of the attempt
 */
export async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(file), temporaryName(basename(file), process.pid));
  try {
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new ForesightError(
      'bad-file',
      `${file} could not be written: ${(cause as Error).message}`,
      'Check that the folder exists, may be written to and has space left.',
      { cause },
    );
  }
}

/** Deletes what a process that was ended left unfinished. */
export async function removeUnfinished(folders: readonly string[], pid: number): Promise<void> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []); // never made, so nothing in it
    const left = names.filter((name) => name.startsWith('.') && name.endsWith(`.${pid}.part`));
    await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  }
}
