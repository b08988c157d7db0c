// `npm start`: the desktop window where there can be one, otherwise the same window in a browser.
import { join } from 'node:path';
import { buildIfStale, nodeProgram, root } from './build-if-stale.mjs';
import { electronProgram, whyNoWindow } from './desktop-runtime.mjs';
import { run } from './run.mjs';

/** A window that ends with an error this soon did not open. */
const OPENED_SECONDS = 10;
const beforeReady = join(root, 'out', 'preload', 'before-ready.cjs');
const args = process.argv.slice(2);

/** @returns {Promise<string | null>} why there is no window; null when there was one and it was closed. */
async function desktop() {
  const obstacle = whyNoWindow();
  if (obstacle) return obstacle;
  const electron = await electronProgram();
  if (!electron) return "Electron's runtime is not installed and cannot be downloaded";
  const { code, seconds } = await run(electron, ['-r', beforeReady, root, ...args]);
  if (code === 0) return null;
  if (seconds > OPENED_SECONDS || code === 1) process.exit(code);
  return `Electron's runtime does not start on this machine (code ${code})`;
}

buildIfStale();
const obstacle = await desktop();
if (obstacle) {
  console.error(`No desktop window, because ${obstacle}: serving it to a browser on this machine instead.`);
  const cli = join(root, 'out', 'main', 'cli.js');
  const { code } = await run(nodeProgram(), [cli, 'serve', '--open', ...args]);
  process.exit(code);
}
