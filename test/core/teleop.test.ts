import { expect, it } from 'vitest';
import type { Core } from '../../src/main/core';
import { LeaderOptions } from '../../src/shared/teleop';
import { eventually } from '../eventually';
import { patientRig } from '../rig/patient-rig';
import { BALANCE, RANDOM_MOTION, withTestCore } from './workspace';

/** Two arms, each with motors of its own behind a pseudo-terminal. */
async function withArms(work: (core: Core) => Promise<void>) {
  await withTestCore(async (core) => {
    const rig = patientRig(core.log.folder, 'so101');
    await core.rig.connect({ rig, port: 'simulated:pty', mode: 'realtime', seed: 0 });
    const options = LeaderOptions.parse({ approachSpeed: 3 });
    const status = await core.teleop.connect(rig, 'simulated:pty', options);
    expect(status).toMatchObject({ torque: false, stage: 'ready' });
    expect(status?.reason).toBe("The leader's torque is off, as its motors say.");
    await work(core);
  });
}

it('records a follower that goes to the leader first and then does what it does, and holds when the leader is lost', async () => {
  await withArms(async (core) => {
    const drive = { by: 'leader' } as const;
    const recorded = core.activity.record({ ...RANDOM_MOTION, drive, useTermination: false, maxSteps: 30 });
    const [outcome] = await recorded;
    const { id, source, state, steps } = outcome!.summary;
    expect([source, state, steps]).toEqual(['teleop', 'complete', 30]);
    const { observations } = await core.log.columns(id);
    const pose = core.teleop.requireArm().observation!;
    const width = observations.length / 31;
    // The arm that is let go of has fallen onto its stops, and the follower lies as it does, but for what its own weight bends.
    for (let joint = 0; joint < 6; joint++) {
      expect(Math.abs(observations[30 * width + joint]! - pose[joint]!)).toBeLessThan(0.2);
    }
    expect(Math.max(...pose.slice(0, 6).map(Math.abs))).toBeGreaterThan(0.5);
    expect((await core.log.events(id))[0]?.message).toMatch(
      /^Driven by the leader arm "SO-101 arm" on .*: shoulder_pan by shoulder_pan, /,
    );

    const cut = core.activity.record({ ...RANDOM_MOTION, drive, useTermination: false, maxSteps: 100_000 });
    await eventually(() => expect(core.telemetry.activity.step).toBeGreaterThan(3));
    process.kill(core.teleop.requireArm().pid!, 'SIGKILL');
    const [interrupted] = await cut;
    expect(interrupted).toMatchObject({ endedBy: 'held' });
    expect(interrupted!.reason).toMatch(/^Ended by a hold: The leader is lost: /);
    await eventually(() =>
      expect(core.rig.status.link).toMatchObject({ phase: 'held', readback: { torque: true } }),
    );
    expect(core.teleop.status).toMatchObject({ stage: 'lost' });
  });
});

it('says why a rig cannot lead or follow', async () => {
  await withTestCore(async (core) => {
    const options = LeaderOptions.parse({});
    await expect(core.teleop.connect('so101', 'simulated', options)).rejects.toThrow('No rig is connected.');
    await core.rig.connect({ ...BALANCE, rig: 'pendulum', mode: 'realtime' });
    await expect(core.teleop.connect('so101', 'simulated', options)).rejects.toThrow(
      '"pendulum" cannot follow an arm',
    );
    const drive = { by: 'leader' } as const;
    expect(() => core.activity.record({ ...RANDOM_MOTION, drive })).toThrow('No leader arm is connected.');
    await core.rig.connect({ ...BALANCE, rig: 'pendulum' });
    expect(() => core.activity.record({ ...RANDOM_MOTION, drive: { by: 'hand' } })).toThrow(
      'nobody can drive it by hand',
    );
  });
});
