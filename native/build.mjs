// Compiles the add-on with the compiler of this machine ($CXX or c++) into native/build/native.node, for work on its
// sources. What ships is made by the cross compiler for all platforms.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const { flags, sources, kernels } = JSON.parse(readFileSync(join(here, 'sources.json'), 'utf8'));
const out = join(here, 'build');
mkdirSync(out, { recursive: true });
const work = mkdtempSync(join(out, 'work-')); // several may build at once; the last rename wins, and each is whole
const headers = [
  join(here, '../node_modules/node-api-headers/include'),
  resolve(dirname(process.execPath), '../include/node'),
  '/usr/include/node',
].find((path) => existsSync(join(path, 'node_api.h')));
if (headers === undefined) throw new Error('node_api.h was not found; install node-api-headers');

const compiler = process.env.CXX ?? 'c++';
function call(args) {
  const { status } = spawnSync(compiler, args, { stdio: 'inherit', cwd: here });
  if (status === 0) return;
  rmSync(work, { recursive: true, force: true });
  process.exit(status ?? 1);
}
const objects = [];
function compile(source, name, extra) {
  const object = join(work, `${name}.o`);
  call([
    ...flags,
    ...extra,
    '-fPIC',
    '-Wall',
    '-Wextra',
    '-Wno-psabi',
    '-Wno-maybe-uninitialized',
    `-I${headers}`,
    '-c',
    source,
    '-o',
    object,
  ]);
  objects.push(object);
}
for (const source of sources) compile(source, source.replace(/^src\/|\.cc$/g, ''), []);
for (const [level, extra] of Object.entries(kernels.levels[process.arch] ?? {})) {
  compile(kernels.source, `kernels-${level}`, [`-DFORESIGHT_LEVEL_${level.toUpperCase()}`, ...extra]);
}
const undefinedSymbols =
  process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-static-libstdc++', '-static-libgcc'];
call([
  '-shared',
  ...(process.env.SYMBOLS ? [] : ['-s']),
  ...undefinedSymbols,
  '-o',
  join(work, 'native.node'),
  ...objects,
]);
renameSync(join(work, 'native.node'), join(out, 'native.node'));
rmSync(work, { recursive: true });
