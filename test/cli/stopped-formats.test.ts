import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { freshPath, madeEpisode } from '../formats/workspaces';
import { start } from './interrupted';
import { runCli } from './run-cli';

/** Rows of the first attempt; each one that was done before the signal came makes the next twice as long. */
const FIRST_ROWS = 30_000;

async function workspaceOf(rows: number): Promise<string> {
  const folder = join(mkdtempSync(`${freshPath('long')}-`), 'workspace');
  const log = await openLog(folder);
  await log.addEpisodes([madeEpisode(1, rows), madeEpisode(2, rows)], 'Made');
  await log.close();
  return folder;
}

/** Runs a command and stops it when it has begun to count rows. */
async function stopped(args: string[], folder: string) {
  const running = start(args, folder);
  await running.before(running.says('rows: 0/'));
  running.interrupt('SIGINT');
  const { code, stderr } = await running.over;
  await expect.poll(running.left).toEqual([]);
  return { code, stderr };
}

describe('Ctrl-C', () => {
  it.each(['mcap', 'robomimic'])(
    'in the middle of an export (%s) leaves nothing of it, says so and fails',
    async (format) => {
      for (let rows = FIRST_ROWS; ; rows *= 2) {
        const folder = await workspaceOf(rows);
        const path = freshPath('out');
        const { code, stderr } = await stopped(['export', '--format', format, '--out', path], folder);
        const isDone = code === 0;
        expect(readdirSync(dirname(path))).toEqual(isDone ? ['out'] : []);
        if (isDone) continue;
        expect(code).toBe(1);
        expect(stderr).toContain('The export was stopped. Nothing is left of it. Export again.');
        return;
      }
    },
  );

  it.each(['parquet', 'robomimic'])(
    'in the middle of an import (%s) leaves the workspace as it was, says so and fails',
    async (format) => {
      for (let rows = FIRST_ROWS; ; rows *= 2) {
        const [from, to] = [await workspaceOf(rows), join(dirname(freshPath('x')), 'other')];
        const file = freshPath('numbers');
        expect((await runCli('export', '--format', format, '--out', file, '--data', from)).code).toBe(0);
        const { code, stderr } = await stopped(['import', file], to);
        const log = await openLog(to);
        const episodes = await log.episodes();
        const undone = await log.undo();
        await log.close();
        if (code === 0 || stderr.includes('It had been imported by then')) {
          expect(episodes).toHaveLength(2);
          continue;
        }
        expect(code).toBe(1);
        expect(stderr).toContain('Stopped by Ctrl-C. Nothing was imported. Import again when it is wanted.');
        expect([episodes, undone]).toEqual([[], null]);
        expect(existsSync(file)).toBe(true);
        return;
      }
    },
  );
});
