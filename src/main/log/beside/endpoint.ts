import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the process that has a workspace open can be asked, and the word that proves that one may read the workspace. */
export interface Endpoint {
  path: string;
  token: string;
}

/** Longest name of a socket that every system takes. */
const MOST_PATH_BYTES = 100;

/**
 * A local socket in a folder that only this user can enter (a named pipe under Windows), its name made from the
 * workspace, so that one which a killed process left behind is taken over instead of piling up. Undefined where there
 * is no such place; then nobody can be asked, and the workspace is simply busy.
 */
export function newEndpoint(folder: string): Endpoint | undefined {
  const token = randomBytes(24).toString('hex');
  if (process.platform === 'win32')
    return { path: `\\\\.\\pipe\\foresight-${randomBytes(16).toString('hex')}`, token };
  const own = ownFolder();
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 20);
  const path = own === undefined ? '' : join(own, `${name}.sock`);
  return path === '' || Buffer.byteLength(path) > MOST_PATH_BYTES ? undefined : { path, token };
}

/** `foresight-<user>` in the system's place for such things, ours and closed to others. */
function ownFolder(): string | undefined {
  const user = process.getuid?.() ?? 0;
  const path = join(process.env.XDG_RUNTIME_DIR || tmpdir(), `foresight-${user}`);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const found = lstatSync(path);
    return found.isDirectory() && found.uid === user && (found.mode & 0o077) === 0 ? path : undefined;
  } catch {
    return undefined; // no such place: said above
  }
}
