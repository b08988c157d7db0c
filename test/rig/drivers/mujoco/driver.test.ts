import { describe, expect, it, onTestFinished } from 'vitest';
import { loadRig, openDriver } from '../../../../src/main/rig';
import type { Driver, Observation } from '../../../../src/main/rig/driver';
import { noHost, rejection } from '../../rig-helpers';

async function openBalance(mode: Driver['mode']): Promise<Driver> {
  const driver = await openDriver(await loadRig('cartpole-balance'), { mode, seed: 1 }, noHost);
  onTestFinished(() => driver.close());
  return driver;
}

function nextObservations(driver: Driver, count: number): Promise<Observation[]> {
  return new Promise((resolve) => {
    const seen: Observation[] = [];
    const subscription = driver.onObservation((observation) => {
      seen.push(observation);
      if (seen.length < count) return;
      subscription.dispose();
      resolve(seen);
    });
  });
}

describe('a simulated rig in lockstep', () => {
  it('moves by one control period for every advance and repeats itself after a reset with the same seed', async () => {
    const driver = await openBalance('lockstep');
    const episode = async () => {
      const start = await driver.reset(5);
      const steps = Array.from({ length: 30 }, () => driver.advance!(new Float64Array([0.3])));
      return [start, ...steps];
    };
    const first = await episode();
    const second = await episode();
    expect(second.map((o) => [...o.values])).toEqual(first.map((o) => [...o.values]));
    expect(first[30]!.deviceSeconds - first[0]!.deviceSeconds).toBeCloseTo(30 * 0.02, 12);
    expect(second[0]!.deviceSeconds).toBeGreaterThanOrEqual(first[30]!.deviceSeconds);
  });

  it('applies the hold action while on hold, whatever is commanded, and says so', async () => {
    const driver = await openBalance('lockstep');
    driver.advance!(new Float64Array([1]));
    expect(await driver.hold()).toEqual({ torque: true, halted: true, applied: new Float64Array([0]) });
    const before = driver.latest()!.values[1]!;
    expect(Math.abs(driver.advance!(new Float64Array([1])).values[1]! - before)).toBeLessThan(0.01);
    expect(await rejection(driver.reset(1))).toMatchObject({ code: 'rig-refused' });
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
    expect(await driver.resume()).toMatchObject({ torque: true, halted: false });
    expect(driver.advance!(new Float64Array([1])).values[1]! - before).toBeGreaterThan(0.15);
  });

  it.each([
    ['at the first step', { uniform: [1e12, 2e12] as [number, number] }],
    ['later', { uniform: [1e9, 2e9] as [number, number] }],
  ])('refuses to go on when the simulation blows up %s', async (_, velocity) => {
    const rig = await loadRig('cartpole-swingup');
    rig.file.mujoco!.start.pole = { velocity };
    const driver = await openDriver(rig, { mode: 'lockstep', seed: 1 }, noHost);
    onTestFinished(() => driver.close());
    expect(() => {
      for (let i = 0; i < 50; i++) driver.advance!(new Float64Array([0]));
    }).toThrow(/became unstable/);
  });
});

describe('a simulated rig in real time', () => {
  it('streams one observation a control period by itself, and each is one period of the plant', async () => {
    const driver = await openBalance('realtime');
    const seen = await nextObservations(driver, 26);
    for (const [k, { deviceSeconds }] of seen.entries())
      expect(deviceSeconds - seen[0]!.deviceSeconds).toBeCloseTo(k * 0.02, 9);
    // Not faster than its plant; what a busy machine makes of it, nobody knows.
    expect(seen[25]!.hostSeconds).toBeGreaterThan(seen[0]!.hostSeconds);
  });

  it('stands at its start until something begins, however long it is only told to hold', async () => {
    const driver = await openBalance('realtime');
    const holding = driver.onObservation(() => driver.act(new Float64Array([0]), 0.3));
    await driver.resume();
    const seen = await nextObservations(driver, 12);
    holding.dispose();
    for (const { values } of seen) expect([...values]).toEqual([...seen[0]!.values]);
    expect(seen[11]!.deviceSeconds).toBeGreaterThan(seen[0]!.deviceSeconds);
    // So that a window can say it.
    const { steps, atStart } = driver.counters();
    expect(atStart).toBeGreaterThan(11);
    expect(atStart).toBe(steps);
  });

  it.each([
    ['a command', (driver: Driver) => driver.act(new Float64Array([0.1]), 0.01)],
    ['a reset', (driver: Driver) => driver.reset(3)],
    ['a release: what is raised drops', (driver: Driver) => driver.release()],
  ])('moves from then on after %s', async (_, begin) => {
    const driver = await openBalance('realtime');
    await begin(driver);
    await nextObservations(driver, 3);
    const [before, after] = await nextObservations(driver, 2);
    expect([...after!.values]).not.toEqual([...before!.values]);
    const { steps = 0, atStart } = driver.counters();
    expect(atStart).toBeLessThan(steps);
  });

  it('goes to its hold action when commands stop', async () => {
    const driver = await openBalance('realtime');
    const [before] = await nextObservations(driver, 1);
    // The first command outlives any pause of a busy machine, the second one lives for a few periods more.
    driver.act(new Float64Array([1]), 600);
    const pushed = (await nextObservations(driver, 10))[9]!;
    expect(pushed.values[1]! - before!.values[1]!).toBeGreaterThan(0.5);
    driver.act(new Float64Array([1]), 0.3);
    let [previous, last] = await nextObservations(driver, 2);
    while (last!.hostSeconds < pushed.hostSeconds + 0.4)
      [previous, last] = [last, ...(await nextObservations(driver, 1))];
    expect(Math.abs(last!.values[1]! - previous!.values[1]!)).toBeLessThan(0.1);
  });

  it('is closed for good once closed', async () => {
    const driver = await openBalance('realtime');
    await driver.close();
    expect(() => driver.act(new Float64Array([0]), 1)).toThrow(/is closed/);
    await expect(driver.hold()).rejects.toMatchObject({ code: 'rig-gone' });
  });
});
