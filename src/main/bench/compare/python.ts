import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ForesightError } from '../../../shared/errors';
import { resourcesFolder } from '../../installation/resources';
import { OTHERS, type Other, TITLES } from './contender';
import { Program } from './program';

const run = promisify(execFile);

/** What runs each library: a file of resources/bench, the package that it needs, and its own flags. */
const PROGRAMS: Readonly<Record<Other, { file: string; package: string; flags: readonly string[] }>> = {
  pytorch: { file: 'pytorch_rows.py', package: 'torch', flags: [] },
  'pytorch-compiled': { file: 'pytorch_rows.py', package: 'torch', flags: ['--compiled'] },
  jax: { file: 'jax_rows.py', package: 'jax', flags: [] },
};

/** A Python to compare with, and which of its packages could not be had. */
export interface Environment {
  python: string;
  /** By package, why not: a sentence. */
  lacking: ReadonlyMap<string, string>;
}

/**
 * The Python that was named, or a new environment in `folder` with the newest of what the package index has for these others.
 * @throws ForesightError unavailable without a Python, wrong-use when the one that was named is none
 */
export async function openEnvironment(
  named: string | undefined,
  {
    folder,
    others = OTHERS,
    stop,
    onPhase,
  }: { folder: string; others?: readonly Other[]; stop?: AbortSignal; onPhase?(phase: string): void },
): Promise<Environment> {
  const signal = stop && { signal: stop };
  if (named !== undefined) {
    await run(named, ['-c', 'import sys'], { ...signal }).catch((thrown: Error) => {
      throw new ForesightError(
        'wrong-use',
        `${named} is no Python that can be run: ${reasonOf(thrown)}`,
        'Give the path of a python that has torch and jax, or leave --python out to have one made.',
      );
    });
    return { python: named, lacking: new Map() };
  }
  onPhase?.('making a Python environment');
  const environment = join(folder, 'python');
  const windows = process.platform === 'win32';
  await run(windows ? 'python' : 'python3', ['-m', 'venv', environment], { ...signal }).catch(
    (thrown: Error) => {
      throw new ForesightError(
        'unavailable',
        `There is no Python that can make an environment for PyTorch and JAX: ${reasonOf(thrown)}`,
        'Install Python 3.11 or newer with its venv module, or give one that has both with --python.',
      );
    },
  );
  const python = windows ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');
  const lacking = new Map<string, string>();
  for (const name of new Set(others.map((other) => PROGRAMS[other].package))) {
    onPhase?.(`fetching ${name} from the package index`);
    const install = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', 'numpy', name];
    await run(python, install, { ...signal }).catch((thrown: Error) => {
      lacking.set(name, `"${name}" could not be fetched from the package index: ${reasonOf(thrown)}`);
    });
  }
  return { python, lacking };
}

/** The Python that is called python3 (python on Windows), where it has a package; null where it has not. */
export async function pythonWith(name: string): Promise<string | null> {
  const python = process.platform === 'win32' ? 'python' : 'python3';
  return run(python, ['-c', `import ${name}`]).then(
    () => python,
    () => null,
  );
}

/**
 * Starts a library's program, which then waits to be asked.
 * @throws ForesightError unavailable with why it cannot take part
 */
export async function startProgram(
  { python, lacking }: Environment,
  library: Other,
  threads: number,
): Promise<Program> {
  const { file, package: needed, flags } = PROGRAMS[library];
  const reason = lacking.get(needed) ?? (await reasonAgainst(library));
  if (reason) {
    const next = 'Without it the table has a column less.';
    throw new ForesightError('unavailable', reason, next);
  }
  const path = join(resourcesFolder(), 'bench', file);
  if (!existsSync(path)) {
    throw new ForesightError(
      'unavailable',
      'The programs for other libraries are not part of a package.',
      'Run the command from the sources.',
    );
  }
  const args = [path, '--threads', String(threads), ...flags];
  return new Program(python, args, `${TITLES[library]}'s program`);
}

/** What torch.compile makes of a program is C++. */
async function reasonAgainst(library: Other): Promise<string | undefined> {
  if (library !== 'pytorch-compiled' || process.platform === 'win32') return undefined;
  const compiler = process.env.CXX || (process.platform === 'darwin' ? 'clang++' : 'g++');
  return run(compiler, ['--version']).then(
    () => undefined,
    () => `torch.compile needs a C++ compiler, and there is no "${compiler}" here.`,
  );
}

/** The last line of what a command said, of which pip's is the one that says why. */
function reasonOf(thrown: Error & { stderr?: string; code?: unknown }): string {
  if (thrown.code === 'ENOENT') return 'there is none of that name.';
  const lines = (thrown.stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  const said = lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? thrown.message;
  return said.replace(/^ERROR:\s*/, '').trim();
}
