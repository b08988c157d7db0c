import { describe, expect, it, onTestFinished } from 'vitest';
import { DYNAMIXEL } from '../../../../src/main/rig/drivers/dynamixel/family';
import { INSTRUCTION } from '../../../../src/main/rig/drivers/dynamixel/packets';
import { dynamixelProtocol } from '../../../../src/main/rig/drivers/dynamixel/protocol';
import { ServoBus } from '../../../../src/main/rig/drivers/servo-bus/bus';
import { startServoDriver } from '../../../../src/main/rig/drivers/servo-bus/driver';
import { busMotors } from '../../../../src/main/rig/drivers/servo-bus/motors';
import { loadRig } from '../../../../src/main/rig/index';
import type { DynamixelBus } from '../../../../src/main/rig/simulation/dynamixel/bus';
import type { LineFaults } from '../../../../src/main/rig/simulation/servo-bus/faults';
import { serveBus } from '../../../../src/main/rig/simulation/servo-bus/serve';
import { simulateServos } from '../../../../src/main/rig/simulation/servo-bus/simulate';
import { memoryPair } from '../../../../src/main/rig/transport/memory';
import type { ForesightError } from '../../../../src/shared/errors';
import { eventually } from '../../../eventually';
import { rejection } from '../../rig-helpers';

/** The arm with a free pendulum: two motors that turn it, and one that only measures. */
async function openArm(prepare: (bus: DynamixelBus) => void = () => {}, faults: Partial<LineFaults> = {}) {
  const rig = await loadRig('dynamixel-pendulum');
  const [host, device] = memoryPair('the test bench');
  const simulated = (await simulateServos(rig)) as DynamixelBus;
  prepare(simulated);
  const asked: number[] = [];
  device.onData((bytes) => asked.push(bytes[7] ?? 0));
  /** What becomes of bytes that the motors are sent. */
  const line = { deaf: false };
  const served = serveBus({
    bus: simulated,
    line: {
      write: (bytes) => device.write(bytes),
      onData: (listener) => device.onData((bytes) => (line.deaf ? undefined : listener(bytes))),
    },
    faults,
    seed: 4,
    onFailure: (thrown) => {
      throw thrown;
    },
  });
  const motors = busMotors(rig.file, DYNAMIXEL);
  const bus = new ServoBus(host, dynamixelProtocol, 1_000_000);
  onTestFinished(() => {
    served.dispose();
    bus.dispose();
    simulated.dispose();
  });
  const open = async () => {
    const driver = await startServoDriver(rig, rig.file.servos!, bus, motors);
    onTestFinished(() => driver.close());
    const faultsSeen: ForesightError[] = [];
    driver.onFault((fault) => faultsSeen.push(fault));
    return { driver, faultsSeen };
  };
  const table = (id: number, name: string) =>
    simulated.motors.find((motor) => motor.id === id)!.table.get(name);
  return { rig, simulated, served, asked, line, open, table };
}

const SLOW = Float64Array.of(1, -1);
const fault = (faults: readonly ForesightError[], words: RegExp) =>
  eventually(
    () => faults.find(({ message }) => words.test(message)) ?? Promise.reject(new Error('no fault')),
  );

