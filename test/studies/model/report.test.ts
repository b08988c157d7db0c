import { describe, expect, it } from 'vitest';
import { short } from '../../../src/main/studies/common/tables';
import { judgeBar } from '../../../src/main/studies/model/bars';
import { studyFigures } from '../../../src/main/studies/model/figures';
import { errorInSpreads } from '../../../src/main/studies/model/measures';
import { reportMarkdown } from '../../../src/main/studies/model/report';
import { StudyBar } from '../../../src/shared/model-study';
import { channel, study, unit } from './study-helpers';

const bar = (change: Record<string, unknown>) =>
  StudyBar.parse({ title: 'b', measure: 'error', horizon: 10, variants: ['better'], atMost: 0.5, ...change });
/** Error at 10 steps in units of spread, by variant and seed, on source "one". */
const unitsWith = (errors: Record<string, number[]>, source = 'one') =>
  Object.entries(errors).flatMap(([variant, list]) =>
    list.map((error, seed) => unit(source, variant, seed, { channels: [channel([0.1, 2 * error])] })),
  );
const run = (units: ReturnType<typeof unitsWith>, leftOut: string[] = []) => ({
  units,
  leftOut: leftOut.map((source) => ({ source, reason: `"${source}" is left out.` })),
  failed: [],
});

describe('the error over channels', () => {
  it('is the root mean square of each in units of its spread', () => {
    const channels = [channel([3], 1), { ...channel([8], 2), name: 'speed' }];
    expect(errorInSpreads({ channels }, 0)).toBeCloseTo(Math.sqrt((9 + 16) / 2), 12);
  });

  it('leaves out a channel that stands still, and is nothing where a horizon was too far', () => {
    expect(errorInSpreads({ channels: [channel([3], 1), channel([5], 0)] }, 0)).toBe(3);
    expect(errorInSpreads({ channels: [channel([null], 1)] }, 0)).toBeNull();
  });
});

describe('a bar', () => {
  const file = study();
  const judged = (change: Record<string, unknown>, runOf: ReturnType<typeof run>) =>
    judgeBar(file, bar(change), runOf);

  it('is judged by the median over seeds', () => {
    const result = judged({ sources: ['one'] }, run(unitsWith({ better: [0.2, 0.4, 0.9] })));
    expect(result.met).toBe(true);
    expect(result.sources[0]?.variants[0]?.value).toEqual({ median: 0.4, low: 0.2, high: 0.9 });
    expect(judged({ sources: ['one'] }, run(unitsWith({ better: [0.2, 0.6, 0.9] }))).met).toBe(false);
  });

  it('is judged relative to the best other variant, seed by seed', () => {
    const units = unitsWith({ plain: [1, 0.5, 2], better: [0.4, 0.4, 0.4] });
    const result = judged({ sources: ['one'], relativeTo: ['plain'] }, run(units));
    expect(result.sources[0]?.variants[0]?.value).toEqual({ median: 0.4, low: 0.2, high: 0.8 });
    const bothWays = judged({ sources: ['one'], relativeTo: ['plain', 'better'] }, run(units));
    expect(bothWays.sources[0]?.variants[0]?.value?.median).toBe(1);
  });

  it('may ask for one of the variants, or for each', () => {
    const units = run(unitsWith({ plain: [1], better: [0.4] }));
    const variants = ['plain', 'better'];
    expect(judged({ sources: ['one'], variants, which: 'any' }, units).met).toBe(true);
    expect(judged({ sources: ['one'], variants, which: 'all' }, units).met).toBe(false);
  });

  it('holds on every source unless it asks for fewer', () => {
    const units = run([...unitsWith({ better: [0.4] }), ...unitsWith({ better: [0.9] }, 'two')]);
    expect(judged({}, units).met).toBe(false);
    expect(judged({ leastSources: 1 }, units).met).toBe(true);
  });

  it('is missed where a number is missing, and cannot be judged without a source', () => {
    expect(judged({ sources: ['one'] }, run([])).met).toBe(false);
    expect(judged({ sources: ['one'] }, run([], ['one'])).met).toBeNull();
  });
});

describe('a report', () => {
  const bars = [bar({ sources: ['one'], title: 'Better by half', relativeTo: ['plain'] })];
  const file = study({ bars, about: 'Why it was set up so.' });
  const units = unitsWith({ plain: [1, 0.5, 2], better: [0.4, 0.44, 0.36] });
  const markdown = reportMarkdown(
    [{ study: file, run: run(units, ['two']), figures: { one: ['r-figures/example-one-error'] } }],
    { command: 'npm run foresight -- experiment example.yaml', machine: 'a machine' },
  );
  const row = (name: string) =>
    markdown
      .split('\n')
      .find((line) => line.startsWith(`| ${name} |`))
      ?.split('|')
      .map((cell) => cell.trim());

  it('shows the median and range of every number, the best of a column in bold', () => {
    expect(row('better')).toContain('**0.400** [0.360 … 0.440]');
    expect(row('plain')).toContain('1.00 [0.500 … 2.00]');
    expect(row('*last value stays*')).toEqual(['', '*last value stays*', '2.00', '2.00', '', '']);
  });

  it('says whether the bars are met, of what, and what is left out', () => {
    expect(row('**Better by half**')?.at(-2)).toBe('**met**');
    expect(row('one, better')).toContain('0.400 [0.180 … 0.880]');
    expect(markdown).toContain('"two" is left out.');
  });

  it('names the command, the machine and the reasons, and shows the figures', () => {
    expect(markdown).toContain('npm run foresight -- experiment example.yaml');
    expect(markdown).toContain('on a machine.');
    expect(markdown).toContain('Why it was set up so.');
    expect(markdown).toContain('(r-figures/example-one-error.svg)');
  });

  it('has a figure of the error against the horizon for every source with numbers', () => {
    expect(Object.keys(studyFigures(file, units, 'one'))).toEqual(['example-one-error']);
    expect(studyFigures(file, units, 'two')).toEqual({});
  });

  it('has a panel for every class where one chart would have too many lines', () => {
    const names = ['ensemble', 'gaussian'].flatMap((name) => [1, 2, 3, 4, 5].map((i) => `${name}, ${i}`));
    const many = study({ variants: Object.fromEntries(names.map((name) => [name, {}])) });
    const figures = studyFigures(
      many,
      unitsWith(Object.fromEntries(names.map((name) => [name, [1]]))),
      'one',
    );
    const { content } = figures['example-one-error'] ?? { content: '' };
    for (const title of ['ensemble', 'gaussian', ...names]) expect(content).toContain(`>${title}<`);
  });

  it.each([
    [0, '0'],
    [0.012345, '0.0123'],
    [123.4, '123'],
    [1234567, '1.2e+6'],
    [0.00001, '1.0e-5'],
    [null, '–'],
  ])('writes %d as %s', (value, words) => {
    expect(short(value)).toBe(words);
  });
});
