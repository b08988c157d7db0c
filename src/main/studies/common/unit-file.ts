import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { z } from 'zod';
import { writeWhole } from '../../files/write-whole';
import { isInside } from '../../foreign/inside';
import { readForeign } from '../../foreign/read';
import { loadRig } from '../../rig';

/** What of a rig's folder counts for its hash. */
const MOST_FILE_BYTES = 256 * 1024 * 1024;
const MOST_ENTRIES = 1000;
const MOST_FOLDERS_DEEP = 4;

/** @returns a unit that was kept; undefined when it is not there, was cut off while it was written, or changed by hand */
export async function readUnit<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Keeps a unit: the file is whole or not there. */
export async function writeUnit(file: string, unit: unknown): Promise<void> {
  await writeWhole(file, `${JSON.stringify(unit)}\n`);
}

/** Part of a file's name from words that a study gives its variants. */
export const inFileName = (words: string): string => words.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);

/** @returns 16 hexadecimal digits of all that a unit's numbers depend on */
export const unitHash = (key: unknown): string =>
  createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);

/** A built-in rig's name as it is; a path is relative to the study's file. */
export const rigPath = (rig: string, folder: string): string =>
  rig.includes('/') || rig.startsWith('.') ? resolve(folder, rig) : rig;

/** @returns hash of a rig's files: those in its own folder, and in that of a model that a rig beside it lends */
export async function rigHash(rig: string): Promise<string> {
  const { file, folder } = await loadRig(rig);
  const model = dirname(file.mujoco?.model ?? join(folder, 'rig.json'));
  const hash = createHash('sha256');
  for (const place of isInside(folder, model) ? [folder] : [folder, model]) {
    for (const path of await filesIn(place)) {
      hash.update(relative(place, path));
      hash.update(
        await readForeign(path, { what: 'a file of a rig', most: MOST_FILE_BYTES, next: '' }).catch(() => ''),
      );
    }
  }
  return hash.digest('hex');
}

/** The files of a folder and of the folders in it, in order; links are not followed. */
async function filesIn(folder: string, depth = 0): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MOST_ENTRIES)) {
    const path = join(folder, entry.name);
    if (entry.isFile()) found.push(path);
    else if (entry.isDirectory() && depth < MOST_FOLDERS_DEEP)
      found.push(...(await filesIn(path, depth + 1)));
  }
  return found;
}
