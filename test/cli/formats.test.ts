import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { cameraWorkspace, picturesIn } from '../formats/camera-workspace';
import { png } from '../formats/watched-episode';
import { contentOf, exported, freshPath, madeEpisode } from '../formats/workspaces';
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

  it('bring pictures along, and say how many of which camera', async () => {
    const log = await cameraWorkspace(png);
    const [set, folder] = [freshPath('set'), freshPath('workspace')];
    await exported(log, 'lerobot', set);
    const dry = await runCli('--data', folder, 'import', set, '--dry-run');
    expect(dry.stdout).toContain(
      'Pictures of left-wrist (observation.images.left-wrist) come along: 16 × 12, 17.5 a second.',
    );
    const { code, stdout } = await runCli('--data', folder, 'import', set);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(
        '2 episodes, 18 rows, 8 pictures of side, 4 pictures of left-wrist (LeRobot v3.0).',
      ),
    ]);
    const read = await openLog(folder, { readonly: true });
    expect(await picturesIn(read, 2)).toEqual(await picturesIn(log, 2));
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
