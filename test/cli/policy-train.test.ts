import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPolicyCheckpoints } from '../../src/main/jobs/policy-checkpoint';
import { workspacePaths } from '../../src/main/log/workspace';
import type { PolicySummary } from '../../src/shared/policy';
import { start } from './interrupted';
import { runCli } from './run-cli';

let data: string;
const foresight = (...args: string[]) => runCli('--data', data, '--json', ...args);
const SMALL = ['--rig', 'pendulum', '--algorithm', 'sac', '--hidden-units', '8', '--batch-size', '16'];
const RECORDED = ['policy', 'train', ...SMALL, '--where', 'recorded'];
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'foresight-policy-train-'));
  const { code } = await foresight('record', '--rig', 'pendulum', '--episodes', '1', '--max-steps', '60');
  expect(code).toBe(0);
});
afterAll(() => rm(data, { recursive: true, force: true }));

describe('foresight policy train', () => {
  it('learns where it is told, and is evaluated from the starts of the seed that it is told', async () => {
    const asked = ['--steps', '16', '--evaluate-seed', '7', '--evaluate-episodes', '2'];
    const { code, stdout } = await foresight(...RECORDED, ...asked);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as PolicySummary;
    expect(summary).toMatchObject({ learnedIn: 'recorded', episodes: [1] });
    expect(summary.evaluation).toMatchObject({ where: 'simulation', seed: 7 });
    expect(summary.evaluation?.returns).toHaveLength(2);
  });

  it('says at once what there is in place of a place or an engine that is none', async () => {
    for (const [option, one] of [
      ['--engine', 'native'],
      ['--where', 'recorded'],
    ] as const) {
      const { code, stderr } = await foresight('policy', 'train', ...SMALL, option, 'abacus');
      expect(code).toBe(2);
      expect(stderr).toMatch(new RegExp(`${option} .*abacus.* Allowed choices are .*${one}`, 's'));
    }
  });

  it('stops with Ctrl-C in the middle, says how to go on, keeps what it was asked, and goes on', async () => {
    const kept = () => listPolicyCheckpoints(workspacePaths(data).policyCheckpoints);
    const asked = ['--engine', 'onnxruntime', '--evaluate-seed', '5', '--steps', '10000000'];
    const training = start([...RECORDED, ...asked], data);
    await training.before(expect.poll(kept, { interval: 100 }).toHaveLength(1));
    training.interrupt('SIGINT');
    const { code, stderr } = await training.over;
    expect(code).toBe(1);
    const [interrupted] = await kept();
    const how = `To go on with this training: foresight policy train --resume ${interrupted?.id}`;
    expect(stderr).toContain('Stopped by Ctrl-C.');
    expect(stderr).toContain(how);
    expect(interrupted?.asked).toMatchObject({
      ...{ where: 'recorded', engine: 'onnxruntime', evaluation: { seed: 5 } },
    });
    await expect.poll(training.left).toEqual([]);

    const resumed = start(['policy', 'train', '--resume'], data);
    await resumed.before(resumed.says('learning: 0/10000000'));
    resumed.interrupt('SIGINT');
    const again = await resumed.over;
    expect(again.stderr).toContain(how);
    expect((await kept())[0]?.steps).toBeGreaterThanOrEqual(interrupted?.steps ?? Number.NaN);
    await expect.poll(resumed.left).toEqual([]);
  });
});
