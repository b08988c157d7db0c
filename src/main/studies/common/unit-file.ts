import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { writeWhole } from '../../files/write-whole';
import { loadRig } from '../../rig';

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

/** @returns hash of a rig's files: its own, its model's and what lies beside the model */
export async function rigHash(rig: string): Promise<string> {
  const { file, folder } = await loadRig(rig);
  const model = file.mujoco?.model;
  const beside = model === undefined ? [] : (await readdir(dirname(model))).sort();
  const hash = createHash('sha256');
  for (const path of [join(folder, 'rig.json'), ...beside.map((one) => join(dirname(model ?? ''), one))]) {
    // A folder beside the model is no part of it.
    hash.update(await readFile(path).catch(() => basename(path)));
  }
  return hash.digest('hex');
}
