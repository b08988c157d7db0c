import { describe, expect, it } from 'vitest';
import type { LineFaults } from '../../../../src/main/rig/simulation/servo-bus/faults';
import { observations } from '../../bench';
import { rejection } from '../../rig-helpers';
import { NAMES, servoBench, startedServoBench } from '../../servo-bench';

const rest = new Float64Array(6);
const only = (place: number, value: number) => Float64Array.from(rest, (_, i) => (i === place ? value : 0));

/** What the motors' own registers say, by the address of a register of one byte. */
const registers = (
  bench: { motors: { motors: readonly { read(address: number, length: number): Uint8Array }[] } },
  address: number,
) => bench.motors.motors.map((motor) => motor.read(address, 1)[0]);
const TORQUE = 40;

describe('a driver of motors on a line', () => {
  it('finds its motors, sets their registers, and holds them where they are', async () => {
    const bench = await startedServoBench();
    expect(bench.driver.info).toMatchObject({
      name: 'Feetech STS',
      version: 'STS3215',
      link: 'the test bench',
    });
    expect(registers(bench, TORQUE)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(registers(bench, 21)).toEqual([16, 16, 16, 16, 16, 16]);
    expect(await bench.driver.status()).toMatchObject({ torque: true, halted: true });
    expect([...bench.plant.angles]).toEqual([0, 0, 0, 0, 0, 0]);
    // What a motor keeps without power is its own: nothing was stored.
    bench.motors.brownOut();
    expect(registers(bench, 21)).toEqual([32, 32, 32, 32, 32, 32]);
  });

  it('reads positions and velocities of the joints, in the order of the rig file', async () => {
    const { driver, plant } = await startedServoBench();
    await driver.release();
    const angles = [0.1, -0.2, 0.3, -0.4, 0.5, 0.6];
    plant.angles.set(angles);
    await observations(driver, 3);
    const { values } = driver.latest()!;
    expect(values).toHaveLength(12);
    // A count is 0.0015 rad.
    angles.forEach((angle, i) => {
      expect(Math.abs(values[i]! - angle)).toBeLessThan(0.001);
    });
    expect([...values.subarray(6)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('moves a joint as fast as it is told, and stands where it is when commands stay away', async () => {
    const { driver, plant } = await startedServoBench();
    await driver.resume();
    await observations(driver, 40, () => driver.act(only(1, 1), 10));
    const moved = plant.angles[1]!;
    expect(moved).toBeGreaterThan(0.05);
    expect(moved).toBeLessThan(1);
    expect(plant.angles[0]).toBeCloseTo(0, 2);
    driver.act(only(1, 1), 0.001);
    await expect.poll(() => driver.counters().expired).toBe(1);
    await observations(driver, 20);
    const stood = plant.angles[1]!;
    await observations(driver, 20);
    expect(plant.angles[1]).toBeCloseTo(stood, 2);
  });

  it('never sends a goal outside of the limits of a joint, nor far from where the joint is', async () => {
    const { driver, plant, motors } = await startedServoBench();
    await driver.resume();
    const seen: number[] = [];
    await observations(driver, 150, () => {
      driver.act(only(5, 100), 10);
      const goal = motors.motors[5]!.read(42, 2);
      seen.push((((goal[0]! | (goal[1]! << 8)) - 2048) * 2 * Math.PI) / 4096 - plant.angles[5]!);
    });
    // A step of 0.5 rad, and what it moves between the newest observation and now.
    expect(Math.max(...seen)).toBeLessThan(0.75);
    expect(plant.angles[5]!).toBeLessThanOrEqual(1.72);
  });

  it('turns a joint the other way where its motor is mounted the other way', async () => {
    const { driver, plant } = await startedServoBench({
      change: (rig) => {
        rig.file.servos!.motors.shoulder_lift!.direction = -1;
        rig.file.servos!.motors.shoulder_lift!.zero = 2148;
      },
    });
    await driver.resume();
    const before = driver.latest()!.values[1]!;
    expect(before).toBeCloseTo((100 * 2 * Math.PI) / 4096, 3);
    await observations(driver, 40, () => driver.act(only(1, 1), 10));
    expect(driver.latest()!.values[1]!).toBeGreaterThan(before + 0.05);
    expect(plant.angles[1]!).toBeLessThan(-0.05);
  });

  it('goes to its start, no faster than it may', async () => {
    const { driver, plant } = await startedServoBench({
      change: (rig) => {
        rig.file.servos!.startSpeed = 2;
      },
    });
    expect((await rejection(driver.reset(1))).code).toBe('stopped');
    await driver.resume();
    const { values } = await driver.reset(1);
    expect(Math.abs(values[1]! - -0.6)).toBeLessThan(0.13);
    expect(plant.angles[2]!).toBeGreaterThan(0.4);
  });

  it('says which joint cannot reach its start', async () => {
    const { driver, plant } = await startedServoBench({
      change: (rig) => {
        rig.file.servos!.startSpeed = 3;
      },
    });
    await driver.resume();
    const start = rejection(driver.reset(1));
    const blocked = driver.onObservation(() => {
      plant.angles[1] = 0;
      plant.velocities[1] = 0;
    });
    expect((await start).message).toMatch(
      /does not reach its start: "shoulder_lift" \(motor 2\) stands 0\.\d+ rad away/,
    );
    blocked.dispose();
  });
});

describe('a driver of motors of the SCS series', () => {
  it('reads them one by one, with their high bytes first, and moves and releases them', async () => {
    const bench = await startedServoBench({
      model: 'scs0009',
      periodSeconds: 0.03,
      change: (rig) => {
        for (const motor of Object.values(rig.file.servos!.motors)) {
          Object.assign(motor, { model: 'scs0009', registers: { p_gain: 60 } });
        }
      },
    });
    const { driver, plant } = bench;
    expect(driver.info).toMatchObject({ name: 'Feetech SCS', version: 'SCS0009' });
    await driver.resume();
    await observations(driver, 20, () => driver.act(only(1, 1), 10));
    expect(plant.angles[1]!).toBeGreaterThan(0.1);
    // Half a count is 0.0026 rad, and it moves between a reading and now.
    expect(Math.abs(driver.latest()!.values[1]! - plant.angles[1]!)).toBeLessThan(0.15);
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
    expect(registers(bench, TORQUE)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('hold and release of motors on a line', () => {
  it('are what every motor says of itself', async () => {
    const bench = await startedServoBench();
    const { driver } = bench;
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
    expect(registers(bench, TORQUE)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await driver.hold()).toMatchObject({ torque: true, halted: true });
    expect(registers(bench, TORQUE)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(await driver.resume()).toMatchObject({ torque: true, halted: false });
  });

  it('hold where the arm is, not where it was to go', async () => {
    const { driver, plant } = await startedServoBench();
    await driver.release();
    plant.angles[0] = 1;
    await observations(driver, 3);
    await driver.hold();
    await driver.resume();
    await observations(driver, 20, () => driver.act(rest, 10));
    expect(plant.angles[0]).toBeCloseTo(1, 2);
  });

  it('name the motor that does not confirm, and hold the others', async () => {
    const bench = await startedServoBench();
    bench.missing.add(3);
    const error = await rejection(bench.driver.release());
    expect(error.code).toBe('rig-refused');
    expect(error.message).toBe(
      'The release is not confirmed by 1 of 6 motors on the test bench. "elbow_flex" (motor 3): it does not answer.',
    );
    expect(registers(bench, TORQUE)).toEqual([0, 0, 0, 0, 0, 0]);
    const said = bench.driver.motorReadings?.() ?? [];
    expect(said.map(({ doubt }) => doubt)).toEqual([null, null, 'it does not answer', null, null, null]);
    expect(said.map(({ torque }) => torque)).toEqual([false, false, true, false, false, false]);
    expect(said.map(({ confirmedMs }) => Number.isFinite(confirmedMs))).toEqual([
      true,
      true,
      false,
      true,
      true,
      true,
    ]);
  });

  it('let no goal out any more, whatever is on its way', async () => {
    const bench = await startedServoBench();
    const { driver } = bench;
    await driver.resume();
    for (let i = 0; i < 10; i++) driver.act(only(0, 1.5), 10);
    const held = driver.hold();
    driver.act(only(0, 1.5), 10);
    await held;
    const goal = [...bench.motors.motors[0]!.read(42, 2)];
    driver.act(only(0, 1.5), 10);
    await observations(driver, 3);
    expect([...bench.motors.motors[0]!.read(42, 2)]).toEqual(goal);
    expect(driver.counters().notSent).toBe(2);
  });

  it('of which the newest wins', async () => {
    const bench = await startedServoBench();
    const held = rejection(bench.driver.hold());
    const released = bench.driver.release();
    expect(await released).toMatchObject({ torque: false });
    expect((await held).code).toBe('stopped');
    expect(registers(bench, TORQUE)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('motors in trouble', () => {
  it.each<[string, Partial<LineFaults>]>([
    ['lost', { dropped: 0.01 }],
    ['damaged', { corrupted: 0.01 }],
    ['doubled', { duplicated: 0.05 }],
    ['heard twice', { echo: true }],
  ])('are driven on while answers are %s now and then', async (_, faults) => {
    const {
      driver,
      faults: told,
      served,
    } = await startedServoBench({ faults: { echo: faults.echo === true } });
    await driver.resume();
    served.faults = { ...served.faults, ...faults };
    await observations(driver, 100, () => driver.act(only(1, 0.5), 10));
    expect(told).toEqual([]);
    expect(driver.latest()!.values[1]!).toBeGreaterThan(0.1);
  });

  it('are named with the likely cause: one that is silent', async () => {
    const { driver, fault, missing } = await startedServoBench();
    await driver.resume();
    missing.add(6);
    const error = await fault('bad-data');
    expect(error.message).toMatch(
      /^"gripper" \(motor 6\) on the test bench has not answered for 5 control periods, other motors have: its plug is loose/,
    );
  });

  it('are named with the likely cause: a cable between two of them', async () => {
    const { driver, fault, missing } = await startedServoBench();
    await driver.resume();
    for (const id of [4, 5, 6]) missing.add(id);
    expect((await fault('bad-data')).message).toMatch(
      /^"wrist_flex" .*it and all motors behind it are silent, so the cable after "elbow_flex" \(motor 3\) is unplugged/,
    );
  });

  it('are named with what they report: an overload, which ends the motion', async () => {
    const { driver, fault, motors } = await startedServoBench();
    await driver.resume();
    motors.overload(2);
    expect(await fault('rig-refused')).toMatchObject({
      message:
        '"shoulder_lift" (motor 2) on the test bench reports: overload: it is blocked or carries too much.',
    });
  });

  it('are noticed when they have restarted by themselves, and get their registers again', async () => {
    const bench = await startedServoBench();
    const { driver } = bench;
    await driver.resume();
    bench.motors.brownOut();
    await driver.status();
    expect((await bench.fault('rig-refused')).message).toMatch(
      /exerts no torque any more, which nobody has asked for/,
    );
    await driver.hold();
    await driver.resume();
    expect(registers(bench, 21)).toEqual([16, 16, 16, 16, 16, 16]);
    expect(registers(bench, TORQUE)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('are gone with their cable', async () => {
    const { driver, fault, unplug } = await startedServoBench();
    await driver.resume();
    unplug();
    expect((await fault('rig-gone')).message).toMatch(/^The connection on the test bench is gone/);
    expect(() => driver.act(rest, 1)).toThrow(/is gone/);
  });

  it('are told as silent when all of them are without power', async () => {
    const { fault, missing } = await startedServoBench();
    NAMES.forEach((_, i) => void missing.add(i + 1));
    expect((await fault('rig-silent')).message).toMatch(/^The device on the test bench has sent nothing/);
  });
});

describe('motors that are not those of the rig file', () => {
  it('are refused by name: a silent one', async () => {
    const bench = await servoBench();
    bench.missing.add(5);
    expect((await rejection(bench.start())).message).toBe(
      '"wrist_roll" (motor 5) on the test bench does not answer; the others do.',
    );
  });

  it('are refused by name: another model', async () => {
    const bench = await servoBench({
      change: (rig) => {
        rig.file.servos!.motors.gripper!.model = 'sts3250';
      },
    });
    expect((await rejection(bench.start())).message).toMatch(
      /"gripper" \(motor 6\) is of model 777 and no STS3250/,
    );
  });

  it('are refused by name: a register that is none', async () => {
    const bench = await servoBench({
      change: (rig) => {
        rig.file.servos!.motors.gripper!.registers = { id: 3 };
      },
    });
    expect((await rejection(bench.start())).message).toMatch(
      /"gripper" \(motor 6\) has no register "id" that a rig file may set/,
    );
  });

  it('are not there at all', async () => {
    const bench = await servoBench();
    NAMES.forEach((_, i) => void bench.missing.add(i + 1));
    expect((await rejection(bench.start())).message).toBe('None of the 6 motors on the test bench answers.');
  });
});
