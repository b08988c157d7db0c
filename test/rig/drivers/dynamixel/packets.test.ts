import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DynamixelDecoder,
  type DynamixelPacket,
  encodeFastStatus,
  encodePacket,
  fastAnswers,
  MOST_BYTES,
} from '../../../../src/main/rig/drivers/dynamixel/packets';
import { Random } from '../../../../src/shared/random';
import { both, fromHex, hex } from './bytes';

/** Bytes of which every second begins a packet or could. */
const awkward = fc.oneof(fc.constantFrom(0xff, 0xff, 0xfd, 0xfd, 0x00), fc.integer({ min: 0, max: 0xff }));
const id = fc.oneof(fc.integer({ min: 0, max: 0xfc }), fc.constant(0xfe));
const packet: fc.Arbitrary<DynamixelPacket> = fc
  .record({ id, instruction: awkward, parameters: fc.array(awkward, { maxLength: 60 }) })
  .filter((one) => one.id !== 0xfe || one.instruction !== 0x55)
  .map((one) => ({ ...one, parameters: Uint8Array.from(one.parameters) }));
/** Noise in which no frame can begin. */
const harmless = fc
  .uint8Array({ maxLength: 40 })
  .map((noise) => noise.map((byte) => (byte === 0xff ? 0xfe : byte)));

/** What comes of bytes that arrive in pieces of these lengths, over and over. */
function inPieces(whole: Uint8Array, lengths: readonly number[]): DynamixelPacket[] {
  const decoder = new DynamixelDecoder();
  const found: DynamixelPacket[] = [];
  for (let at = 0, i = 0; at < whole.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    found.push(...decoder.push(whole.subarray(at, at + length)));
    at += length;
  }
  return found;
}

describe('packets of Dynamixel', () => {
  it('have the CRC of the facts about the protocol', () => {
    expect(hex(encodePacket({ id: 1, instruction: 0x01, parameters: new Uint8Array(0) }))).toBe(
      'FF FF FD 00 01 03 00 01 19 4E',
    );
  });

  it('are stuffed wherever a beginning would stand in them, and the length counts it', () => {
    const inside = (...parameters: number[]) =>
      hex(encodePacket({ id: 1, instruction: 3, parameters: Uint8Array.from(parameters) }).slice(5, -2));
    expect(inside(0xff, 0xff, 0xfd)).toBe('07 00 03 FF FF FD FD');
    expect(inside(0xff, 0xff, 0xfd, 0x00)).toBe('08 00 03 FF FF FD FD 00');
    expect(inside(0xff, 0xff, 0xff, 0xfd)).toBe('08 00 03 FF FF FF FD FD');
    expect(inside(0xff, 0xff, 0xfd, 0xfd)).toBe('08 00 03 FF FF FD FD FD');
    expect(inside(0xff, 0xff, 0xfd, 0xff, 0xff, 0xfd)).toBe('0B 00 03 FF FF FD FD FF FF FD FD');
    expect(inside(0xff, 0xfd, 0xfd)).toBe('06 00 03 FF FD FD');
  });

  it('are refused when motors would not take them', () => {
    const most = MOST_BYTES - 10;
    const of = (length: number) =>
      encodePacket({ id: 1, instruction: 3, parameters: new Uint8Array(length) });
    expect(of(most)).toHaveLength(MOST_BYTES);
    expect(() => of(most + 1)).toThrow(RangeError);
  });

  it('with the answers of several motors give each of them again', () => {
    const answers = fc
      .tuple(
        fc.uniqueArray(fc.integer({ min: 0, max: 0xfc }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 24 }),
        fc.infiniteStream(awkward),
      )
      .map(([ids, length, bytes]) =>
        ids.map((motor) => ({
          id: motor,
          error: 0,
          data: Uint8Array.from({ length }, () => bytes.next().value ?? 0),
        })),
      );
    fc.assert(
      fc.property(answers, fc.integer({ min: 1, max: 40 }), (sent, length) => {
        const [found] = inPieces(encodeFastStatus(sent), [length]);
        expect(found && fastAnswers(found)).toEqual(sent);
      }),
    );
  });
});

