import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { patientRig } from '../rig/patient-rig';
import { BALANCE, RANDOM_MOTION, withTestCore } from './workspace';

const PENDULUM = { ...BALANCE, rig: 'pendulum' };
const MOTION = { ...RANDOM_MOTION, maxSteps: 40, amplitude: 0.4 };

it('plays an episode again from where it began, and says that it went the same way', async () => {
  await withTestCore(async (core) => {
    await core.rig.connect(PENDULUM);
    const [recorded] = await core.activity.record(MOTION);
    const [replayed] = await core.activity.replay({ episode: recorded!.summary.id });
    expect(replayed!.summary).toMatchObject({ source: 'replay', state: 'complete', steps: 40 });
    const [then, now] = await Promise.all([1, 2].map((id) => core.log.columns(id)));
    expect([...now!.observations]).toEqual([...then!.observations]);
    expect([...now!.actions]).toEqual([...then!.actions]);
    const events = await core.log.events(2);
    expect(events[0]?.message).toMatch(
      /^Replay of episode 1, recorded .* UTC with 40 actions; it holds where/,
    );
    expect(events.at(-1)?.message).toMatch(/^Largest difference from episode 1: \w+, 0 /);
  });
});

it('holds at the first step at which a channel is too far from what was recorded, and says which and by how much', async () => {
  await withTestCore(async (core) => {
    await core.rig.connect(PENDULUM);
    await core.activity.record(MOTION);
    // The same pendulum with noise on its motor: after some steps it is elsewhere.
    const folder = patientRig(core.log.folder, 'pendulum');
    const path = join(folder, 'rig.json');
    const file = JSON.parse(readFileSync(path, 'utf8'));
    file.mujoco.actuatorNoise = { torque: 0.5 };
    writeFileSync(path, JSON.stringify(file));
    await core.rig.connect({ ...PENDULUM, rig: folder });
    const [replayed] = await core.activity.replay({ episode: 1, limit: 0.02, channels: ['velocity'] });
    expect(replayed).toMatchObject({ endedBy: 'held' });
    const sentence =
      /velocity differs from episode 1 by ([\d.]+) rad\/s at step (\d+), more than 0\.32 rad\/s\./;
    const [, by, step] = sentence.exec(replayed!.reason) ?? [];
    expect(Number(by)).toBeGreaterThan(0.32);
    expect(replayed!.summary.state).toBe('interrupted');
    const [then, now] = await Promise.all([1, 2].map((id) => core.log.columns(id)));
    const difference = (row: number) =>
      Math.abs(now!.observations[2 * row + 1]! - then!.observations[2 * row + 1]!);
    for (let row = 0; row < Number(step); row++) expect(difference(row)).toBeLessThanOrEqual(0.32);
    expect(difference(Number(step))).toBeGreaterThan(0.32);
    expect(
      (await core.log.events(2)).some(({ message }) => message.startsWith('Diverged: velocity differs')),
    ).toBe(true);
  });
});

it('refuses an episode of another rig, of none, and a channel that is not there', async () => {
  await withTestCore(async (core) => {
    await core.rig.connect(PENDULUM);
    await core.activity.record(MOTION);
    await expect(core.activity.replay({ episode: 1, channels: ['knee'] })).rejects.toThrow(
      '"pendulum" observes no channel "knee".',
    );
    await core.rig.connect(BALANCE);
    await expect(core.activity.replay({ episode: 1 })).rejects.toThrow(
      'Episode 1 cannot be played on "cartpole-balance": it has other actions.',
    );
    await expect(core.activity.replay({ episode: 99 })).rejects.toThrow('99');
  });
});

it('brings an arm to where an episode began before it plays it', async () => {
  await withTestCore(async (core) => {
    const rig = patientRig(core.log.folder, 'so101');
    await core.rig.connect({ rig, port: 'simulated:pty', mode: 'realtime', seed: 0 });
    const excitation = { method: 'prbs', bandwidth: 1 } as const;
    const [recorded] = await core.activity.record({
      ...{ ...RANDOM_MOTION, useTermination: false, maxSteps: 30, amplitude: 0.3, excitation },
    });
    const [replayed] = await core.activity.replay({
      episode: recorded!.summary.id,
      limit: 0.3,
      approachSpeed: 2,
    });
    expect(replayed!.reason).toBe('It reached its step limit.');
    expect(replayed!.summary).toMatchObject({ source: 'replay', steps: 30 });
  });
});
