// The cross compiler: zig of one exact version, from the Python package index into node_modules/.cache, or the one that
// FORESIGHT_ZIG names.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build-if-stale.mjs';
import { ZIG } from './recipe.mjs';

const cache = join(root, 'node_modules', '.cache');
const venv = join(cache, `zig-${ZIG}`);
const [bin, suffix] = process.platform === 'win32' ? ['Scripts', '.exe'] : ['bin', ''];

const output = (program, args) => {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
};

function fromIndex() {
  const python = join(venv, bin, `python${suffix}`);
  const where = () =>
    existsSync(python) &&
    output(python, ['-c', 'import os, ziglang; print(os.path.dirname(ziglang.__file__))']);
  if (!where()) {
    console.error(`Fetching zig ${ZIG} from the Python package index (about 100 MB, once) …`);
    rmSync(venv, { recursive: true, force: true });
    const install = [
      [process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', venv]],
      [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ziglang==${ZIG}`]],
    ];
    for (const [program, args] of install) {
      const { status } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
      if (status === 0) continue;
      rmSync(venv, { recursive: true, force: true });
      throw new Error(
        `zig ${ZIG} cannot be had: Python 3 with venv or the package index (ziglang) is out of reach.`,
      );
    }
  }
  return join(where() || '', `zig${suffix}`);
}

/**
 * Path of the compiler.
 * @throws Error with a sentence where it cannot be had or has another version
 */
export function zigProgram() {
  const program = process.env.FORESIGHT_ZIG || fromIndex();
  const version = output(program, ['version']);
  if (version !== ZIG)
    throw new Error(
      `${program} is not zig ${ZIG} (it says ${version ?? 'nothing'}); the bytes would differ.`,
    );
  return program;
}

/** Where it keeps what it made of its own libraries; never in a user's home. */
export const zigEnvironment = {
  ...process.env,
  ZIG_GLOBAL_CACHE_DIR: join(cache, 'zig-global'),
  ZIG_LOCAL_CACHE_DIR: join(cache, 'zig-local'),
};
