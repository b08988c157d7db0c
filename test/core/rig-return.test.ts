import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Core } from '../../src/main/core';
import { compareJoints } from '../../src/main/core/pose-words';
import { nodeHost } from '../../src/main/processes/node-host';
import { loadRig, startSimulatedFirmware } from '../../src/main/rig/index';
import { eventually } from '../eventually';
import { lacksProgram } from '../needs';
import { fakeSystem } from '../rig/fake-system';
import { rejection } from '../rig/rig-helpers';
import { withTestCore } from './workspace';

const adapter = { serialNumber: '5A46083045', socket: '1-1' };

/** A computer with the simulated motors of an arm on a USB adapter, that can be pulled and plugged. */
async function desk() {
  const system = fakeSystem();
  const before = process.env.FORESIGHT_SYSTEM_ROOT;
  process.env.FORESIGHT_SYSTEM_ROOT = system.root;
  onTestFinished(() => {
    if (before === undefined) delete process.env.FORESIGHT_SYSTEM_ROOT;
    else process.env.FORESIGHT_SYSTEM_ROOT = before;
  });
  const plug = async (name: string, more = {}) => {
    const rig = await loadRig('so101');
    const device = await startSimulatedFirmware({ rig, link: 'pty', seed: 1 }, nodeHost());
    const ended = new Promise((resolve) => device.onEnd(resolve));
    const path = system.plug({ ...adapter, name, target: device.path!, ...more });
    const pull = async () => {
      system.unplug(name);
      device.stop();
      await ended;
    };
    onTestFinished(() => device.stop());
    return { path, pull };
  };
  return { plug };
}

const CONNECT = { rig: 'so101', mode: 'realtime', seed: 0 } as const;

/** Records until something ends it. */
function record(core: Core): Promise<unknown> {
  return core.activity.record({ episodes: 3, maxSteps: 200, seed: 1 }).catch((thrown: unknown) => thrown);
}

describe.skipIf(lacksProgram('socat') || process.platform !== 'linux')(
  'a robot whose cable is pulled',
  () => {
    it('leaves its episode, is found under another port name, and moves only after its pose was confirmed', async () => {
      const { plug } = await desk();
      await withTestCore(async (core) => {
        const first = await plug('ttyACM0');
        await core.rig.connect(CONNECT);
        expect(core.rig.status.link.info?.device).toMatchObject({ key: 'usb-1a86-55d3-5A46083045' });
        expect(core.rig.status.link.line?.adapter).toMatch(/not known/);
        let steps = 0;
        core.rig.require().session.onTick(({ step }) => {
          steps = step;
        });
        const recording = record(core);
        await eventually(() => expect(steps).toBeGreaterThan(2));
        await first.pull();
        await recording;
        expect(core.rig.status.link.phase).toBe('lost');
        const [episode] = await core.log.episodes();
        expect(episode).toMatchObject({ state: 'interrupted' });
        expect(episode!.steps).toBeGreaterThan(1);
        expect(core.rig.status.back).toBeNull();

        const second = await plug('ttyACM5', { socket: '3-2' });
        await eventually(() => expect(core.rig.status.back?.port).toBe(`5A46083045 (${second.path})`));
        await core.rig.connect(CONNECT);
        const { check, link, back } = core.rig.status;
        expect(back).toBeNull();
        expect(link).toMatchObject({ phase: 'held', readback: { torque: true, halted: true } });
        expect(check?.found[0]).toBe(
          `It is the same device, by its serial number, on 5A46083045 (${second.path}).`,
        );
        expect(check?.found[1]).toMatch(/^All 6 motors answer/);
        // These motors have just been switched on.
        expect(check?.found[2]).toMatch(/exerted no torque when it was found: its supply had failed/);
        expect(check?.differs).toBe(true);
        expect(check?.joints.map(({ channel }) => channel)).toContain('elbow_flex_position');

        expect((await rejection(core.rig.resume())).message).toMatch(/its pose has not been confirmed/);
        expect((await rejection(core.rig.confirmPose(check!.id + 1))).code).toBe('not-found');
        await pause(50);
        expect(core.rig.status.link.phase).toBe('held');
        await core.rig.confirmPose(check!.id);
        expect(core.rig.status).toMatchObject({ check: null, link: { phase: 'ready' } });
      });
    });
  },
);

describe('the pose of a robot that has come back', () => {
  const channel = (name: string, unit: string, angle = false) => ({ name, unit, angle });
  const observations = [
    channel('lift', 'rad'),
    channel('turn', 'rad', true),
    channel('speed', 'rad/s'),
    channel('slide', 'm'),
  ];

  it('is told joint by joint, and what moves anyway is none', () => {
    const joints = compareJoints({ observations }, [0.5, 3.1, 9, 0.1], [0.19, -3.1, 0, 0.104]);
    expect(joints.map(({ channel: name, moved }) => [name, moved])).toEqual([
      ['lift', 'lift is at 0.19 rad: 0.31 rad, 18° less than when it was last seen (0.50 rad).'],
      ['turn', 'turn is at -3.10 rad: 0.08 rad, 5° more than when it was last seen (3.10 rad).'],
      ['slide', null],
    ]);
  });

  it('leaves out what was not measured', () => {
    expect(compareJoints({ observations }, [Number.NaN, 0, 0, 0], [0, Number.NaN, 0])).toEqual([]);
  });
});
