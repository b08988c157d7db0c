import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Driver, DriverCalibration } from '../../../../src/main/rig/driver';
import { CalibrationStore } from '../../../../src/main/rig/drivers/servo-bus/calibration/store';
import type { CalibrationProgress } from '../../../../src/shared/calibration';
import { eventually } from '../../../eventually';
import { observations } from '../../bench';
import { rejection, temporaryFolder } from '../../rig-helpers';
import { NAMES, type ServoBench, servoBench } from '../../servo-bench';

const DEVICE = { kind: 'usb', name: 'TEST-1' } as const;
/** The wrap of every encoder, at half a turn, lies in the travel. */
const JOINTS = { range: [1, 4] as const, start: 2 };
const HOME = 2.5;

interface Calibrating {
  bench: ServoBench;
  store: CalibrationStore;
  driver: Driver;
  calibration: DriverCalibration;
  progress(): CalibrationProgress;
  /** Moves all joints there by hand, no farther between two readings than a hand does. */
  moveTo(angle: number): Promise<void>;
}

async function calibrating(folder?: string): Promise<Calibrating> {
  const bench = await servoBench({
    joints: JOINTS,
    change: ({ file }) => {
      for (const motor of Object.values(file.servos!.motors)) motor.limits = [-1.4, 1.4];
    },
  });
  const store = new CalibrationStore(folder ?? (await temporaryFolder()), 'so101');
  const driver = await bench.start({ device: DEVICE, store });
  let newest: CalibrationProgress | undefined;
  driver.calibration!.onProgress((progress) => {
    newest = progress;
  });
  return {
    ...{ bench, store, driver },
    calibration: driver.calibration!,
    progress: () => newest!,
    moveTo: async (angle) => {
      while (bench.plant.angles.some((at) => Math.abs(at - angle) > 1e-9)) {
        bench.plant.angles.forEach((at, i) => {
          bench.plant.angles[i] = at + Math.max(-0.8, Math.min(0.8, angle - at));
        });
        await observations(driver, 3);
      }
    },
  };
}

/** Released, swept and in the home pose. */
async function swept(one: Calibrating): Promise<void> {
  await one.driver.release();
  await one.calibration.act({ act: 'begin' });
  for (const angle of [1, 4, HOME]) await one.moveTo(angle);
  await one.calibration.act({ act: 'home' });
}

const register = (bench: ServoBench, place: number, name: string) =>
  bench.motors.motors[place]!.memoryKept()[name];

