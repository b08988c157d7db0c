import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../../src/main/rig/drivers/microcontroller/protocol/frame';
import {
  encodeDeviceMessage,
  encodeHostMessage,
  UNASKED,
} from '../../../../src/main/rig/drivers/microcontroller/protocol/messages';
import { Random } from '../../../../src/shared/random';
import { nothing, observations, openBench, unchanged, type WireKind } from '../../bench';
import { rejection } from '../../rig-helpers';

const force = (value: number) => Float64Array.of(value);

describe.each<WireKind>(['memory', 'pseudo-terminal'])('the serial driver over a line (%s)', (kind) => {
  it('streams observations at the control period with the device’s own time', async () => {
    const { driver } = await openBench(kind);
    expect(driver.info).toMatchObject({ name: 'foresight-cartpole', version: '1.0.0' });
    const seen = await observations(driver, 26);
    const periods = seen.slice(1).map((observation, i) => observation.deviceSeconds - seen[i]!.deviceSeconds);
    expect(Math.min(...periods)).toBeGreaterThan(0);
    // A busy machine may let the simulated device be late, but never early.
    expect(seen.at(-1)!.deviceSeconds - seen[0]!.deviceSeconds).toBeGreaterThan(25 * 0.02 * 0.9);
    expect(driver.counters()).toMatchObject({ badCrc: 0, malformed: 0, lost: 0, unreadable: 0 });
  });

  it('moves the cart while commands come, and the device stops by itself when they stop', async () => {
    const { driver } = await openBench(kind);
    await driver.reset(3);
    // However few commands a busy machine gets through, in the end the cart moves.
    const velocity = async () =>
      (await observations(driver, 1, () => driver.act(force(1), 0.3)))[0]!.values[1]!;
    const atRest = await velocity();
    while ((await velocity()) - atRest < 1);
    const { expired } = driver.counters();
    while (driver.counters().expired === expired) await observations(driver, 1);
    const [previous, last] = await observations(driver, 2);
    expect(Math.abs(last!.values[1]! - previous!.values[1]!)).toBeLessThan(0.1);
  });

  it('resets to the start that the seed draws', async () => {
    const { driver } = await openBench(kind);
    const first = await driver.reset(11);
    await observations(driver, 3);
    const second = await driver.reset(11);
    const other = await driver.reset(12);
    expect([...second.values]).toEqual([...first.values]);
    expect([...other.values]).not.toEqual([...first.values]);
    expect(Math.max(...first.values.map(Math.abs))).toBeLessThanOrEqual(0.0501);
  });

  it('reports what the device reads back after hold, release and resume', async () => {
    const { driver } = await openBench(kind);
    driver.act(force(1), 5);
    expect(await driver.hold()).toEqual({ torque: true, halted: true, applied: force(0) });
    driver.act(force(1), 5);
    expect(await driver.release()).toEqual({ torque: false, halted: true, applied: force(0) });
    expect(await rejection(driver.reset(1))).toMatchObject({
      code: 'rig-refused',
      message: expect.stringContaining('refused to reset: released'),
    });
    expect(await driver.resume()).toEqual({ torque: true, halted: false, applied: force(0) });
    expect(driver.counters().notSent).toBe(1);
  });

  it('goes on through garbage between the frames', async () => {
    const { driver, injectToHost, faults } = await openBench(kind);
    const random = new Random(1);
    const rubbish = () => Uint8Array.from({ length: 1 + random.integer(40) }, () => random.integer(256));
    await observations(driver, 25, () => injectToHost(rubbish()));
    const { badCrc, malformed } = driver.counters();
    expect(badCrc! + malformed!).toBeGreaterThan(5);
    // Rubbish may cost the frame that it runs into, so at most every other one.
    expect(driver.counters().lost).toBeLessThanOrEqual(25);
    expect(faults).toEqual([]);
  });

  it('loses only the frames that lost bytes touched, and counts them', async () => {
    const bench = await openBench(kind);
    let passed = 0;
    bench.toHost = (bytes) => bytes.filter(() => ++passed % 101 !== 0);
    while (passed < 1000) await observations(bench.driver, 5);
    bench.toHost = unchanged;
    await observations(bench.driver, 2);
    const { lost, badCrc, malformed } = bench.driver.counters();
    expect(lost).toBeGreaterThan(3);
    expect(badCrc! + malformed!).toBeGreaterThan(3);
    expect(badCrc! + malformed!).toBeLessThanOrEqual(2 * lost!);
    expect(bench.faults).toEqual([]);
  });

  it('drops a frame whose CRC is wrong and counts it', async () => {
    const bench = await openBench(kind);
    bench.toHost = (bytes) => {
      bench.toHost = unchanged;
      // The last byte before the closing zero belongs to the CRC; 1 and 2 keep the stuffing whole.
      return bytes.map((byte, i) => (i === bytes.length - 2 ? (byte === 1 ? 2 : 1) : byte));
    };
    await observations(bench.driver, 3);
    expect(bench.driver.counters()).toMatchObject({ badCrc: 1, lost: 1 });
  });

  it('recovers from a frame that ends half way', async () => {
    const bench = await openBench(kind);
    bench.toHost = (bytes) => {
      bench.toHost = unchanged;
      return bytes.subarray(0, bytes.length >> 1);
    };
    await observations(bench.driver, 3);
    const { lost, badCrc, malformed } = bench.driver.counters();
    // The next frame runs into the half one and is lost with it.
    expect(lost).toBe(2);
    expect(badCrc! + malformed!).toBe(1);
    expect(bench.faults).toEqual([]);
  });

  it('says that the device is silent, and goes on when it speaks again', async () => {
    const bench = await openBench(kind);
    bench.toHost = nothing;
    const fault = await bench.fault('rig-silent');
    expect(fault.message).toMatch(/^The device on .* has sent nothing for \d\.\d s\.$/);
    bench.toHost = unchanged;
    await observations(bench.driver, 2);
    expect(bench.faults).toHaveLength(1);
  });

  it('says that what comes is garbled', async () => {
    const bench = await openBench(kind);
    bench.toHost = (bytes) => bytes.map((byte) => byte ^ 0x55);
    const fault = await bench.fault('rig-garbled');
    expect(fault.message).toMatch(/sends bytes \(\d+ since the last valid frame\) that make no valid frame/);
  });

  it('gives a device up that stays silent', async () => {
    const bench = await openBench(kind);
    bench.toHost = nothing;
    const fault = await bench.fault('rig-gone');
    expect(fault.message).toMatch(/is given up: no observation has come for \d+ s/);
    expect(() => bench.driver.act(force(0), 1)).toThrow(/is given up/);
  });

  it('says that the device was unplugged', async () => {
    const bench = await openBench(kind);
    bench.unplug();
    const fault = await bench.fault('rig-gone');
    expect(fault.message).toMatch(
      /^The connection on .* is gone: (the device was unplugged|the other side closed it)\.$/,
    );
    expect(await rejection(bench.driver.hold())).toMatchObject({ code: 'rig-gone' });
    expect(await rejection(bench.driver.reset(1))).toMatchObject({ code: 'rig-gone' });
  });
});

