import { realpathSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';

/** Is a path a folder, or something in it? By its text alone: links are not followed. Both absolute. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`));
}

/**
 * Where a path leads once its links are followed, if that is in one of the folders (their links followed as well).
 * @returns null when it leads elsewhere, and undefined when there is nothing
 */
export function realPathInside(folders: readonly string[], path: string): string | null | undefined {
  const real = followed(path);
  if (real === undefined) return undefined;
  const inside = folders.some((folder) => {
    const place = followed(folder);
    return place !== undefined && isInside(place, real);
  });
  return inside ? real : null;
}

function followed(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // Nothing there, a link that leads nowhere or round and round, or a folder that may not be entered.
    return undefined;
  }
}
