import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRig } from '../../rig';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy of a rig's folder at `to` with some fields of rig.json changed. @returns `to`; the rig itself without changes */
export async function patchRig(rig: string, patch: Json, to: string): Promise<string> {
  if (Object.keys(patch).length === 0) return rig;
  const { folder } = await loadRig(rig);
  // A link stays what it says: made absolute, it would lead out of the copy.
  await cp(folder, to, { recursive: true, verbatimSymlinks: true });
  const file = join(to, 'rig.json');
  const document = JSON.parse(await readFile(file, 'utf8')) as unknown;
  await writeFile(file, `${JSON.stringify(merged(document, patch), null, 2)}\n`);
  return to;
}

/** Objects field by field; an array of things with names by their names; all else is replaced. */
export function merged(base: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  if (Array.isArray(base)) {
    return base.map((item: unknown) =>
      isObject(item) && typeof item.name === 'string' && item.name in patch
        ? merged(item, patch[item.name])
        : item,
    );
  }
  const old = isObject(base) ? base : {};
  return {
    ...old,
    ...Object.fromEntries(Object.entries(patch).map(([key, value]) => [key, merged(old[key], value)])),
  };
}
