import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { modelPath, openLog } from '../../src/main/log';
import { openDatabase } from '../../src/main/log/database';
import { newEpisode, rows } from '../log/fixtures';
import { runCli } from './run-cli';

const folder = mkdtempSync(join(tmpdir(), 'foresight-workspace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A workspace of episodes of so many rows each. */
async function workspace(name: string, ...lengths: number[]): Promise<string> {
  const place = join(folder, name);
  const log = await openLog(place);
  for (const length of lengths) {
    const id = await log.beginEpisode(newEpisode());
    log.appendRows(id, rows(0, length), []);
    await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'Step limit.' });
  }
  await log.close();
  return place;
}

describe('the command line of a workspace', () => {
  it('checks without changing anything, repairs when it is told to, and says what of it cannot be', async () => {
    const place = await workspace('damaged', 20, 30);
    const { database, close } = openDatabase(place, { readonly: false });
    database.exec('UPDATE chunks SET data = zeroblob(length(data)) WHERE episode = 1');
    close();
    const found = await runCli('check', '--data', place);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('Episode 1 is damaged in the log: chunk 1, steps 0 to 19');
    expect(found.stderr).toContain('foresight check --repair');

    const log = await openLog(place);
    const [hash, nothing] = ['ab'.repeat(32), { options: {}, metrics: {}, evaluation: null, episodes: [1] }];
    await log.addModel({ hash, name: 'm', createdAt: 1, rig: 'bench', ...nothing });
    await log.close();
    writeFileSync(modelPath(place, hash), 'no model');
    const repaired = await runCli('check', '--repair', '--json', '--data', place);
    expect(repaired.code).toBe(1);
    expect(JSON.parse(repaired.stdout)).toMatchObject({
      ...{ episodes: 2, damage: [], database: [] },
      repair: { done: ['Nothing of episode 1 is left: its first rows were damaged.'] },
      files: [expect.stringContaining('The model "m"')],
    });
    expect(repaired.stderr).toContain('What is left cannot be mended here');
    expect(readdirSync(place).filter((name) => name.includes('.before-repair-'))).toHaveLength(1);
  });

  it('keeps what a rule says, and notes, copies and compacts', async () => {
    const place = await workspace('kept', 2000, 30, 20);
    const copy = join(folder, 'copy');
    const on = (...args: string[]) => runCli(...args, '--data', place);
    const [backup, noted] = await Promise.all([
      on('backup', copy, '--json'),
      on('episode', 'note', '3', 'It slipped.', '--at', '0.1'),
    ]);
    expect(JSON.parse(backup.stdout)).toMatchObject({ folder: copy, episodes: 3 });
    expect(noted).toMatchObject({ code: 0 });
    const [shown, left] = await Promise.all([
      on('episode', 'show', '3'),
      on('retention', '--most-gb', '0.00001', '--apply', '--json'),
    ]);
    expect(shown.stdout).toMatch(/4\s+note\s+It slipped\./);
    expect(JSON.parse(left.stdout)).toMatchObject({
      rule: { mostBytes: 10_000, keepTags: ['keep'] },
      leaving: [{ id: 1, why: 'too much' }],
      deleted: true,
    });
    const compacted = JSON.parse((await on('compact', '--apply', '--json')).stdout);
    expect(compacted).toMatchObject({ episodes: [1] });
    expect(compacted.bytesAfter).toBeLessThan(compacted.bytesBefore);
    const log = await openLog(place);
    expect((await log.episodes({ deleted: 'too' })).map(({ id }) => id)).toEqual([2, 3]);
    await log.close();
  });
});
