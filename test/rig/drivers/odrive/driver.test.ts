import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeHost } from '../../../../src/main/processes/node-host';
import { odriveLanguage } from '../../../../src/main/rig/drivers/odrive/open';
import { checkRig, loadRig, openDriver } from '../../../../src/main/rig/index';
import type { OdriveBoard } from '../../../../src/main/rig/simulation/odrive/board';
import type { Rig } from '../../../../src/shared/rig';
import { eventually } from '../../../eventually';
import { lacksProgram } from '../../../needs';
import { observations } from '../../bench';
import { lineBench } from '../../line-bench';
import { folderWith, rejection } from '../../rig-helpers';

/** How fast this computer is does not matter, unless a test says so. */
const patient = (rig: Rig) => {
  rig.file.safety.watchdogSeconds = 30;
};
const bench = async (change: (rig: Rig) => void = patient) => {
  const opened = await lineBench('odrive-pendulum', odriveLanguage, { change });
  return { ...opened, axis: (opened.device as OdriveBoard).axes[0]! };
};
const torque = (value: number) => Float64Array.of(value);

describe('the ODrive driver', () => {
  it('knows the firmware, switches the watchdog on, and reads where the pendulum hangs', async () => {
    const { driver, axis } = await bench();
    expect(driver.info).toMatchObject({ name: 'ODrive', version: '0.5.6' });
    expect(axis.get('config.enable_watchdog')).toBe(1);
    expect(axis.get('config.watchdog_timeout')).toBe(30);
    const [seen] = await observations(driver, 1);
    expect(Math.abs(seen!.values[0]!)).toBeCloseTo(Math.PI, 2);
  });

  it('exerts torque, holds in closed loop at a velocity of 0, and releases by idle, all read back', async () => {
    const { driver, axis, heard } = await bench();
    expect(await driver.resume()).toMatchObject({ torque: true, halted: false });
    const seen = await observations(driver, 8, () => driver.act(torque(0.5), 1));
    expect(Math.abs(seen.at(-1)!.values[1]!)).toBeGreaterThan(0.3);
    expect(heard.some((line) => line.startsWith('c 0 0.500000*'))).toBe(true);
    expect(await driver.hold()).toEqual({ torque: true, halted: true, applied: torque(0) });
    expect(axis.get('controller.config.control_mode')).toBe(2);
    await eventually(async () => {
      const [still] = await observations(driver, 1);
      expect(Math.abs(still!.values[1]!)).toBeLessThan(0.2);
    }, 5);
    expect(await driver.status()).toMatchObject({ torque: true, halted: true });
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
    expect(axis.get('current_state')).toBe(1);
  });

  it('stands by itself when commands stop, and is fed while this computer is there', async () => {
    const { driver, axis, heard } = await bench();
    await driver.resume();
    driver.act(torque(0.3), 0.05);
    await eventually(() => expect(driver.counters().expired).toBe(1));
    expect(axis.get('controller.input_vel')).toBe(0);
    expect(axis.get('controller.config.control_mode')).toBe(2);
    expect(heard.filter((line) => line.startsWith('u 0')).length).toBeGreaterThan(2);
  });

  it('takes the torque off when nobody feeds it any more', async () => {
    const { driver, device, axis } = await bench();
    await driver.resume();
    // Time passes for the board alone.
    device.step(31);
    expect(axis.get('current_state')).toBe(1);
    expect(axis.get('error')).toBe(0x800);
  });

  it('tells which error has taken its torque, and resumes when that is cleared', async () => {
    const { driver, device, fault } = await bench();
    await driver.resume();
    device.overload(1);
    expect((await fault('rig-refused')).message).toBe(
      'shaft (axis 0) on the test bench exerts no torque any more: its motor has failed; its current is beyond the limit.',
    );
    expect(await driver.resume()).toMatchObject({ torque: true, halted: false });
  });

  it('drives nothing further beyond its limits', async () => {
    const { driver, axis } = await bench((rig) => {
      patient(rig);
      rig.file.odrive!.axes.shaft!.limits = [-1, 1];
    });
    await driver.resume();
    driver.act(torque(0.5), 1);
    await eventually(() => expect(axis.get('controller.config.control_mode')).toBe(1), 5);
    expect(axis.get('controller.input_torque')).toBe(0);
    driver.act(torque(-0.5), 1);
    await eventually(() => expect(axis.get('controller.input_torque')).toBe(-0.5), 5);
  });
});

describe.skipIf(lacksProgram('socat'))('the simulated board', () => {
  it('is a program on a pseudo-terminal', async () => {
    const rig = await loadRig('odrive-pendulum');
    patient(rig);
    const driver = await openDriver(rig, { mode: 'realtime', port: 'simulated:pty', seed: 1 }, nodeHost());
    onTestFinished(() => driver.close());
    await driver.resume();
    await observations(driver, 3, () => driver.act(torque(0.2), 1));
    expect(await driver.hold()).toMatchObject({ torque: true, halted: true });
  });
});

describe('a rig file with driver "odrive"', () => {
  it('is checked: axes, units, numbers', async () => {
    const { file } = await loadRig('odrive-pendulum');
    const changed = {
      ...file,
      odrive: { ...file.odrive, simulation: undefined, axes: { shaft: { axis: 0 }, arm: { axis: 0 } } },
      observations: [
        { ...file.observations[0], odrive: { axis: 'leg', quantity: 'position' } },
        file.observations[1],
      ],
      actions: [{ ...file.actions[0], unit: 'A' }],
      scene: { model: 'none.xml', joints: {} },
    };
    const { message } = await rejection(checkRig(await folderWith({ 'rig.json': changed })));
    expect(message).toContain(
      'observations[0].odrive: expected an axis of "odrive" for driver "odrive" (shaft, arm)',
    );
    expect(message).toContain('actions[0].unit: expected "N m", found "A"');
    expect(message).toContain('odrive.axes.arm.axis: expected a number of its own, found 0 twice');
  });
});
