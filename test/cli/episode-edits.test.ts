import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EpisodeSummary } from '../../src/shared/episode';
import { runCli } from './run-cli';

const STEPS = 20;
let folder: string;
const run = (...args: string[]) => runCli(...args, '--data', folder);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-edits-'));
  const recorded = await run('record', '--rig', 'pendulum', '--episodes', '1', '--max-steps', String(STEPS));
  expect(recorded).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function said(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run('episode', ...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** [number, steps, outcome, starred] of every episode that is listed. */
async function listed() {
  const { episodes } = (await said('list')) as { episodes: EpisodeSummary[] };
  return episodes.map(({ id, steps, outcome, starred }) => [id, steps, outcome, starred]);
}

describe('edits of episodes from the command line', () => {
  it('are a chain of commands, each of which another takes back and does again', async () => {
    await said('star', '1');
    await said('outcome', 'failure', '1');
    expect(await said('trim', '1', '--from-step', '4', '--to-step', '16')).toMatchObject({ from: 4, to: 16 });
    expect(await said('split', '2', '--at-step', '5')).toMatchObject({ step: 5, ids: [3, 4] });
    expect(await said('merge', '4', '3')).toMatchObject({ id: 5 });
    const merged = await listed();
    expect(merged.map(([id, steps]) => [id, steps])).toEqual([[5, 12]]);
    for (const what of ['Merged', 'Split', 'Trimmed']) {
      expect(await said('undo')).toMatchObject({ undone: expect.stringContaining(what) });
    }
    expect(await listed()).toEqual([[1, STEPS, 'failure', true]]);
    for (const what of ['Trimmed', 'Split', 'Merged']) {
      expect(await said('redo')).toMatchObject({ redone: expect.stringContaining(what) });
    }
    expect(await listed()).toEqual(merged);
  });

  it('that cannot be made are a sentence, and change nothing', async () => {
    const before = await listed();
    const wrong: [string[], string][] = [
      [['trim', '5', '--from-step', '9', '--to-step', '3'], 'cannot be kept of episode 5'],
      [['split', '5'], 'Add --at or --at-step'],
      [['merge', '5', '99'], 'There is no episode 99'],
      [['outcome', 'splendid', '5'], 'Say one of success, failure, unclear, or none'],
    ];
    for (const [args, sentence] of wrong) {
      const { code, stderr } = await run('episode', ...args);
      expect({ code: code !== 0, stderr }).toEqual({ code: true, stderr: expect.stringContaining(sentence) });
    }
    expect(await listed()).toEqual(before);
  });
});

describe('the list of episodes from the command line', () => {
  const numbers = async (...args: string[]) => {
    const { episodes, total } = (await said('list', ...args)) as {
      episodes: EpisodeSummary[];
      total: number;
    };
    return [episodes.map(({ id }) => id), total];
  };

  it('is filtered, searched, sorted and cut into pages', async () => {
    const [all] = (await numbers('--deleted', '--sort', 'number')) as [number[], number];
    expect(all).toEqual([1, 2, 3, 4, 5]);
    expect(await said('tag', '5', '--add', 'Bench two', '--add', 'old')).toMatchObject({ changed: 1 });
    expect(await said('tag', '5', '--remove', 'old')).toMatchObject({ changed: 1 });
    expect(await numbers('--tag', 'Bench two', '--starred', '--outcome', 'failure')).toEqual([[], 0]);
    expect(await numbers('--tag', 'Bench two', '--rig', 'pendulum', '--state', 'complete')).toEqual([[5], 1]);
    expect(await numbers('--search', 'BENCH pendul')).toEqual([[5], 1]);
    const sorted = ['--deleted', '--sort', 'steps', '--descending', '--limit', '2'];
    expect(await numbers(...sorted)).toEqual([[1, 5], 5]);
    expect(await numbers(...sorted, '--page', '3')).toEqual([[3], 5]);
    expect(await numbers('--deleted', '--since', '2100-01-01')).toEqual([[], 0]);
    const { stdout, stderr } = await run('episode', 'list', '--deleted', '--limit', '1', '--page', '2');
    expect(stdout).toContain('pendulum');
    expect(stderr).toContain('2 to 2 of 5 episodes');
  });

  it('says what is wrong with what was asked for', async () => {
    for (const [args, sentence] of [
      [['--since', 'yesterday'], '"yesterday" is no date.'],
      [['--sort', 'colour'], 'The episode list option order is not possible'],
    ] as const) {
      expect(await run('episode', 'list', ...args)).toMatchObject({
        stderr: expect.stringContaining(sentence),
      });
    }
  });
});
