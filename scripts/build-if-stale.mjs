import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where the built programs lie. For the variable FORESIGHT_ENTRIES: from source, each takes seconds to start. */
export const entries = join(root, 'out', 'main');
const stamp = join(root, 'out', '.built');
const inputs = ['src', 'electron.vite.config.ts', 'package.json', 'package-lock.json'];

/** The Node that comes with the packages (24), whatever the machine has; the one we run on where there is none. */
export function nodeProgram() {
  const { platform, arch } = process;
  const name = platform === 'win32' ? 'win' : platform;
  const program = platform === 'win32' ? 'node.exe' : 'node';
  const found = [`node-${name}-${arch}`, `node-bin-${name}-${arch}`]
    .map((folder) => join(root, 'node_modules', folder, 'bin', program))
    .find((file) => existsSync(file));
  if (found) return found;
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  console.error(`Node.js ${process.version} is too old here. Install Node.js 24, then run "npm ci" again.`);
  process.exit(1);
}

/** @returns {number} modification time of the newest file, ms */
function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return readdirSync(path).reduce(
    (latest, name) => Math.max(latest, newest(join(path, name))),
    stats.mtimeMs,
  );
}

/** Builds when a source file is newer than the last build. */
export function buildIfStale() {
  const changed = Math.max(...inputs.map((name) => newest(join(root, name))));
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= changed) return;
  console.error('Building Foresight (once after every change) …');
  build(['--logLevel', 'warn']);
}

/** What the build says goes to stderr: stdout belongs to whatever runs next. */
export function build(options = []) {
  const started = new Date();
  const builder = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const { status } = spawnSync(nodeProgram(), [builder, 'build', ...options], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    console.error('The build failed. Run "npm ci", then try again.');
    process.exit(1);
  }
  writeFileSync(stamp, '');
  // A file that changed while we built shall count as newer.
  utimesSync(stamp, started, started);
}
