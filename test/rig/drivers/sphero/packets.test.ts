import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drivenData, motorShares } from '../../../../src/main/rig/drivers/sphero/motors';
import {
  CommandDecoder,
  encodeCommand,
  encodePacket,
  type SpheroCommand,
  SpheroDecoder,
  type SpheroPacket,
} from '../../../../src/main/rig/drivers/sphero/packets';
import {
  decodeSample,
  encodeSample,
  quantityOf,
  sampleOf,
  streamingData,
} from '../../../../src/main/rig/drivers/sphero/stream';

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
const byte = fc.oneof(fc.constantFrom(0xff, 0xfe, 0x00, 0x01), fc.integer({ min: 0, max: 255 }));
const data = fc.array(byte, { maxLength: 60 }).map((list) => Uint8Array.from(list));
const command: fc.Arbitrary<SpheroCommand> = fc.record({
  device: byte,
  command: byte,
  sequence: byte,
  answer: fc.boolean(),
  data,
});
const packet: fc.Arbitrary<SpheroPacket> = fc.oneof(
  fc.record({ kind: fc.constant('answer' as const), code: byte, sequence: byte, data }),
  fc.record({ kind: fc.constant('unasked' as const), id: byte, data }),
);
/** Bytes in which no packet begins. */
const harmless = fc
  .array(fc.integer({ min: 0, max: 0xfe }), { maxLength: 30 })
  .map((list) => Uint8Array.from(list));

function inPieces<P>(
  decoder: { push(bytes: Uint8Array): P[] },
  whole: Uint8Array,
  lengths: readonly number[],
): P[] {
  const found: P[] = [];
  for (let at = 0, i = 0; at < whole.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    found.push(...decoder.push(whole.subarray(at, at + length)));
    at += length;
  }
  return found;
}

describe('packets of a Sphero', () => {
  it('have the bytes and the checksum of the documentation: the inverted sum of all behind the first two', () => {
    const of = (device: number, command: number, sequence: number, ...bytes: number[]) =>
      hex(encodeCommand({ device, command, sequence, answer: true, data: Uint8Array.from(bytes) }));
    // Ping with sequence 52h: ~(00 + 01 + 52 + 01) = AB.
    expect(of(0x00, 0x01, 0x52)).toBe('ff ff 00 01 52 01 ab');
    // Stabilisation off: ~(02 + 02 + 00 + 02 + 00) = F9.
    expect(of(0x02, 0x02, 0x00, 0x00)).toBe('ff ff 02 02 00 02 00 f9');
    // Sleep, for ever and without a macro: ~(22 + 01 + 06) = D6.
    expect(of(0x00, 0x22, 0x01, 0, 0, 0, 0, 0)).toBe('ff ff 00 22 01 06 00 00 00 00 00 d6');
    // Raw motors: left forward 70 (46h), right reverse 70: ~(02 + 33 + 07 + 05 + 01 + 46 + 02 + 46) = 2F.
    expect(of(0x02, 0x33, 0x07, ...drivenData(1, -1, 70))).toBe('ff ff 02 33 07 05 01 46 02 46 2f');
    // The answer to that ping, and one that nobody waits for.
    expect(hex(encodePacket({ kind: 'answer', code: 0, sequence: 0x52, data: new Uint8Array(0) }))).toBe(
      'ff ff 00 52 01 ac',
    );
    expect(
      hex(encodeCommand({ device: 0, command: 1, sequence: 0x52, answer: false, data: new Uint8Array(0) })),
    ).toBe('ff fe 00 01 52 01 ab');
  });

  it('come back from pieces of any length, between noise', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(harmless, packet), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (said, lengths) => {
          const whole = Uint8Array.from(said.flatMap(([noise, one]) => [...noise, ...encodePacket(one)]));
          expect(inPieces(new SpheroDecoder(), whole, lengths)).toEqual(said.map(([, one]) => one));
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(harmless, command), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (said, lengths) => {
          const whole = Uint8Array.from(said.flatMap(([noise, one]) => [...noise, ...encodeCommand(one)]));
          expect(inPieces(new CommandDecoder(), whole, lengths)).toEqual(said.map(([, one]) => one));
        },
      ),
    );
  });

  it('with one wrong byte are none, and any bytes are no exception', () => {
    fc.assert(
      fc.property(packet, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, place, change) => {
        const bytes = encodePacket(one);
        const at = 2 + (place % (bytes.length - 2));
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const decoder = new SpheroDecoder();
        expect([...decoder.push(bytes), ...decoder.flush()]).not.toContainEqual(one);
      }),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        (bytes) => void [new SpheroDecoder().push(bytes), new CommandDecoder().push(bytes)],
      ),
    );
  });
});

describe('a length that was damaged on the way', () => {
  it('does not keep what comes behind it waiting for long', () => {
    const sample = encodePacket({ kind: 'unasked', id: 3, data: new Uint8Array(20) });
    fc.assert(
      fc.property(fc.constantFrom(3, 4), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const bad = sample.slice();
        bad[place] = (bad[place] ?? 0) ^ change;
        const decoder = new SpheroDecoder();
        const found = [bad, sample, sample, sample, sample].flatMap((bytes) => decoder.push(bytes));
        expect(found.length).toBeGreaterThanOrEqual(4);
      }),
    );
  });
});

describe('what a Sphero is told and says', () => {
  it('asks for the motors, the attitude and the locator, a sample a packet, as often as a period wants', () => {
    // 400 Hz / 40 = 10 Hz at most for long periods; MASK 001F0400h, MASK2 0D800000h.
    expect(hex(streamingData(0.5))).toBe('00 28 00 01 00 1f 04 00 00 0d 80 00 00');
    expect(hex(streamingData(0.02))).toBe('00 08 00 01 00 1f 04 00 00 0d 80 00 00');
  });

  it('is driven forward, backward and braked, at most with the power that the rig allows', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (left, right) => {
          const told = motorShares(drivenData(left, right, 70), 70);
          const within = (share: number) => Math.max(-1, Math.min(1, share));
          expect(told?.shares[0]).toBeCloseTo(within(left), 1);
          expect(told?.shares[1]).toBeCloseTo(within(right), 1);
        },
      ),
    );
    expect([...drivenData(0, 0.5, 70)]).toEqual([3, 0, 1, 35]);
  });

  it('reads where it is from wherever it began, whichever way it looked, to a centimetre', () => {
    const some = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
    fc.assert(
      fc.property(
        some(2),
        some(2),
        some(3),
        some(2),
        some(2),
        some(1),
        (x, y, heading, startX, startY, startHeading) => {
          const start = { x: startX, y: startY, heading: startHeading };
          const sample = decodeSample(
            encodeSample(sampleOf({ x, y, heading, x_velocity: x / 2, y_velocity: y / 2 }, start)),
          )!;
          expect(Math.abs(quantityOf('x', sample, start) - x)).toBeLessThan(0.008);
          expect(Math.abs(quantityOf('y', sample, start) - y)).toBeLessThan(0.008);
          expect(Math.cos(quantityOf('heading', sample, start) - heading)).toBeCloseTo(1, 3);
          expect(quantityOf('x_velocity', sample, start)).toBeCloseTo(x / 2, 2);
          expect(quantityOf('y_velocity', sample, start)).toBeCloseTo(y / 2, 2);
        },
      ),
    );
  });

  it('is undefined where a packet of the stream has another length', () => {
    expect(decodeSample(new Uint8Array(19))).toBeUndefined();
  });
});
