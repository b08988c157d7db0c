import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchBrowser, findBrowser } from '../../src/main/bench/window/browser';

describe('the browser of the window bench', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'foresight-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is named where it is not there', () => {
    expect(() => findBrowser('/nowhere/chromium')).toThrow('There is no browser at /nowhere/chromium.');
  });

  it.skipIf(process.platform === 'win32')(
    'says what it said where it ends at once, and how it starts as root',
    async () => {
      const program = join(folder, 'browser');
      writeFileSync(program, '#!/bin/sh\necho "no usable sandbox" >&2\nexit 1\n', { mode: 0o755 });
      await expect(BenchBrowser.open(program, [])).rejects.toMatchObject({
        code: 'unavailable',
        message: 'The browser ended at once: no usable sandbox.',
        next: expect.stringContaining('--browser-arg=--no-sandbox'),
      });
    },
  );
});
