import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { startCli } from './run-cli';

const mount = (folder: string) =>
  process.platform === 'linux' &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]).status === 0;

/** A disk of four megabytes, where this user may mount one. */
const disk = mkdtempSync(join(tmpdir(), 'foresight-disk-'));
const mounted = mount(disk);
const workspace = join(disk, 'workspace');
const ballast = join(disk, 'ballast');

afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});

describe.skipIf(!mounted)('a recording from the command line on a disk that becomes full', () => {
  beforeAll(async () => {
    await (await openLog(workspace)).close();
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - 400_000));
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
    rmSync(ballast);
    expect(await done).toMatchObject({ code: 0 });

    const log = await openLog(workspace);
    expect(await log.episodes()).toMatchObject([{ state: 'complete', steps }]);
    expect((await log.columns(1)).rows).toBe(steps + 1);
    expect(await log.check()).toMatchObject({ damage: [], database: [] });
    await log.close();
  });
});
