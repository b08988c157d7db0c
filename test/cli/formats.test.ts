import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { contentOf, freshPath, madeEpisode } from '../formats/workspaces';
import { runCli } from './run-cli';

describe('export and import of episodes on the command line', () => {
  it('say first what would be imported, then do it, and a damaged file changes nothing', async () => {
    const [one, other, file] = [freshPath('one'), freshPath('other'), freshPath('numbers.txt')];
    const log = await openLog(one);
    await log.addEpisodes([madeEpisode(1, 30), madeEpisode(2, 20)], 'Made');
    const before = await contentOf(log, 2);
    await log.close();
    const foresight = (folder: string, ...args: string[]) => runCli('--data', folder, '--json', ...args);

    const args = ['export', '--format', 'parquet', '--episodes', '2', '--out', file];
    expect(JSON.parse((await foresight(one, ...args)).stdout)).toMatchObject({ path: file, rows: 20 });

    const dry = JSON.parse((await foresight(other, 'import', file, '--dry-run')).stdout);
    expect(dry).toMatchObject({ format: 'Parquet of Foresight', rig: 'bench-arm', episodes: 1, open: null });
    expect(dry.columns).toContainEqual({ column: 'angle', as: 'observation', channel: 'angle', unit: 'rad' });

    const damaged = freshPath('damaged.parquet');
    writeFileSync(damaged, readFileSync(file).subarray(0, -20));
    const refused = await foresight(other, 'import', damaged);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^foresight: damaged\.parquet, byte \d+: has no footer/m);

    expect(JSON.parse((await foresight(other, 'import', file)).stdout)).toMatchObject({
      episodes: [1],
      rows: 20,
    });
    const read = await openLog(other, { readonly: true });
    expect(await contentOf(read, 1)).toEqual(before);
    await read.close();
  });

  it('ask for what a CSV file does not say', async () => {
    const [folder, file] = [freshPath('workspace'), freshPath('a.csv')];
    writeFileSync(file, 'time,q\n0,1\n');
    const csv = await runCli('--data', folder, 'import', file);
    expect([csv.code, csv.stderr]).toEqual([2, expect.stringContaining('--name')]);
    const nothing = await runCli('--data', folder, 'export');
    expect([nothing.code, nothing.stderr]).toEqual([
      2,
      expect.stringContaining('What to export was not said'),
    ]);
  });
});