describe('the decoder', () => {
  it('finds every packet again, in pieces of any length', () => {
    fc.assert(
      fc.property(
        fc.array(packet, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (sent, lengths) => {
          expect(inPieces(both(...sent.map(encodePacket)), lengths)).toEqual(sent);
        },
      ),
    );
  });

  it('finds every packet between noise', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(harmless, packet), { maxLength: 6 }), harmless, (parts, last) => {
        const line = both(...parts.flatMap(([noise, sent]) => [noise, encodePacket(sent)]), last);
        expect(inPieces(line, [7])).toEqual(parts.map(([, sent]) => sent));
      }),
    );
  });

  it('finds a good packet behind any part of another one, without waiting for more', () => {
    fc.assert(
      fc.property(packet, packet, fc.nat(), (broken, sent, cut) => {
        const half = encodePacket(broken);
        const begun = half.subarray(0, cut % half.length);
        const decoder = new DynamixelDecoder();
        const found = decoder.push(both(begun, encodePacket(sent)));
        // Only a beginning without its length may hold the other back, and a cut that leaves no more than a CRC to come.
        if (begun.length > 7 && half.length - begun.length > 2) expect(found).toEqual([sent]);
        else expect([...found, ...decoder.flush()]).toEqual([sent]);
      }),
    );
  });

  it('gives nothing for a packet of which one byte has changed, and the next one all the same', () => {
    fc.assert(
      fc.property(
        packet,
        packet,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (broken, sent, place, change) => {
          const damaged = encodePacket(broken);
          const at = place % damaged.length;
          // Another length makes another frame, whose CRC may fit by chance; a byte within the frame never passes.
          fc.pre(at !== 5 && at !== 6);
          damaged[at] = damaged[at]! ^ change;
          const decoder = new DynamixelDecoder();
          const found = [...decoder.push(both(damaged, encodePacket(sent))), ...decoder.flush()];
          expect(found).toEqual([sent]);
        },
      ),
    );
  });

  it('takes a million bytes of noise, and the good packet behind each hundred of them', () => {
    const random = new Random(5);
    const decoder = new DynamixelDecoder();
    const good = encodePacket({ id: 3, instruction: 0x55, parameters: Uint8Array.of(0, 1, 2, 3, 4) });
    const beginning = [0xff, 0xff, 0xfd, 0x00, 0xfe, 0xff, 0x03, 0x55];
    let found = 0;
    let sent = 0;
    while (decoder.counters.bytes < 1_000_000) {
      // Beginnings of long packets one behind the other: worse than any line.
      const noise = Uint8Array.from({ length: 100 }, (_, i) =>
        random.uniform() < 0.98 ? (beginning[i % 8] ?? 0) : Math.floor(random.uniform() * 256),
      );
      const packets = [...decoder.push(noise), ...decoder.push(good), ...decoder.flush()];
      found += packets.filter((one) => one.id === 3 && hex(one.parameters) === '00 01 02 03 04').length;
      sent++;
    }
    // A CRC that fits by chance is one in 65,536.
    expect(found / sent).toBeGreaterThan(0.999);
  });

  it('counts what it has not understood', () => {
    const decoder = new DynamixelDecoder();
    const bytes = '00 11 FF FF FD 00 01 03 00 01 19 4F FF FF FD 00 01 03 00 01 19 4E';
    expect(decoder.push(fromHex(bytes))).toHaveLength(1);
    expect(decoder.counters).toEqual({ bytes: 22, packets: 1, badChecksum: 1, noise: 12 });
  });

  it('waits for no packet that is longer than any', () => {
    const decoder = new DynamixelDecoder();
    expect(decoder.push(fromHex('FF FF FD 00 01 FF FF 55'))).toEqual([]);
    expect(decoder.counters.noise).toBe(8);
  });
});
