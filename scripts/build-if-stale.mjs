import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'out', '.built');
const inputs = ['src', 'electron.vite.config.ts', 'package.json', 'package-lock.json'];

/** The Node that comes with the packages (24), whatever the machine has; the one we run on where it is missing. */
export function nodeProgram() {
  const own = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(own) ? own : process.execPath;
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

/** Builds when a source file is newer than the last build. What the build says goes to stderr. */
export function buildIfStale() {
  const changed = Math.max(...inputs.map((name) => newest(join(root, name))));
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= changed) return;
  const started = new Date();
  console.error('Building Foresight (once after every change) …');
  const builder = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const { status, stdout, stderr } = spawnSync(nodeProgram(), [builder, 'build', '--logLevel', 'warn'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`);
    console.error('The build failed. Run "npm ci", then try again.');
    process.exit(1);
  }
  writeFileSync(stamp, '');
  // A file that changed while we built shall count as newer.
  utimesSync(stamp, started, started);
}
