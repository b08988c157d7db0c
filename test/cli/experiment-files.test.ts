import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readStudy } from '../../src/main/cli/experiment';
import type { ForesightError } from '../../src/shared/errors';

async function refusal(text: string): Promise<ForesightError> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-study-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'study.yaml'), text);
  return readStudy(join(folder, 'study.yaml')).then(
    () => Promise.reject(new Error('expected a refusal')),
    (thrown: ForesightError) => thrown,
  );
}

describe('an experiment file', () => {
  it.each([
    ['../../elsewhere', 'foresight.experiment/1'],
    ['/tmp/elsewhere', 'foresight.experiment/1'],
    ['a\\b', 'foresight.experiment/1'],
    ['..', 'foresight.experiment/1'],
    ['../elsewhere', 'foresight.model-study/1'],
    ['../elsewhere', 'foresight.control-study/1'],
  ])('whose name is %s, which would leave the workspace, is refused (%s)', async (name, schema) => {
    const error = await refusal(JSON.stringify({ schema, name }));
    expect(error.code).toBe('bad-file');
    expect(error.message).toContain('name: lower-case letters, digits and hyphens');
  });

  it('whose aliases multiply to more than memory holds is refused', async () => {
    const lines = [...'bcdefghij'].map((letter, i) => {
      const before = `*${'abcdefghi'[i]}`;
      return `${letter}: &${letter} [${Array(9).fill(before).join(', ')}]`;
    });
    const error = await refusal(['a: &a [x, x, x, x, x, x, x, x, x]', ...lines].join('\n'));
    expect(error.code).toBe('bad-file');
    expect(error.message).toContain('alias');
  });

  it.each([
    ['lists', '['.repeat(60_000)],
    ['mappings', Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['sequences', '- '.repeat(60_000)],
  ])('of %s in each other, as deep as it may be long, is refused as a file', async (_, text) => {
    expect((await refusal(text)).code).toBe('bad-file');
  });

  it('is not read when it is larger than any study', async () => {
    const error = await refusal(`name: ${'x'.repeat(128 * 1024)}`);
    expect(error.message).toContain('expected an experiment file of at most 131072 bytes');
  });
});
