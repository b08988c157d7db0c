// The add-on by the compiler of this machine ($CXX or c++), for work on its sources: native/build/native.node, which is
// preferred over the committed binary while it is the newer of the two.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { headers, native, units } from './recipe.mjs';

const WARNINGS = ['-Wall', '-Wextra', '-Wno-psabi', '-Wno-maybe-uninitialized'];
const SANITIZE = [
  '-g',
  '-O1',
  '-fno-omit-frame-pointer',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
];

/**
 * @param {boolean} sanitize with the address and undefined-behaviour sanitizers, into native/build/sanitized.node; the
 * program that loads it needs their library loaded first (sanitize.mjs)
 * @throws Error with a sentence where there is no compiler or the sources do not compile
 */
export function buildLocally(sanitize = false) {
  if (process.platform === 'win32')
    throw new Error('On Windows use the cross compiler: npm run native -- --only win32-x64.');
  if (!existsSync(join(headers, 'node_api.h'))) throw new Error('node_api.h is missing; run "npm ci".');
  const compiler = process.env.CXX || 'c++';
  const out = join(native, 'build');
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, 'work-')); // several may build at once; the last rename wins, and each is whole
  const call = (args, what) => {
    const { error, status } = spawnSync(compiler, args, { stdio: ['ignore', 2, 2], cwd: native });
    if (error)
      throw new Error(`The compiler ${compiler} cannot be started (${error.message}); CXX names another.`);
    if (status !== 0) throw new Error(`${what} failed; the compiler says why above.`);
  };
  try {
    const extra = sanitize ? SANITIZE : [];
    const objects = units(`${process.platform}-${process.arch}`, false).map(({ source, name, flags }) => {
      const object = join(work, `${name}.o`);
      const args = [...flags, ...WARNINGS, ...extra, `-I${headers}`, '-c', source, '-o', object];
      call(args, `Compiling ${source}`);
      return object;
    });
    const darwin = process.platform === 'darwin';
    const system = darwin ? ['-undefined', 'dynamic_lookup'] : ['-static-libstdc++', '-static-libgcc'];
    const file = join(out, sanitize ? 'sanitized.node' : 'native.node');
    const made = join(work, 'made.node');
    const linking = sanitize
      ? ['-fsanitize=address,undefined', ...(darwin ? system : [])]
      : [...(process.env.SYMBOLS ? [] : ['-s']), ...system];
    call(['-shared', ...linking, '-o', made, ...objects], 'Linking');
    renameSync(made, file);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
