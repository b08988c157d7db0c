import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeHost } from '../../../../src/main/processes/node-host';
import { gcodeLanguage } from '../../../../src/main/rig/drivers/gcode/open';
import { checkRig, loadRig, openDriver } from '../../../../src/main/rig/index';
import type { Rig } from '../../../../src/shared/rig';
import { eventually } from '../../../eventually';
import { lacksProgram } from '../../../needs';
import { observations } from '../../bench';
import { lineBench } from '../../line-bench';
import { folderWith, rejection } from '../../rig-helpers';

const bench = (change: (rig: Rig) => void = () => {}) => lineBench('gantry-grbl', gcodeLanguage, { change });
/** A machine without switches: it is where it was when it was switched on. */
const withoutHoming = (rig: Rig) => {
  rig.file.gcode!.homing = false;
  for (const axis of Object.values(rig.file.gcode!.axes)) axis.offset = 0.2;
};
const speeds = (x: number, y: number) => Float64Array.of(x, y);

describe('the G-code driver on a machine with GRBL', () => {
  it('knows who it is, and what its fastest rates are', async () => {
    const { driver, heard } = await bench((rig) => {
      rig.file.gcode!.axes.x!.maxSpeed = 0.05;
    });
    expect(heard).toContain('$$');
    // The simulated machine has the rates of the rig file.
    expect(driver.plantLimits).toEqual([[-0.05, 0.05], undefined]);
  });

  it('finds its switches at the first reset, and goes to its start', async () => {
    const { driver, heard } = await bench();
    await driver.resume();
    expect(heard).toContain('$X');
    const start = await driver.reset(1);
    expect(heard).toContain('$H');
    expect(start.values[0]).toBeCloseTo(0.2, 3);
    expect(start.values[1]).toBeCloseTo(0.15, 3);
    await driver.reset(1);
    expect(heard.filter((line) => line === '$H')).toHaveLength(1);
  });

  it('jogs as fast as it is told, never beyond its limits, and stands when commands stop', async () => {
    const { driver, heard } = await bench(withoutHoming);
    await driver.resume();
    const [first] = await observations(driver, 1);
    await eventually(async () => {
      const [seen] = await observations(driver, 1, () => driver.act(speeds(0.1, 0), 0.2));
      expect(seen!.values[0]! - first!.values[0]!).toBeGreaterThan(0.02);
    }, 1);
    expect(heard.some((line) => /^\$J=G21G90G53X-?[\d.]+F\d+$/.test(line))).toBe(true);
    await eventually(() => expect(driver.counters().expired).toBeGreaterThan(0));
    await eventually(async () => {
      const [one, other] = await observations(driver, 2);
      expect(other!.values).toEqual(one!.values);
    }, 5);
  });

  it('holds in a state that takes no jogs, which it has read back, and goes on from there', async () => {
    const { driver, heard } = await bench(withoutHoming);
    await driver.resume();
    await observations(driver, 6, () => driver.act(speeds(0.1, 0.1), 1));
    expect(await driver.hold()).toEqual({ torque: true, halted: true, applied: speeds(0, 0) });
    const [held] = await observations(driver, 2);
    heard.length = 0;
    driver.act(speeds(0.1, 0), 1);
    const [later] = await observations(driver, 2);
    expect(later!.values[0]).toBe(held!.values[0]);
    expect(heard.some((line) => line.includes('$J'))).toBe(false);
    expect(await driver.resume()).toMatchObject({ halted: false });
    // The first jog is no jump.
    const moved = await observations(driver, 2, () => driver.act(speeds(0.01, 0), 1));
    expect(Math.abs(moved[1]!.values[0]! - held!.values[0]!)).toBeLessThan(0.005);
  });

  it('releases by sleep, after which it has to find its switches again', async () => {
    const { driver, fault } = await bench();
    await driver.resume();
    await driver.reset(1);
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
    expect(await driver.resume()).toMatchObject({ torque: true, halted: false });
    driver.act(speeds(0.1, 0), 1);
    expect((await fault('rig-refused')).message).toMatch(/does not know where it is/);
  });

  it('tells what an alarm means, and holds with it', async () => {
    const { driver, device, fault } = await bench(withoutHoming);
    await driver.resume();
    device.overload(1);
    expect((await fault('rig-refused')).message).toBe(
      'The machine on the test bench is in alarm: a limit switch was hit; its position is lost.',
    );
    expect(await driver.hold()).toMatchObject({ halted: true });
    expect(await driver.resume()).toMatchObject({ halted: false });
  });

  it('never has more in its buffer than that has room for', async () => {
    const { driver, served } = await bench(withoutHoming);
    await driver.resume();
    // Answers that do not come: nothing may be sent on top.
    served.faults.dropped = 1;
    for (let i = 0; i < 50; i++) driver.act(speeds(i % 2 ? 0.1 : -0.1, 0.05), 1);
    expect(driver.counters().jogs).toBeLessThanOrEqual(3);
    expect(driver.counters().jogsNotSent).toBeGreaterThan(40);
  });
});

describe.skipIf(lacksProgram('socat'))('the simulated machine', () => {
  it('is a program on a pseudo-terminal', async () => {
    const rig = await loadRig('gantry-grbl');
    const driver = await openDriver(rig, { mode: 'realtime', port: 'simulated:pty', seed: 1 }, nodeHost());
    onTestFinished(() => driver.close());
    await driver.resume();
    const start = await driver.reset(1);
    expect(start.values[0]).toBeCloseTo(0.2, 3);
    expect(await driver.hold()).toMatchObject({ torque: true, halted: true });
  });
});

describe('a rig file with driver "gcode"', () => {
  it('is checked: axes, units, starts', async () => {
    const { file } = await loadRig('gantry-grbl');
    const changed = {
      ...file,
      gcode: { ...file.gcode, simulation: undefined, axes: { x: { ...file.gcode!.axes.x, start: 2 } } },
      actions: [{ ...file.actions[0], unit: 'm' }, file.actions[1]],
      scene: { model: 'none.xml', joints: {} },
    };
    const { message } = await rejection(checkRig(await folderWith({ 'rig.json': changed })));
    expect(message).toContain('actions[0].unit: expected "m/s", found "m"');
    expect(message).toContain('actions[1].gcode: expected an axis of "gcode" for driver "gcode" (x)');
    expect(message).toContain('gcode.axes.x.start: expected a place within the limits 0 to 0.4, found 2');
  });
});