describe('a calibration', () => {
  it('begins when torque is off, and only then', async () => {
    const { driver, calibration } = await calibrating();
    await driver.resume();
    const refused = await rejection(calibration.act({ act: 'begin' }));
    expect(refused.message).toBe('The rig cannot be calibrated now: it has not been released.');
    expect(refused.next).toMatch(/^Support the arm with your hand/);
  });

  it('is shown before anything is written, then written, read back and used', async () => {
    const one = await calibrating();
    await swept(one);
    const shown = one.progress();
    expect(shown.stage).toBe('review');
    expect(shown.joints.map(({ findings }) => findings.filter(({ weight }) => weight === 'blocks'))).toEqual(
      NAMES.map(() => []),
    );
    expect(shown.joints[0]).toMatchObject({ done: true, wrapped: true, expected: 2.8 });
    expect(register(one.bench, 0, 'homing_offset')).toBe(0);
    expect((await rejection(one.driver.resume())).message).toMatch(/being calibrated/);
    await one.calibration.act({ act: 'write', note: 'first' });
    expect(one.progress()).toMatchObject({ stage: 'done', version: 1 });
    const { homingOffset, range } = one.progress().joints[0]!.proposal!;
    expect(one.progress().joints[0]!.readBack).toEqual({ homingOffset, low: range[0], high: range[1] });
    expect(register(one.bench, 0, 'homing_offset')).toBe(homingOffset);
    expect(await one.store.shelf(DEVICE)).toMatchObject({ inForce: 1, versions: [{ note: 'first' }] });
    expect(one.driver.info.calibration).toMatchObject({ version: 1, mismatch: null });
    // The home pose is where angles are 0, and limits follow from the travel.
    await one.moveTo(3.5);
    const [observation] = await observations(one.driver, 1);
    expect(observation!.values[0]).toBeCloseTo(1, 2);
    await one.driver.resume();
    await observations(one.driver, 3);
    expect(one.bench.plant.angles[0]).toBeCloseTo(3.5, 1);
  });

  it('is used by whoever connects next, and survives the supply', async () => {
    const folder = await temporaryFolder();
    const one = await calibrating(folder);
    await swept(one);
    await one.calibration.act({ act: 'write', note: '' });
    one.bench.motors.brownOut();
    await one.driver.close();
    const shelf = new CalibrationStore(folder, 'so101');
    const calibration = (await shelf.inForce(DEVICE))!;
    expect(calibration.motors.gripper).toMatchObject({ id: 6, direction: 1, fullTurn: false });
    expect(register(one.bench, 5, 'homing_offset')).toBe(calibration.motors.gripper!.homingOffset);
    expect(register(one.bench, 5, 'min_position')).toBe(calibration.motors.gripper!.range[0]);
  });

  it('is missed where the motors hold something else, which is said and not repaired', async () => {
    const folder = await temporaryFolder();
    const first = await calibrating(folder);
    await swept(first);
    await first.calibration.act({ act: 'write', note: '' });
    // Another arm with the same adapter: its motors are as delivered.
    const { driver, calibration, bench } = await calibrating(folder);
    const { mismatch } = driver.info.calibration!;
    expect(mismatch).toMatch(/^The motors do not hold version 1 .* the adapter TEST-1: "shoulder_pan" /);
    expect(mismatch).toMatch(/homing offset 0 instead of/);
    expect((await rejection(driver.resume())).message).toBe(mismatch);
    expect(register(bench, 0, 'homing_offset')).toBe(0);
    await driver.release();
    await calibration.act({ act: 'use', version: 1 });
    expect(driver.info.calibration!.mismatch).toBeNull();
    expect(register(bench, 0, 'homing_offset')).not.toBe(0);
    await driver.resume();
  });

  it('leaves the one before valid however it is given up', async () => {
    const one = await calibrating();
    await swept(one);
    await one.calibration.act({ act: 'write', note: '' });
    const before = register(one.bench, 0, 'homing_offset');
    await one.calibration.act({ act: 'begin' });
    await one.moveTo(1.5);
    await one.calibration.act({ act: 'cancel' });
    expect(one.progress()).toMatchObject({
      stage: 'ended',
      message: 'The calibration was cancelled; nothing was written.',
    });
    await one.calibration.act({ act: 'begin' });
    await one.driver.hold();
    expect(one.progress().message).toMatch(/nothing was written: the rig was brought to hold/);
    expect(register(one.bench, 0, 'homing_offset')).toBe(before);
    expect(one.driver.info.calibration).toMatchObject({ version: 1, mismatch: null });
    await one.driver.resume();
  });

  it('names a motor that falls silent in the middle, and cannot be written without it', async () => {
    const one = await calibrating();
    await one.driver.release();
    await one.calibration.act({ act: 'begin' });
    one.bench.missing.add(3);
    await eventually(() => expect(one.progress().joints[2]).toMatchObject({ silent: true }), 20);
    expect(one.progress().joints[2]!.findings[0]!.message).toMatch(/does not answer/);
  });

  it('gives back what the others held where one motor does not take it', async () => {
    const one = await calibrating();
    await swept(one);
    // Its EEPROM is worn out: what is written is gone at once.
    const motor = one.bench.motors.motors[3]!;
    const write = motor.write.bind(motor);
    motor.write = (address, data) => {
      if (address !== 31) write(address, data);
    };
    const refused = await rejection(one.calibration.act({ act: 'write', note: '' }));
    expect(refused.message).toMatch(
      /"wrist_flex" \(motor 4\).* was to have -?\d+ in its register 31, and has 0/,
    );
    expect(refused.message).toMatch(/Every motor has confirmed that it holds again what it held before/);
    expect(register(one.bench, 0, 'homing_offset')).toBe(0);
    expect(await one.store.shelf(DEVICE)).toMatchObject({ inForce: null, versions: [{ version: 1 }] });
    expect(one.driver.info.calibration).toMatchObject({ version: null, mismatch: null });
  });

  it('goes on over a failure of the supply while joints are moved', async () => {
    const one = await calibrating();
    await one.driver.release();
    await one.calibration.act({ act: 'begin' });
    await one.moveTo(1);
    one.bench.motors.brownOut();
    for (const angle of [4, HOME]) await one.moveTo(angle);
    await one.calibration.act({ act: 'home' });
    expect(one.progress().stage).toBe('review');
    expect(one.progress().joints[0]!.proposal!.range[1] - one.progress().joints[0]!.proposal!.range[0]).toBe(
      Math.round((3 / (2 * Math.PI)) * 4096),
    );
  });
});

describe('calibrations in files', () => {
  const made = {
    ...{ rig: 'so101', driver: 'feetech' as const, device: DEVICE, madeAt: '2026-11-29T12:00:00.000Z' },
    ...{ origin: 'swept' as const, note: '' },
    motors: {
      gripper: {
        ...{ id: 6, model: 'sts3215', direction: 1 as const, zero: 2000, homingOffset: -5 },
        ...{ range: [1000, 3000] as [number, number], fullTurn: false },
      },
    },
  };

  it('are versions that nothing overwrites, whoever writes at the same time', async () => {
    const folder = await temporaryFolder();
    const store = new CalibrationStore(folder, 'so101');
    const saved = await Promise.all(Array.from({ length: 5 }, () => store.add(made)));
    expect(saved.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5]);
    await store.putInForce(DEVICE, 2);
    expect((await store.inForce(DEVICE))?.version).toBe(2);
    expect((await new CalibrationStore(folder, 'other').shelves()).length).toBe(0);
  });

  it('say what is wrong with one that is damaged, and leave the others in force', async () => {
    const folder = await temporaryFolder();
    const store = new CalibrationStore(folder, 'so101');
    await store.add(made);
    await store.add(made);
    await store.putInForce(DEVICE, 1);
    await writeFile(join(folder, 'calibrations', 'so101', 'usb-TEST-1', 'v0002.json'), '{"schema":1}');
    const shelf = await store.shelf(DEVICE);
    expect(shelf.problems[0]).toMatch(/v0002\.json is no calibration: schema: /);
    expect((await store.inForce(DEVICE))?.version).toBe(1);
    await store.putInForce(DEVICE, 2);
    expect((await rejection(store.inForce(DEVICE))).message).toMatch(/Version 2 .* cannot be read/);
    expect((await rejection(store.version(DEVICE, 9))).next).toBe('There are: 1.');
  });
});
