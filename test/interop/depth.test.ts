import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { encodePng } from '../../src/main/camera/png';

const run = promisify(execFile);
const PYTHON = process.env.FORESIGHT_PYTHON ?? 'python3';
const REQUIRED = process.env.FORESIGHT_INTEROP === 'required';
const missing = await run(PYTHON, ['-c', 'import struct, zlib']).then(
  () => undefined,
  (error: Error) => error.message,
);

it.runIf(REQUIRED)('Python is here, as required', () => {
  expect(missing).toBeUndefined();
});

it.skipIf(missing !== undefined)(
  'the depth in a picture is read in Python as docs/cameras.md says',
  async () => {
    const text = await readFile(new URL('../../docs/cameras.md', import.meta.url), 'utf8');
    const [, code] =
      /<!-- depth-python:begin -->\s*```python\n([\s\S]*?)```\s*<!-- depth-python:end -->/.exec(text) ?? [];
    const folder = await mkdtemp(join(tmpdir(), 'foresight-interop-'));
    try {
      const depth = Uint16Array.of(0, 40_000, 2700, 65_535, 0, 9000);
      await writeFile(join(folder, 'seen.png'), encodePng(new Uint8Array(18), 3, 2, depth));
      const { stdout } = await run(PYTHON, ['-c', code ?? '', join(folder, 'seen.png')]);
      expect(stdout).toBe('nearest 2700 mm\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
