import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEnvironment, startProgram } from '../../../src/main/bench/compare/python';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-python-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A folder with a python3 that runs this shell script, as the only one on the path. */
async function onlyPython(script: string): Promise<void> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  if (script) await writeFile(join(bin, 'python3'), `#!/bin/sh\n${script}\n`);
  if (script) await chmod(join(bin, 'python3'), 0o755);
  vi.stubEnv('PATH', bin);
}

/** Makes an "environment" whose own python says what pip says without a network, but for the packages named. */
const offline = (fetched: string) => `
case "$2" in venv)
  /bin/mkdir -p "$3/bin"
  printf '%s\\n' '#!/bin/sh' 'for last; do :; done' '[ "$last" = "${fetched}" ] && exit 0' \\
    'echo "WARNING: Retrying after connection broken" >&2' \\
    'echo "ERROR: No matching distribution found for $last" >&2' 'exit 1' > "$3/bin/python"
  /bin/chmod +x "$3/bin/python"
esac`;

describe('the Python that is compared with', () => {
  it('is missing with a sentence where there is none, or one without its venv module', async () => {
    await onlyPython('');
    await expect(openEnvironment(undefined, { folder })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('there is none of that name'),
      next: expect.stringContaining('--python'),
    });
    await rm(join(folder, 'bin'), { recursive: true });
    await onlyPython('echo "No module named venv" >&2; exit 1');
    await expect(openEnvironment(undefined, { folder })).rejects.toThrow('No module named venv');
  });

  it('is refused with a sentence when the one that was named does not run', async () => {
    await expect(openEnvironment(join(folder, 'python'), { folder })).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringContaining('is no Python that can be run'),
    });
  });

  it('lacks what the package index does not give, in its own words, and keeps the rest', async () => {
    await onlyPython(offline('jax'));
    const phases: string[] = [];
    const onPhase = (phase: string) => phases.push(phase);
    const environment = await openEnvironment(undefined, { folder, onPhase });
    expect([...environment.lacking]).toEqual([
      [
        'torch',
        '"torch" could not be fetched from the package index: No matching distribution found for torch',
      ],
    ]);
    expect(phases).toContain('fetching jax from the package index');
    await expect(startProgram(environment, 'pytorch', 2)).rejects.toMatchObject({
      code: 'unavailable',
      message: environment.lacking.get('torch'),
    });
  });

  it('cannot compile without a C++ compiler, which is said', async () => {
    vi.stubEnv('CXX', join(folder, 'no-compiler'));
    const environment = { python: process.execPath, lacking: new Map() };
    await expect(startProgram(environment, 'pytorch-compiled', 2)).rejects.toThrow(
      `torch.compile needs a C++ compiler, and there is no "${join(folder, 'no-compiler')}" here.`,
    );
  });
});
