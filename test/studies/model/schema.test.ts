import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ModelStudyFile, variantOptions } from '../../../src/shared/model-study';
import { study, studyInput } from './study-helpers';

/** Path of the first problem, as `a.b.0`, and its words. */
function problem(change: Record<string, unknown>): [string, string] {
  const { success, error } = ModelStudyFile.safeParse(studyInput(change));
  if (success) throw new Error('expected it to be refused');
  const [issue] = error.issues;
  return [issue?.path.join('.') ?? '', issue?.message ?? ''];
}

const record = { rig: 'pendulum', train: { episodes: 1, steps: 9 }, test: { episodes: 1, steps: 9 } };

describe('a study of models', () => {
  it.each([
    ['a field that does not exist', { variations: {} }, '', 'variations'],
    ['no variant', { variants: {} }, 'variants', 'at least one'],
    ['an unknown class', { variants: { a: { class: { name: 'oracle' } } } }, 'variants.a.class.name', ''],
    [
      'an option out of its range',
      { variants: { a: { class: { name: 'ensemble', members: 99 } } } },
      'variants.a.class.members',
      '20',
    ],
    ['a wrong option for all', { options: { epochs: 0 } }, 'variants.plain.epochs', '1'],
    ['a source of no kind', { sources: [{ name: 'one' }] }, 'sources.0', 'found none'],
    [
      'a source of two kinds',
      { sources: [{ name: 'one', record, coin: {} }] },
      'sources.0',
      'record and coin',
    ],
    [
      'one name for two sources',
      {
        sources: [
          { name: 'a', record },
          { name: 'a', coin: {} },
        ],
      },
      'sources.1.name',
      'twice',
    ],
    [
      'a range the wrong way round',
      { sources: [{ name: 'a', record, withhold: { angle: [1, 0] } }] },
      'sources.0.withhold.angle',
      'lower one first',
    ],
    ['an AUROC without a region', { measures: ['auroc'] }, 'sources.0.withhold', 'region'],
    ['an energy distance without the coin', { measures: ['energyDistance'] }, 'sources.0.coin', 'coin'],
    [
      'a bar about a variant that there is not',
      { bars: [{ title: 'b', measure: 'error', variants: ['best'], atMost: 1 }] },
      'bars.0.variants.0',
      'plain, better',
    ],
    [
      'a bar at a horizon that is not measured',
      { bars: [{ title: 'b', measure: 'error', horizon: 50, variants: ['plain'], atMost: 1 }] },
      'bars.0.horizon',
      '1, 10',
    ],
    [
      'a bar without a number',
      { bars: [{ title: 'b', measure: 'error', variants: ['plain'] }] },
      'bars.0.atMost',
      'atLeast',
    ],
  ])('with %s is refused by the field’s path', (_, change, path, words) => {
    const [at, message] = problem(change);
    expect(at).toBe(path);
    expect(message).toContain(words);
  });

  it('gives a variant the study’s options, then the source’s, then its own', () => {
    const file = study({
      options: { epochs: 7, history: 2, batchSize: 16 },
      sources: [{ name: 'one', record, options: { history: 3, batchSize: 32 } }],
      variants: { a: { batchSize: 64 } },
    });
    const options = variantOptions(file, file.sources[0]!, 'a', 5);
    expect(options).toMatchObject({ epochs: 7, history: 3, batchSize: 64, seed: 5 });
    expect(options.class).toMatchObject({ name: 'ensemble', members: 5 });
  });
});

describe('the studies that come with Foresight', () => {
  it('are all accepted, and so is the example of the documentation', async () => {
    const folder = 'docs/experiments';
    const texts = await Promise.all(
      (await readdir(folder))
        .filter((file) => file.endsWith('.yaml'))
        .map((file) => readFile(join(folder, file), 'utf8')),
    );
    const [, documented = ''] =
      (await readFile('docs/cli.md', 'utf8')).match(
        /```yaml\n(schema: foresight\.model-study\/1\n[\s\S]*?)```/,
      ) ?? [];
    const studies = [...texts, documented]
      .map((text) => parse(text, { merge: true }) as { schema: string })
      .filter(({ schema }) => schema === 'foresight.model-study/1');
    expect(studies.length).toBeGreaterThanOrEqual(6);
    for (const document of studies) expect(ModelStudyFile.parse(document).schema).toBe(document.schema);
  });
});