describe('safety over a bad line', () => {
  it('a hold is asked for until the device confirms it, and no command leaves meanwhile', async () => {
    const bench = await openBench('memory');
    bench.driver.act(force(1), 10);
    await observations(bench.driver, 2);
    bench.toDevice = nothing;
    const held = bench.driver.hold();
    const fault = await bench.fault('rig-silent');
    expect(fault.message).toMatch(/has not confirmed the hold for 0\.5 s; it is still being asked/);
    expect(fault.next).toMatch(/cut the power/);
    bench.driver.act(force(1), 10);
    bench.toDevice = unchanged;
    expect(await held).toEqual({ torque: true, halted: true, applied: force(0) });
    expect(bench.driver.counters().repeated).toBeGreaterThan(1);
    expect(bench.driver.counters().notSent).toBe(1);
  });

  it('a hold whose confirmation is lost is confirmed by the next one', async () => {
    const bench = await openBench('memory');
    bench.toHost = nothing;
    const held = bench.driver.hold();
    setTimeout(() => {
      bench.toHost = unchanged;
    }, 150);
    expect(await held).toMatchObject({ halted: true });
    expect(bench.driver.counters().repeated).toBeGreaterThanOrEqual(1);
  });

  it('a hold ends a resume and a reset that are under way', async () => {
    const bench = await openBench('memory');
    bench.toDevice = nothing;
    const reset = rejection(bench.driver.reset(1));
    const resume = rejection(bench.driver.resume());
    const held = bench.driver.hold();
    expect([(await reset).code, (await resume).code]).toEqual(['stopped', 'stopped']);
    bench.toDevice = unchanged;
    expect(await held).toMatchObject({ halted: true });
    await observations(bench.driver, 10);
    expect(await bench.driver.hold()).toMatchObject({ halted: true });
  });

  it('a release that follows a hold wins, and both say so', async () => {
    const bench = await openBench('memory');
    bench.toDevice = nothing;
    const both = Promise.all([bench.driver.hold(), bench.driver.release()]);
    bench.toDevice = unchanged;
    expect(await both).toEqual([
      { torque: false, halted: true, applied: force(0) },
      { torque: false, halted: true, applied: force(0) },
    ]);
  });

  it('a device that restarts by itself is a rig that is gone', async () => {
    const bench = await openBench('memory');
    const hello = encodeDeviceMessage({
      kind: 'hello',
      answers: UNASKED,
      version: 1,
      periodMicros: 20_000,
      firmware: 'foresight-cartpole',
      firmwareVersion: '1.0.0',
      observations: [],
      actions: [],
    });
    bench.injectToHost(encodeFrame({ ...hello, sequence: 0, timeMicros: 0 }));
    expect((await bench.fault('rig-gone')).message).toMatch(/has restarted by itself/);
  });

  it('a device that was stopped by a button of its own says why nothing moves', async () => {
    const bench = await openBench('memory');
    bench.injectToDevice(
      encodeFrame({ ...encodeHostMessage({ kind: 'hold' }), sequence: 9000, timeMicros: 0 }),
    );
    bench.driver.act(force(1), 0.1);
    bench.driver.act(force(1), 0.1);
    const fault = await bench.fault('rig-refused');
    expect(fault.message).toMatch(/reports that it is halted, which nobody has asked for here/);
    await observations(bench.driver, 2);
    expect(bench.faults).toHaveLength(1);
    expect(await bench.driver.resume()).toMatchObject({ halted: false });
  });

  it('a command that is no number never leaves', async () => {
    const { driver } = await openBench('memory');
    expect(() => driver.act(force(Number.NaN), 1)).toThrow(/cannot be sent/);
    expect(() => driver.act(new Float64Array(2), 1)).toThrow(/cannot be sent/);
  });
});
