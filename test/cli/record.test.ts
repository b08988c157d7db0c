import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { positionArm } from '../rig/position-arm';
import { type Finished, runCli } from './run-cli';

interface Shown {
  /** [channels][rows] */
  actions: number[][];
  observations: number[][];
  events: { step: number; message: string }[];
}

function workspace(): { data: string; foresight(...words: string[]): Promise<Finished> } {
  const data = mkdtempSync(join(tmpdir(), 'foresight-record-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  return { data, foresight: (...words) => runCli(...words, '--data', data, '--json') };
}

const shown = async (foresight: (...words: string[]) => Promise<Finished>): Promise<Shown> =>
  JSON.parse((await foresight('episode', 'show', '1')).stdout);

it('foresight record moves a rig by the signal that is asked for, and the episode says by which', async () => {
  const { foresight } = workspace();
  const prbs = ['--controller', 'prbs', '--order', '5', '--amplitude', '0.5', '--seed', '3'];
  expect(await foresight('record', '--rig', 'pendulum', ...prbs)).toMatchObject({ code: 0 });
  const { actions, events } = await shown(foresight);
  // Half of a range of ±2 N m, one end or the other.
  expect([...new Set(actions[0]?.slice(0, -1))].sort()).toEqual([-1, 1]);
  expect(events.find(({ step }) => step === 0)?.message).toBe(
    'Excitation: pseudo-random binary sequence; torque 50 % of its range, 1 Hz.',
  );
  const slow = await foresight('record', '--rig', 'pendulum', '--controller', 'prbs', '--bandwidth', '1000');
  expect(slow).toMatchObject({ code: 2 });
  expect(slow.stderr).toMatch(/bandwidth/i);
});

it('foresight record follows a leader arm, joint by joint as it is told, and refuses joints that are not there', async () => {
  const { data, foresight } = workspace();
  const follow = ['record', '--rig', positionArm(data), '--leader', 'so101', '--leader-port', 'simulated'];
  const joints = [
    '--joint',
    'turn=shoulder_pan',
    '--joint',
    'shoulder=shoulder_lift:-1:0.1',
    '--joint',
    'elbow=elbow_flex',
  ];
  const stray = await foresight(...follow, '--joint', 'knee=elbow_flex');
  expect(stray.code).not.toBe(0);
  expect(stray.stderr).toMatch(/knee[\s\S]*turn, shoulder, elbow/);
  expect(await foresight(...follow, ...joints, '--max-steps', '20', '--approach-speed', '5')).toMatchObject({
    code: 0,
  });
  const { observations, events } = await shown(foresight);
  expect(events.find(({ step }) => step === 0)?.message).toMatch(
    /^Driven by the leader arm "SO-101 arm" on .*: turn by shoulder_pan, shoulder by shoulder_lift, elbow by elbow_flex\.$/,
  );
  expect(observations[0]).toHaveLength(21);
});