describe('the driver of Dynamixel motors', () => {
  it('holds the motors where they are, as the rig file wants them, and lets the one that measures alone', async () => {
    const { open, table } = await openArm();
    const { driver } = await open();
    expect(await driver.status()).toMatchObject({ torque: true, halted: true });
    expect([1, 2, 3].map((id) => table(id, 'torque'))).toEqual([1, 1, 0]);
    expect([1, 2, 3].map((id) => table(id, 'return_delay'))).toEqual([0, 0, 0]);
    expect([1, 2, 3].map((id) => table(id, 'p_gain'))).toEqual([1000, 1000, 400]);
    expect([1, 2].map((id) => table(id, 'goal'))).toEqual([2048, 2048]);
    // 0.3 s, of 20 ms each.
    expect(table(1, 'bus_watchdog')).toBe(15);
  });

  it('does not let a goal from before take a motor away when torque comes on', async () => {
    const { open, table } = await openArm((bus) => {
      const [motor] = bus.motors;
      motor?.write(116, Uint8Array.of(0xb8, 0x0b, 0, 0));
    });
    await open();
    expect(table(1, 'goal')).toBe(2048);
  });

  it('reads all motors at once, one model after the other, and moves them', async () => {
    const { open, asked, table } = await openArm();
    const { driver, faultsSeen } = await open();
    await driver.resume();
    asked.length = 0;
    const moved = await eventually(() => {
      driver.act(SLOW, 0.2);
      const values = driver.latest()?.values ?? [];
      return (values[0] ?? 0) > 0.2 && (values[1] ?? 0) < -0.2
        ? values
        : Promise.reject(new Error('not yet'));
    });
    expect(asked).toContain(INSTRUCTION.fastSyncRead);
    expect(asked).not.toContain(INSTRUCTION.read);
    expect(moved[2]).not.toBe(0);
    expect(table(1, 'goal')).toBeGreaterThan(2048);
    expect(faultsSeen).toEqual([]);
  });

  it('releases every motor, and holds them again where they have fallen to', async () => {
    const { open, table } = await openArm();
    const { driver } = await open();
    await driver.resume();
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
    expect([1, 2, 3].map((id) => table(id, 'torque'))).toEqual([0, 0, 0]);
    expect(await driver.hold()).toMatchObject({ torque: true, halted: true });
    expect(Math.abs(table(2, 'goal') - table(2, 'position'))).toBeLessThan(40);
  });

  it('has motors that stop by themselves when this computer is gone, and says so when it is back', async () => {
    const { open, line, table } = await openArm();
    const { driver, faultsSeen } = await open();
    await driver.resume();
    line.deaf = true;
    await eventually(() => expect(table(1, 'bus_watchdog')).toBe(-1));
    line.deaf = false;
    await eventually(() => driver.status());
    await fault(faultsSeen, /"shoulder" \(motor 1\), "elbow" \(motor 2\) .* stopped by itself/);
    await driver.resume();
    expect(table(1, 'bus_watchdog')).toBe(15);
  });

  it('does not call a hold confirmed while a motor has no watchdog', async () => {
    const { open, simulated } = await openArm();
    const { driver } = await open();
    // Firmware of before 38 does not know that register.
    const { table } = simulated.motors[0]!;
    const write = table.write.bind(table);
    table.write = (address, data) => (address === 98 ? 7 : write(address, data));
    table.put('bus_watchdog', 0);
    expect(await rejection(driver.hold())).toMatchObject({
      message: expect.stringMatching(/"shoulder" \(motor 1\): its own watchdog is not set/),
    });
  });

  it('says what a motor reports, with its name, and restarts it when the rig is resumed', async () => {
    const { open, simulated, table } = await openArm();
    const { driver, faultsSeen } = await open();
    await driver.resume();
    simulated.overload(2);
    const told = await fault(faultsSeen, /overload/);
    expect(told.code).toBe('rig-refused');
    expect(told.message).toMatch(
      /"elbow" \(motor 2\) .* reports: overload: it is blocked or carries too much/,
    );
    expect(await rejection(driver.hold())).toMatchObject({
      message: expect.stringMatching(
        /not confirmed by 1 of 3 motors.*"elbow" \(motor 2\): its torque is off/,
      ),
    });
    await driver.release();
    expect(await driver.resume()).toMatchObject({ torque: true, halted: false });
    expect([table(2, 'hardware_error'), table(2, 'torque'), table(2, 'p_gain')]).toEqual([0, 1, 1000]);
  });

  it('names a motor that does not answer any more', async () => {
    const { open, simulated } = await openArm();
    const { faultsSeen } = await open();
    simulated.motors[1]?.table.put('id', 20);
    const told = await fault(faultsSeen, /has not answered/);
    expect(told.message).toContain('"elbow" (motor 2)');
  });

  it('goes on while packets are lost and damaged', async () => {
    const { open } = await openArm(undefined, { dropped: 0.03, corrupted: 0.03, duplicated: 0.03 });
    const { driver, faultsSeen } = await open();
    const from = driver.counters().observations ?? 0;
    await eventually(() => expect(driver.counters().observations).toBeGreaterThan(from + 40));
    expect(faultsSeen).toEqual([]);
  });

  it.each<[string, (bus: DynamixelBus) => void, RegExp]>([
    [
      'are in a mode without goals',
      // Torque on, so that the rig file's own mode cannot be set.
      (bus) => {
        bus.motors[0]?.table.put('operating_mode', 1);
        bus.motors[0]?.table.put('torque', 1);
      },
      /"shoulder" \(motor 1\) has operating_mode 1 and not 3, and takes no other while it exerts torque/,
    ],
    [
      'would refuse goals without a word',
      (bus) => bus.motors[1]?.table.put('max_position', 3000),
      /"elbow" \(motor 2\) refuses goals outside of 0 to 3000 .* its limits are 809 to 3287/,
    ],
    [
      'are another model',
      (bus) => bus.motors[2]?.table.put('model', 1200),
      /"tip" \(motor 3\) is of model 1200 and no XL330-M077/,
    ],
  ])('does not take over motors that %s', async (_, prepare, words) => {
    const { open } = await openArm(prepare);
    expect((await rejection(open())).message).toMatch(words);
  });
});
