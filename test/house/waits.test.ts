import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const tests = resolve(import.meta.dirname, '..');

/** What makes a test depend on how fast or how busy the machine is, and what there is instead. */
const IMPATIENT: [what: string, found: RegExp][] = [
  ['an end of its own: leave it out, vitest.config.ts has one for what hangs', /\btimeout: *\d/],
  ['an end of its own, of a test or a hook: leave it out', /^ *\}, *[\d_]{4,}\);$/m],
  ['a wait that gives up after a second: use `eventually` or `expect.poll`', /\bvi\.waitFor\(/],
  ['a test that may fail at first: find out why', /\bretry: *\d/],
];

/** This file, and the one wait that the others use. */
const EXCUSED = ['eventually.ts', join('house', 'waits.test.ts')];

it('no test has an end of its own, or another try', () => {
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  expect(files.length).toBeGreaterThan(100);
  const found = files
    .filter((file) => !EXCUSED.includes(file) && !file.startsWith('e2e'))
    .flatMap((file) => {
      const text = readFileSync(join(tests, file), 'utf8');
      return IMPATIENT.filter(([, pattern]) => pattern.test(text)).map(([what]) => `${file}: ${what}`);
    });
  expect(found).toEqual([]);
});
