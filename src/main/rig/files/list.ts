import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { asForesightError } from '../../../shared/errors';
import type { Rig, RigListing } from '../../../shared/rig';
import { builtInRigsFolder, hasRigFile } from './load';

export interface RigPlace {
  folder: string;
  builtIn: boolean;
}

/** Folders of all built-in rigs and of those in `userFolder`, by name. */
export async function rigFolders(userFolder?: string): Promise<RigPlace[]> {
  const parents = [builtInRigsFolder(), ...(userFolder === undefined ? [] : [resolve(userFolder)])];
  const found: RigPlace[] = [];
  for (const [i, parent] of parents.entries()) {
    const names = await readdir(parent).catch(() => []);
    for (const name of names.sort()) {
      const folder = join(parent, name);
      if (await hasRigFile(folder)) found.push({ folder, builtIn: i === 0 });
    }
  }
  return found;
}

/** One rig of a list: as `check` finds it, or with the reason why it cannot be used. */
export async function rigListing(
  { folder, builtIn }: RigPlace,
  check: (folder: string) => Promise<Rig>,
): Promise<RigListing> {
  try {
    const { file } = await check(folder);
    return { name: file.name, title: file.title, driver: file.driver, folder, builtIn, problem: null };
  } catch (thrown) {
    const { message: problem } = asForesightError(thrown);
    const name = basename(folder);
    return { name, title: name, driver: 'mujoco', folder, builtIn, problem };
  }
}

/** Another one after a change of what lies in a folder: names, sizes and times of its files and of the folders in it. */
export async function folderStamp(folder: string): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).sort();
  const entries = names.map(async (name) => {
    const info = await stat(join(folder, name)).catch(() => undefined);
    return [name, info?.size, info?.mtimeMs];
  });
  return JSON.stringify(await Promise.all(entries));
}
