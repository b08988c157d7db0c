import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePng } from '../../src/main/camera/png';
import { runCli } from './run-cli';

let folder: string;
const run = (...args: string[]) => runCli(...args, '--data', join(folder, 'workspace'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-frames-'));
  const recorded = await run('record', '--rig', 'pendulum-camera', '--episodes', '1', '--max-steps', '4');
  expect(recorded).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('foresight episode frames', () => {
  it('writes a picture a file, and which steps saw it; never into a folder that is not empty', async () => {
    const out = join(folder, 'pictures');
    const first = await run('episode', 'frames', '1', '--camera', 'side', '--out', out);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain('Wrote 5 pictures of camera "side"');
    const names = ['000000.png', '000001.png', '000002.png', '000003.png', '000004.png', 'frames.csv'];
    expect((await readdir(out)).sort()).toEqual(names);
    expect(decodePng(await readFile(join(out, '000004.png')))).toMatchObject({ width: 64, height: 64 });
    const lines = (await readFile(join(out, 'frames.csv'), 'utf8')).split('\n');
    expect(lines[0]).toBe('file,sequence,host_seconds,device_seconds,first_step,last_step');
    expect(lines[3]).toBe('000002.png,2,0.1,0.1,2,2');
    const again = await run('episode', 'frames', '1', '--out', out);
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain('is not an empty folder');
  });

  it('says which cameras there are when there is none of that name; episode show counts their pictures', async () => {
    const [wrong, shown] = [
      await run('episode', 'frames', '1', '--camera', 'top', '--out', join(folder, 'none')),
      await run('episode', 'show', '1'),
    ];
    expect(wrong.stderr).toContain('Episode 1 has no camera "top"; it has "side".');
    expect(shown.stdout).toMatch(/side +64 × 64 +20 +5 +0/);
  });
});
