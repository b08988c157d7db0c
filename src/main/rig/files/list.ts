import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { asForesightError } from '../../../shared/errors';
import type { Rig, RigListing } from '../../../shared/rig';
import { builtInRigsFolder, hasRigFile } from './load';

/** Folders of all built-in rigs and of those in `userFolder`, by name. */
export async function rigFolders(userFolder?: string): Promise<{ folder: string; builtIn: boolean }[]> {
  const parents = [builtInRigsFolder(), ...(userFolder === undefined ? [] : [resolve(userFolder)])];
  const found: { folder: string; builtIn: boolean }[] = [];
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
  { folder, builtIn }: { folder: string; builtIn: boolean },
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
