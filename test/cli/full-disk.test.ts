import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { smallDisk } from '../small-disk';
import { startCli } from './run-cli';

const disk = smallDisk();
const workspace = join(disk.folder, 'workspace');

describe.skipIf(!disk.mounted)('a recording from the command line on a disk that becomes full', () => {
  beforeAll(async () => {
    await (await openLog(workspace)).close();
    disk.fill(400_000);
  });

  it('says so, keeps the rows of its episode, and writes them when there is room', async () => {
    const steps = 4000;
    const { child, done } = startCli([
      '--data',
      workspace,
      'record',
      '--rig',
      'pendulum',
      '--max-steps',
      String(steps),
    ]);
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on('data', (part: Buffer) => {
        said += part.toString();
        if (said.includes('is full.')) resolve();
      });
      child.once('close', () => reject(new Error(`ended before the disk was full: ${said}`)));
    });
    expect(said).toContain(
      'Free some space on it; what is still in memory is written as soon as there is room.',
    );
    disk.free();
    expect(await done).toMatchObject({ code: 0 });

    const log = await openLog(workspace);
    expect(await log.episodes()).toMatchObject([{ state: 'complete', steps }]);
    expect((await log.columns(1)).rows).toBe(steps + 1);
    expect(await log.check()).toMatchObject({ damage: [], database: [] });
    await log.close();
  });
});
