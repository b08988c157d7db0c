import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cobsDecode, cobsEncode } from '../../../../../src/main/rig/drivers/microcontroller/protocol/cobs';
import { crc16 } from '../../../../../src/main/rig/drivers/microcontroller/protocol/crc16';
import {
  DeviceClock,
  encodeFrame,
  type Frame,
  FrameDecoder,
  SequenceWatch,
} from '../../../../../src/main/rig/drivers/microcontroller/protocol/frame';

const frame = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  sequence: fc.integer({ min: 0, max: 0xffff }),
  timeMicros: fc.integer({ min: 0, max: 0xffff_ffff }),
  payload: fc.uint8Array({ maxLength: 600 }),
});

function concat(chunks: Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

describe('COBS', () => {
  it('gives back what it was given, without a zero in between and with one byte in 254 more', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), (bytes) => {
        const stuffed = cobsEncode(bytes);
        expect(stuffed.includes(0)).toBe(false);
        expect(stuffed.length).toBeLessThanOrEqual(bytes.length + Math.floor(bytes.length / 254) + 1);
        expect(cobsDecode(stuffed)).toEqual(bytes);
      }),
    );
  });

  // Examples of the Wikipedia article on COBS.
  const ramp = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  it.each([
    [[0], [1, 1]],
    [
      [0, 0],
      [1, 1, 1],
    ],
    [
      [0x11, 0x22, 0, 0x33],
      [3, 0x11, 0x22, 2, 0x33],
    ],
    [
      [0x11, 0, 0, 0],
      [2, 0x11, 1, 1, 1],
    ],
    [ramp(1, 254), [255, ...ramp(1, 254)]],
    [
      [0, ...ramp(1, 254)],
      [1, 255, ...ramp(1, 254)],
    ],
    [ramp(1, 255), [255, ...ramp(1, 254), 2, 255]],
    [
      [...ramp(2, 255), 0],
      [255, ...ramp(2, 255), 1, 1],
    ],
    [
      [...ramp(3, 255), 0, 1],
      [254, ...ramp(3, 255), 2, 1],
    ],
  ])('encodes known example %#', (plain, stuffed) => {
    expect([...cobsEncode(Uint8Array.from(plain))]).toEqual(stuffed);
  });

  it('refuses what no encoder makes', () => {
    for (const bad of [[], [0], [3, 1], [1, 0, 1], [5, 1, 2]]) {
      expect(cobsDecode(Uint8Array.from(bad))).toBeUndefined();
    }
  });
});

describe('CRC-16/CCITT-FALSE', () => {
  it('has the catalogue’s check value', () => {
    expect(crc16(new TextEncoder().encode('123456789'))).toBe(0x29b1);
  });
});

describe('the frame decoder', () => {
  it('gives every frame once, in order, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.nat(200), { minLength: 1 }),
        (frames, cuts) => {
          const wire = concat(frames.map(encodeFrame));
          const decoder = new FrameDecoder();
          const seen: Frame[] = [];
          for (let at = 0, i = 0; at < wire.length; i++) {
            const length = 1 + cuts[i % cuts.length]!;
            seen.push(...decoder.push(wire.subarray(at, at + length)));
            at += length;
          }
          expect(seen).toEqual(frames);
          expect(decoder.counters).toMatchObject({
            frames: frames.length,
            badCrc: 0,
            malformed: 0,
            overlong: 0,
          });
        },
      ),
    );
  });

  it('finds the next frame after any garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), frame, frame, (garbage, first, second) => {
        const decoder = new FrameDecoder();
        decoder.push(garbage);
        // The garbage may swallow the frame it runs into, never the one after it.
        const seen = decoder.push(concat([encodeFrame(first), encodeFrame(second)]));
        expect(seen.at(-1)).toEqual(second);
      }),
    );
  });

  it('loses only the frame whose byte was lost or changed, and counts it', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 3, maxLength: 3 }),
        fc.nat(),
        fc.option(fc.integer({ min: 1, max: 255 })),
        (frames, where, flip) => {
          const wires = frames.map(encodeFrame);
          const damaged = [...wires[1]!];
          const at = where % (damaged.length - 1);
          if (flip === null) damaged.splice(at, 1);
          else damaged[at]! ^= flip;
          const decoder = new FrameDecoder();
          const seen = decoder.push(concat([wires[0]!, Uint8Array.from(damaged), wires[2]!]));
          expect(seen[0]).toEqual(frames[0]);
          expect(seen.at(-1)).toEqual(frames[2]);
          expect(seen).toHaveLength(2);
          expect(decoder.counters.badCrc + decoder.counters.malformed).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('skips a flood without a zero and counts it once', () => {
    const decoder = new FrameDecoder();
    decoder.push(new Uint8Array(100_000).fill(7));
    expect(decoder.push(Uint8Array.of(0))).toEqual([]);
    expect(decoder.counters.overlong).toBe(1);
    const good = { type: 1, sequence: 2, timeMicros: 3, payload: Uint8Array.of(4) };
    expect(decoder.push(encodeFrame(good))).toEqual([good]);
  });
});

describe('sequence numbers', () => {
  it('tell how many frames were lost, across the wrap, and take a restart for what it is', () => {
    const watch = new SequenceWatch();
    for (const sequence of [65533, 65534, 1, 2]) watch.see(sequence);
    expect(watch.lost).toBe(2);
    watch.see(0);
    expect(watch.lost).toBe(2);
  });
});

describe('the device clock', () => {
  it('runs on where 32 bits of µs wrap, and takes frames in the wrong order', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff_ffff),
        fc.array(fc.integer({ min: -2000, max: 1_000_000_000 })),
        (start, steps) => {
          const clock = new DeviceClock();
          const origin = clock.unwrap(start);
          let truth = start;
          for (const step of steps) {
            truth += step;
            expect(clock.unwrap(((truth % 2 ** 32) + 2 ** 32) % 2 ** 32) - origin).toBeCloseTo(
              (truth - start) / 1e6,
              6,
            );
          }
        },
      ),
    );
  });
});
