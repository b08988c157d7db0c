import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameDecoder } from '../../../../src/main/rig/drivers/microcontroller/protocol/frame';
import {
  type DeviceMessage,
  decodeHostMessage,
  encodeDeviceMessage,
  TYPE,
  UNASKED,
} from '../../../../src/main/rig/drivers/microcontroller/protocol/messages';
import { Transit } from '../../../../src/main/rig/drivers/microcontroller/transit';
import { unreadableObservation, unusable } from '../../../../src/main/rig/drivers/microcontroller/usable';
import { plantLimits } from '../../../../src/main/rig/plant-limits';
import { ActionChannel, ObservationChannel } from '../../../../src/shared/rig';
import { type Bench, nothing, observations, openBench } from '../../bench';
import { rejection } from '../../rig-helpers';

const force = (value: number) => Float64Array.of(value);

/** A whole, valid frame of the device's. */
const frame = (message: DeviceMessage) =>
  encodeFrame({ ...encodeDeviceMessage(message), sequence: 1, timeMicros: 0 });

const observation = (...values: number[]) =>
  frame({ kind: 'observation', values: Float64Array.from(values) });

/** Answers holds in the device's place, which hears of none. */
function liesAboutHold(bench: Bench): { asked: () => number } {
  const decoder = new FrameDecoder();
  let asked = 0;
  bench.toDevice = (bytes) => {
    for (const received of decoder.push(bytes)) {
      if (decodeHostMessage(received)?.kind !== 'hold') continue;
      asked += 1;
      const status = { torque: true, halted: false, expired: false, applied: force(0.7) };
      bench.injectToHost(frame({ kind: 'status', answers: received.sequence, ...status }));
    }
    return nothing();
  };
  return { asked: () => asked };
}

