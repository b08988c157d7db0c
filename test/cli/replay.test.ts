import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCli } from './run-cli';

it('foresight replay plays an episode again, and looks for it before it looks for the rig', async () => {
  const data = mkdtempSync(join(tmpdir(), 'foresight-replay-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const foresight = (...words: string[]) => runCli(...words, '--data', data, '--json');
  expect(await foresight('record', '--rig', 'pendulum', '--episodes', '1', '--seed', '3')).toMatchObject({
    code: 0,
  });
  const missing = await foresight('replay', 'so101', '99');
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(/episode 99/i);
  const replayed = await foresight('replay', 'pendulum', '1');
  expect(replayed).toMatchObject({ code: 0 });
  const kept = JSON.parse((await foresight('episode', 'list')).stdout) as {
    episodes: { source: string; steps: number; return: number }[];
  };
  const [first, second] = kept.episodes;
  expect(second).toMatchObject({ source: 'replay', steps: first!.steps });
  expect(second!.return).toBeCloseTo(first!.return, 9);
});
