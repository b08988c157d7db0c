// `npm run package`: an unpacked app in release/, with the Electron at hand; `npm run package -- --installers` makes
// what people install. Further arguments go to electron-builder.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, nodeProgram, root } from './build-if-stale.mjs';

build(['--logLevel', 'warn']);
const licences = spawnSync(nodeProgram(), [join(root, 'scripts', 'licences.mjs'), '--built'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (licences.status !== 0) process.exit(1);

const args = process.argv.slice(2);
const installers = args.includes('--installers');
const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH;
const options = args.filter((argument) => argument !== '--installers');
if (!installers) options.push('--dir');
if (dist) {
  if (!existsSync(join(dist, 'version'))) {
    console.error(`There is no Electron in ${dist}, which ELECTRON_OVERRIDE_DIST_PATH names.`);
    process.exit(1);
  }
  const version = readFileSync(join(dist, 'version'), 'utf8').trim();
  const { electron } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies;
  if (version !== electron)
    console.error(`Packaging with Electron ${version}, for tests only; releases have ${electron}.`);
  options.push(`--config.electronDist=${dist}`, `--config.electronVersion=${version}`);
}
const builder = join(root, 'node_modules', 'electron-builder', 'cli.js');
const { status } = spawnSync(nodeProgram(), [builder, '--publish', 'never', ...options], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
