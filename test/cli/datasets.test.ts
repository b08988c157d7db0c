import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cardOf, episodesAsked } from '../../src/main/core/datasets';
import { openLog } from '../../src/main/log';
import { type Dataset, DatasetCard } from '../../src/shared/dataset';
import type { EpisodeFlag } from '../../src/shared/flags';
import type { Survey } from '../../src/shared/survey';
import { rejection } from '../rig/rig-helpers';
import { runCli } from './run-cli';

let folder: string;
const run = (...args: string[]) => runCli(...args, '--data', join(folder, 'workspace'));
async function said<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-sets-'));
  await said('record', '--rig', 'pendulum', '--episodes', '4', '--max-steps', '30');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('data sets from the command line', () => {
  it('are made, looked at and exported, with a card beside the export that says which data it is', async () => {
    const made = await said<Dataset>('dataset', 'make', 'swings', '--test', '0.5', '--note', 'first day');
    const statistics = await said<Survey>('dataset', 'statistics', 'swings', '--coverage', 'angle,torque');
    expect(statistics.channels.map(({ name, count }) => [name, count])).toEqual([
      ['angle', 124],
      ['velocity', 124],
      ['torque', 120],
    ]);
    expect(statistics.coverage).toMatchObject({ channels: ['angle', 'torque'] });
    const out = join(folder, 'swings.parquet');
    await said('export', '--format', 'parquet', '--dataset', 'swings', '--out', out, '--by', 'Ada');
    const card = DatasetCard.parse(JSON.parse(await readFile(`${out}.card.json`, 'utf8')));
    expect(card).toMatchObject({
      name: 'swings',
      by: 'Ada',
      counts: { episodes: 4, recordings: 4, steps: 120 },
    });
    expect(await readFile(`${out}.card.md`, 'utf8')).toContain(card.checksum);
    const log = await openLog(join(folder, 'workspace'));
    const sum = async () => (await cardOf(log, made.id, { by: null })).checksum;
    expect(await sum()).toBe(card.checksum);
    await log.trimEpisode(1, 5, 31);
    expect(await sum()).not.toBe(card.checksum);
    await log.undo();
    expect(await sum()).toBe(card.checksum);
    await log.close();
  });

  it('say what a training learns from: the split that is for it, unless another is said', async () => {
    const log = await openLog(join(folder, 'workspace'), { readonly: true });
    const [set] = await log.datasets();
    const { members } = await log.dataset(set?.id ?? 0);
    const train = members.filter(({ split }) => split === 'train').map(({ id }) => id);
    const of = (asked: Parameters<typeof episodesAsked>[1]) => episodesAsked(log, asked, 'train');
    expect(await of({ dataset: 'swings' })).toEqual(train);
    expect(await of({ episodes: [2] })).toEqual([2]);
    expect(await of({})).toBeUndefined();
    expect((await rejection(of({ dataset: 'swings', episodes: [1] }))).message).toContain(
      'Both a data set and',
    );
    expect((await rejection(of({ split: 'test' }))).message).toContain('A split is one of a data set');
    expect((await rejection(of({ dataset: 'x' }))).next).toBe('Choose one of: swings.');
    expect((await rejection(of({ dataset: 'swings', split: 'validation' }))).message).toContain(
      'has no episode',
    );
    await log.close();
    const model = await said<{ hash: string; episodes: number[] }>(
      ...['train', '--dataset', 'swings', '--epochs', '1', '--last', '0'],
    );
    expect(model.episodes).toEqual(train);
    const test = members.filter((one) => one.split === 'test');
    const judged = await said<{ judgedOn: object }>('evaluate', '--model', model.hash, '--dataset', 'swings');
    expect(judged.judgedOn).toMatchObject({ kind: 'unseen', episodes: test.length, steps: 30 * test.length });
  });

  it('say what a policy learns from: their train split', async () => {
    const log = await openLog(join(folder, 'workspace'), { readonly: true });
    const train = await episodesAsked(log, { dataset: 'swings' }, 'train');
    await log.close();
    const policy = await said<{ episodes: number[] }>(
      ...[
        'policy',
        'train',
        '--rig',
        'pendulum',
        '--where',
        'recorded',
        '--dataset',
        'swings',
        '--algorithm',
        'sac',
      ],
      ...['--steps', '8', '--hidden-units', '8', '--batch-size', '16', '--evaluate-episodes', '1'],
    );
    expect(policy.episodes).toEqual(train);
  });
});

it.each([
  ['dataset', 'make', 'swings'],
  ['episode', 'undo'],
])('%s %s says that there is no workspace where there is none, and makes none', async (...command) => {
  const empty = join(folder, 'empty');
  const { code, stderr } = await runCli(...command, '--data', empty);
  expect(code).not.toBe(0);
  expect(stderr).toContain(`There is no workspace in ${empty}`);
  expect(existsSync(empty)).toBe(false);
});

it('a data set of no episode is refused with what to say', async () => {
  const { code, stderr } = await run('dataset', 'make', 'none', '--rig', 'nothing-here');
  expect(code).not.toBe(0);
  expect(stderr).toContain('There is no episode for this data set.');
});

describe('flags of episodes from the command line', () => {
  it('are told of all of them, and narrow the list', async () => {
    const { episodes } = await said<{ episodes: { id: number; flags: EpisodeFlag[] }[] }>('episode', 'flags');
    expect(episodes.map(({ id, flags }) => [id, flags])).toEqual([1, 2, 3, 4].map((id) => [id, []]));
    expect((await run('episode', 'list', '--flag', 'jerk')).stdout).toContain('No episode matches.');
  });
});