describe('what the device sends', () => {
  it.each([
    [
      'no number',
      observation(0, 0, Number.NaN, 0),
      /^pole_angle reads NaN \(device on/,
      /sensor of pole_angle/,
    ],
    [
      'infinite numbers',
      observation(0, Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY),
      /^cart_velocity reads Infinity, pole_velocity reads -Infinity/,
      /sensor of cart_velocity, pole_velocity/,
    ],
    [
      'too few channels',
      observation(0, 0, 0),
      /sends 3 values where the rig has 4 channels: pole_velocity missing/,
      /Flash the firmware/,
    ],
    [
      'too many channels',
      observation(0, 0, 0, 0, 0),
      /sends 5 values where the rig has 4 channels: more than pole_velocity, which is the last one/,
      /Flash the firmware/,
    ],
    [
      'a count that its bytes do not bear out',
      encodeFrame({ type: TYPE.observation, payload: Uint8Array.of(4, 0, 0), sequence: 1, timeMicros: 0 }),
      /cannot be read: it says 4 values, which take 17 bytes, and has 3/,
      /Flash the firmware/,
    ],
  ])('is named with its channel at the first frame: %s', async (_, bytes, message, next) => {
    const bench = await openBench('pseudo-terminal');
    bench.injectToHost(bytes);
    const fault = await bench.fault('bad-data');
    expect(fault.message).toMatch(message);
    expect(fault.next).toMatch(next);
    expect(bench.driver.counters().observations).toBeGreaterThan(0);
    // It is no observation, and the good ones go on.
    for (const { values } of await observations(bench.driver, 2)) {
      expect(values).toHaveLength(4);
      expect(values.every(Number.isFinite)).toBe(true);
    }
    expect(bench.faults).toHaveLength(1);
  });

  it('is not called a loose cable while it comes', async () => {
    const bench = await openBench('memory');
    // What the device itself sends is lost, for longer than silence is put up with.
    bench.toHost = nothing;
    const told: string[] = [];
    bench.driver.onFault(({ code }) => told.push(code));
    await new Promise<void>((resolve) => {
      let left = 100;
      const bad = setInterval(() => {
        bench.injectToHost(observation(0, 0, Number.NaN, 0));
        left -= 1;
        if (left > 0) return;
        clearInterval(bad);
        resolve();
      }, 10);
    });
    expect(new Set(told)).toEqual(new Set(['bad-data']));
  });

  it('is why a reset fails, where that is why', async () => {
    const bench = await openBench('memory');
    const decoder = new FrameDecoder();
    bench.toHost = (bytes) => {
      const good = decoder.push(bytes).map((received) => {
        if (received.type !== TYPE.observation) return encodeFrame(received);
        return observation(0, 0, 0);
      });
      return Uint8Array.from(good.flatMap((one) => [...one]));
    };
    expect(await rejection(bench.driver.reset(1))).toMatchObject({
      code: 'bad-data',
      message: expect.stringMatching(/3 values where the rig has 4/),
    });
  });
});

describe('a device that says how it is', () => {
  it('and says that it is not halted is told so at its first answer', async () => {
    const bench = await openBench('pseudo-terminal');
    const lies = liesAboutHold(bench);
    expect(await bench.driver.hold()).toEqual({
      torque: true,
      halted: false,
      applied: Float64Array.of(Math.fround(0.7)),
    });
    expect(lies.asked()).toBe(1);
    // No command leaves all the same.
    bench.driver.act(force(1), 1);
    expect(bench.driver.counters()).toMatchObject({ notSent: 1, commands: 0 });
  });

  it('is found halted by a look at its state, though nobody asked it to', async () => {
    const bench = await openBench('memory');
    expect(await bench.driver.status()).toMatchObject({ halted: false, torque: true });
    expect(bench.faults).toEqual([]);
    const held = { torque: true, halted: true, expired: false, applied: force(0) };
    bench.injectToHost(frame({ kind: 'status', answers: 12345, ...held }));
    expect((await bench.fault('rig-refused')).message).toMatch(/reports that it is halted, which nobody/);
  });

  it('and stopped by itself while commands were being sent says that they do not arrive', async () => {
    const bench = await openBench('memory');
    const expired = frame({
      ...{ kind: 'status', answers: UNASKED, torque: true, halted: false, expired: true },
      applied: force(0),
    });
    bench.driver.act(force(0.1), 0.1);
    // The first command after a pause: the device may well have stopped before it.
    bench.injectToHost(expired);
    await observations(bench.driver, 1);
    expect(bench.faults).toEqual([]);
    // Steady commands now, and a device that goes on saying so.
    bench.driver.onObservation(() => {
      bench.driver.act(force(0.1), 0.1);
      bench.injectToHost(expired);
    });
    expect((await bench.fault('rig-refused')).message).toMatch(
      /has stopped by itself: no command has reached it for 0\.1 s, though they were sent/,
    );
  });

  it('over a line that is slower than a command may live is not controlled over it', async () => {
    const bench = await openBench('memory', { watchdogSeconds: 0.05 });
    bench.toHost = (bytes) => {
      setTimeout(() => bench.injectToHost(bytes), 100);
      return nothing();
    };
    await bench.driver.status();
    expect(bench.faults).toEqual([]);
    await bench.driver.status();
    expect((await bench.fault('rig-refused')).message).toMatch(
      /answers \d+\.\d\d s after it was asked, later than the watchdog time of 0\.05 s/,
    );
    // And its observations are known to be old, though one comes every period.
    expect(bench.driver.latest()?.delaySeconds).toBeGreaterThan(0.05);
  });

  it('is on hold when it has just been connected to', async () => {
    const bench = await openBench('memory', { resumed: false });
    expect(await bench.driver.status()).toMatchObject({ halted: true });
    bench.driver.act(force(1), 1);
    expect(bench.driver.counters()).toMatchObject({ notSent: 1, commands: 0 });
  });
});

const channelNames = fc.uniqueArray(fc.stringMatching(/^channel_[a-z0-9]{1,8}$/), {
  minLength: 1,
  maxLength: 8,
});

describe('the frame checks', () => {
  it('let pass exactly the observations that have a finite number for every channel, and name the others', () => {
    fc.assert(
      fc.property(channelNames, fc.array(fc.double(), { maxLength: 10 }), (names, values) => {
        const channels = names.map((name) => ObservationChannel.parse({ name, unit: 'm' }));
        const error = unusable(values, channels, 'the line');
        const fine = values.length === names.length && values.every(Number.isFinite);
        expect(error === undefined).toBe(fine);
        if (!error) return;
        expect(error.code).toBe('bad-data');
        const concerned =
          values.length === names.length
            ? names.filter((_, i) => !Number.isFinite(values[i]))
            : [names.slice(values.length), names.slice(-1)].find(({ length }) => length > 0);
        for (const name of concerned ?? []) expect(error.message).toContain(name);
        expect(error.next).not.toBe('');
      }),
    );
  });

  it('say of any payload what does not fit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (payload) => {
        const { code, message } = unreadableObservation(payload, 'the line');
        expect(code).toBe('bad-data');
        expect(message).toContain(payload.length === 0 ? 'it is empty' : `has ${payload.length}`);
      }),
    );
  });

  it('find how much longer than the quickest a frame was on its way, whatever the clocks are set to', () => {
    const ways = fc.array(fc.double({ min: 0.001, max: 0.5, noNaN: true }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(
        ways,
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        (ws, device, host) => {
          const transit = new Transit();
          let quickest = Number.POSITIVE_INFINITY;
          ws.forEach((way, i) => {
            const measured = i * 0.02;
            const timeMicros = (device + Math.round(measured * 1e6)) % 2 ** 32;
            if (timeMicros === 0) return;
            quickest = Math.min(quickest, way);
            // Two seconds at most: the quickest of them all is still remembered.
            expect(transit.see(timeMicros, host + measured + way)).toBeCloseTo(way - quickest, 5);
          });
        },
      ),
    );
  });

  it('do not take two clocks that drift apart for a longer way', () => {
    const transit = new Transit();
    // Half a per cent, as a board without a crystal has it.
    const delays = Array.from({ length: 5000 }, (_, i) =>
      transit.see(1 + Math.round(i * 0.02 * 0.995e6), i * 0.02),
    );
    expect(Math.max(...delays)).toBeLessThan(0.02);
  });

  it('find where a plant is tighter than its rig file, and nowhere else', () => {
    const limit = fc.double({ min: -10, max: 10, noNaN: true });
    fc.assert(
      fc.property(limit, limit, limit, limit, (a, b, c, d) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        if (high - low < 1e-3) return;
        const own = (c < d ? [c, d] : [d, c]) as [number, number];
        const channel = ActionChannel.parse({ name: 'u', unit: 'N', limits: [low, high] });
        const [found] = plantLimits([channel], [own]);
        const tight = own[0] > low + 1e-6 * (high - low) || own[1] < high - 1e-6 * (high - low);
        expect(found !== undefined).toBe(tight);
        if (found) expect(found[0] >= low && found[1] <= high).toBe(true);
        expect(plantLimits([channel], [[Number.NaN, Number.NaN]])).toEqual([undefined]);
        expect(plantLimits([channel], [[Math.fround(low), Math.fround(high)]])).toEqual([undefined]);
      }),
    );
  });
});
