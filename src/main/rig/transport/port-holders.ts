import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { systemPath } from './system-root';

/**
 * Which programs have ports open, "python3 (process 4711)" each, by the path of the port. Linux tells of processes of the same
 * user; elsewhere nothing is known and the map is empty. This process does not count.
 */
export async function portHolders(paths: readonly string[], root?: string): Promise<Map<string, string[]>> {
  const holders = new Map<string, string[]>();
  if (process.platform !== 'linux' || paths.length === 0) return holders;
  const meant = new Map<string, string>();
  for (const path of paths) meant.set(await realpath(path).catch(() => path), path);
  const proc = systemPath('proc', root);
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids
      .filter((pid) => pid !== String(process.pid))
      .map(async (pid) => {
        for (const target of await openFiles(join(proc, pid, 'fd'))) {
          const path = meant.get(target);
          if (path === undefined) continue;
          const name = await readFile(join(proc, pid, 'comm'), 'utf8').catch(() => 'a program');
          const holder = `${name.trim()} (process ${pid})`;
          const known = holders.get(path) ?? [];
          if (!known.includes(holder)) holders.set(path, [...known, holder]);
        }
      }),
  );
  return holders;
}

async function openFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')));
  return targets.filter((target) => target.startsWith('/dev/'));
}
