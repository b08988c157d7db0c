import { describe, expect, it, onTestFinished } from 'vitest';
import { startSpheroDriver } from '../../../../src/main/rig/drivers/sphero/driver';
import { SpheroLink } from '../../../../src/main/rig/drivers/sphero/link';
import { loadRig } from '../../../../src/main/rig/index';
import { serveBus } from '../../../../src/main/rig/simulation/servo-bus/serve';
import { simulateDevice } from '../../../../src/main/rig/simulation/simulate';
import { memoryPair } from '../../../../src/main/rig/transport/memory';
import type { ForesightError } from '../../../../src/shared/errors';
import type { Rig } from '../../../../src/shared/rig';
import { eventually } from '../../../eventually';
import { rejection } from '../../rig-helpers';

/** `ollie-bluetooth`, and the simulated robot at the other end of a line in memory. */
async function bench(change: (rig: Rig) => void = () => {}) {
  const rig = await loadRig('ollie-bluetooth');
  change(rig);
  const [host, device] = memoryPair('the test bench');
  const robot = await simulateDevice(rig, 3);
  let deaf = false;
  let quiet = false;
  const heard: number[][] = [];
  const served = serveBus({
    bus: {
      receive: (bytes) => {
        heard.push([...bytes]);
        return deaf ? [] : robot.receive(bytes);
      },
      unasked: () => {
        const said = robot.unasked?.() ?? [];
        return quiet ? [] : said;
      },
      step: (seconds) => robot.step(seconds),
      brownOut: () => robot.brownOut(),
      overload: (id) => robot.overload(id),
      dispose: () => robot.dispose(),
    },
    line: device,
    seed: 1,
    onFailure: (thrown) => {
      throw thrown;
    },
  });
  onTestFinished(() => {
    served.dispose();
    robot.dispose();
  });
  const driver = await startSpheroDriver(rig, rig.file.sphero!, new SpheroLink(host));
  onTestFinished(() => driver.close());
  const faults: ForesightError[] = [];
  driver.onFault((fault) => faults.push(fault));
  const reads = (name: string) =>
    driver.latest()?.values[rig.file.observations.findIndex((one) => one.name === name)] ?? Number.NaN;
  return {
    ...{ driver, faults, heard, reads, robot, unplug: () => void device.close() },
    silence: () => (deaf = true),
    pause: (isQuiet: boolean) => (quiet = isQuiet),
  };
}

describe('a Sphero on its serial port', () => {
  it('drives where it looks, brakes, and says by its own stream that its motors stand', async () => {
    const { driver, faults, reads } = await bench();
    expect(await driver.status()).toMatchObject({ halted: true, torque: true });
    driver.act(Float64Array.of(1, 1), 1);
    expect(driver.counters()).toMatchObject({ notSent: 1, commands: 0 });
    await eventually(() => driver.resume());
    const [x, y, heading] = [reads('x'), reads('y'), reads('heading')];
    driver.act(Float64Array.of(0.5, 0.5), 60);
    await eventually(() => expect(Math.hypot(reads('x') - x, reads('y') - y)).toBeGreaterThan(0.05));
    expect(Math.cos(Math.atan2(reads('y') - y, reads('x') - x) - heading)).toBeGreaterThan(0.95);
    expect((await driver.status()).applied[0]).toBeCloseTo(0.5, 1);
    const held = await eventually(() => driver.hold());
    expect(held).toMatchObject({ halted: true, torque: true });
    expect([...held.applied]).toEqual([0, 0]);
    expect(await eventually(() => driver.release())).toMatchObject({ halted: true, torque: false });
    expect(faults).toEqual([]);
  });

  it('takes its own stabilisation off, asks to be stopped at a disconnect, and brakes when commands end', async () => {
    const { driver, heard } = await bench();
    const sent = () =>
      heard
        .flat()
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join(' ');
    expect(sent()).toMatch(/ff ff 02 02 .. 02 00 /);
    expect(sent()).toMatch(/ff ff 02 37 .. 05 00 00 00 01 /);
    await eventually(() => driver.resume());
    driver.act(Float64Array.of(1, 0), 0.02);
    await eventually(() => expect(driver.counters()).toMatchObject({ expired: 1 }));
    await eventually(async () => expect((await driver.status()).applied[0]).toBeCloseTo(0, 9));
  });

  it('is asked whether it has restarted when its stream pauses, and set up again only then', async () => {
    const { driver, faults, heard, pause, robot } = await bench();
    await eventually(() => driver.resume());
    const asked = () => heard.filter((bytes) => bytes[2] === 0x02 && bytes[3] === 0x38).length;
    const streams = () => heard.filter((bytes) => bytes[2] === 0x02 && bytes[3] === 0x11).length;
    const [before, begun] = [asked(), streams()];
    pause(true);
    await eventually(() => expect(asked()).toBeGreaterThan(before));
    pause(false);
    expect(streams()).toBe(begun);
    expect(faults.map(({ message }) => message).join()).not.toContain('restarted');
    robot.brownOut();
    await eventually(() =>
      expect(faults.at(-1)?.message).toBe(
        'The robot on the test bench has restarted by itself; its position is lost.',
      ),
    );
    driver.act(Float64Array.of(1, 1), 60);
    expect(await eventually(() => driver.hold())).toMatchObject({ halted: true, torque: true });
    expect(driver.counters()).toMatchObject({ commands: 0, notSent: 1 });
    expect(streams()).toBeGreaterThan(begun);
  });

  it('is braked when it is disconnected, and put to sleep where the rig file says so', async () => {
    const { driver, heard } = await bench(({ file }) => {
      file.sphero!.sleepAtDisconnect = true;
    });
    heard.length = 0;
    await driver.close();
    expect(heard.map((bytes) => bytes.slice(2, 4))).toEqual([
      [0x02, 0x33],
      [0x00, 0x22],
    ]);
  });

  it('that does not answer a hold is not said to hold, and one whose port is gone is lost', async () => {
    const { driver, faults, silence, unplug } = await bench();
    await eventually(() => driver.resume());
    silence();
    expect(await rejection(driver.hold())).toMatchObject({ code: 'rig-silent' });
    unplug();
    await eventually(() => expect(faults.at(-1)?.code).toBe('rig-gone'));
    expect((await rejection(driver.hold())).code).toBe('rig-gone');
  });
});
