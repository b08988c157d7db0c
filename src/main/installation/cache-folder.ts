import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where lies what can be computed again: FORESIGHT_CACHE, else the place that the system has for it. */
export function cacheFolder(): string {
  const { FORESIGHT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (FORESIGHT_CACHE) return FORESIGHT_CACHE;
  if (process.platform === 'win32') return join(LOCALAPPDATA || homedir(), 'Foresight', 'Cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Foresight');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'foresight');
}
