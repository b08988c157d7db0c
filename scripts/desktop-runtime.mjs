import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeProgram, root } from './build-if-stale.mjs';

const PROGRAM = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};
/** How long the download's server has to answer, and the whole download to end. */
const ANSWER_MS = 4000;
const DOWNLOAD_MS = 300_000;

/** Electron's program in `folder`, or null. */
function programIn(folder) {
  const program = join(folder, PROGRAM[process.platform] ?? 'electron');
  return existsSync(program) ? program : null;
}

/** Where Electron's own installer would download from; a mirror may be named as its documentation says. */
async function canDownload() {
  const { env } = process;
  const mirror =
    env.ELECTRON_MIRROR ?? env.npm_config_electron_mirror ?? 'https://github.com/electron/electron/';
  try {
    const answer = await fetch(mirror, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) });
    return answer.status < 400;
  } catch {
    return false;
  }
}

/**
 * What keeps the desktop window from opening here, as a phrase, or null. Looks at what is cheap to look at;
 * whether the runtime really starts is seen by starting it.
 */
export function whyNoWindow() {
  if (process.platform !== 'linux') return null;
  const { env } = process;
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display';
  if (process.getuid() === 0) return "Electron's sandbox does not work as root, and Foresight keeps it on";
  return null;
}

/**
 * Electron's program: from the folder in ELECTRON_OVERRIDE_DIST_PATH, from the package, or downloaded once.
 * @returns {Promise<string | null>}
 */
export async function electronProgram() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) return programIn(override);
  const own = join(root, 'node_modules', 'electron');
  const there = programIn(join(own, 'dist'));
  if (there || !existsSync(own) || !(await canDownload())) return there;
  console.error('Fetching the desktop runtime (about 120 MB, once) …');
  spawnSync(nodeProgram(), [join(own, 'install.js')], { stdio: ['ignore', 2, 2], timeout: DOWNLOAD_MS });
  return programIn(join(own, 'dist'));
}
