import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodePacket,
  FeetechDecoder,
  type FeetechPacket,
} from '../../../../src/main/rig/drivers/feetech/packets';
import { feetechProtocol } from '../../../../src/main/rig/drivers/feetech/protocol';
import { Random } from '../../../../src/shared/random';

const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?!$)/g, '$1 ');
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const sts = feetechProtocol('STS');
const arm = [1, 2, 3, 4, 5, 6];

const packet = fc.record({
  id: fc.integer({ min: 0, max: 0xfe }),
  code: fc.integer({ min: 0, max: 0xff }),
  parameters: fc.uint8Array({ maxLength: 60 }),
});
/** Noise in which no frame can begin. */
const harmless = fc
  .uint8Array({ maxLength: 40 })
  .map((noise) => noise.map((byte) => (byte === 0xff ? 0xfe : byte)));
const both = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** What comes of bytes that arrive in pieces of these lengths, over and over. */
function inPieces(whole: Uint8Array, lengths: readonly number[]): FeetechPacket[] {
  const decoder = new FeetechDecoder();
  const found: FeetechPacket[] = [];
  for (let at = 0, i = 0; at < whole.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    found.push(...decoder.push(whole.subarray(at, at + length)));
    at += length;
  }
  return found;
}

/** One in 256 frames of noise has a checksum that fits: whether one reaches from before `start` into what begins there. */
function isFrameByChance(line: Uint8Array, start: number): boolean {
  for (let at = 0; at < start; at++) {
    const frame = line.subarray(at, at + (line[at + 3] ?? 0) + 4);
    if (at + frame.length <= start || frame[2] === 0xff || frame.length < 6) continue;
    const packets = new FeetechDecoder().push(frame);
    if (packets[0] && encodePacket(packets[0]).length === frame.length) return true;
  }
  return false;
}

describe('packets to Feetech motors', () => {
  it('are, byte for byte, those of the facts about the protocol', () => {
    expect(hex(sts.ping(1))).toBe('FF FF 01 02 01 FB');
    expect(hex(sts.read(1, 56, 2))).toBe('FF FF 01 04 02 38 02 BE');
    expect(hex(sts.syncRead!(arm, 56, 2))).toBe('FF FF FE 0A 82 38 02 01 02 03 04 05 06 26');
    const off = sts.syncWrite(
      40,
      1,
      arm.map((id) => ({ id, data: Uint8Array.of(0) })),
    );
    expect(hex(off)).toBe('FF FF FE 10 83 28 01 01 00 02 00 03 00 04 00 05 00 06 00 30');
  });

  it('ask SCS motors for nothing that they do not know', () => {
    expect(feetechProtocol('SCS').syncRead).toBeUndefined();
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

  it('finds a good packet behind any part of another one, once it is clear that no more comes', () => {
    fc.assert(
      fc.property(packet, packet, fc.nat(), (broken, sent, cut) => {
        const half = encodePacket(broken);
        const begun = half.subarray(0, cut % half.length);
        const line = both(begun, encodePacket(sent));
        fc.pre(!isFrameByChance(line, begun.length));
        const decoder = new FeetechDecoder();
        expect([...decoder.push(line), ...decoder.flush()]).toContainEqual(sent);
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
          damaged[at] = damaged[at]! ^ change;
          const line = both(damaged, encodePacket(sent));
          fc.pre(!isFrameByChance(line, damaged.length));
          const decoder = new FeetechDecoder();
          const found = [...decoder.push(line), ...decoder.flush()];
          expect(found).toContainEqual(sent);
          if (hex(encodePacket(broken)) !== hex(encodePacket(sent))) expect(found).not.toContainEqual(broken);
        },
      ),
    );
  });

  it('takes a million bytes of noise, and the good packet behind each hundred of them', () => {
    const random = new Random(5);
    const decoder = new FeetechDecoder();
    const good = encodePacket({ id: 3, code: 0, parameters: Uint8Array.of(1, 2, 3, 4, 5) });
    let found = 0;
    let sent = 0;
    while (decoder.counters.bytes < 1_000_000) {
      // Every other byte begins a frame or could: worse than any line.
      const noise = Uint8Array.from({ length: 100 }, () =>
        random.uniform() < 0.5 ? 0xff : Math.floor(random.uniform() * 256),
      );
      const packets = [...decoder.push(noise), ...decoder.push(good), ...decoder.flush()];
      found += packets.some(({ id, parameters }) => id === 3 && hex(parameters) === '01 02 03 04 05') ? 1 : 0;
      sent++;
    }
    // What noise makes of itself may swallow a packet only with a checksum that fits by chance.
    expect(found / sent).toBeGreaterThan(0.97);
  });

  it('counts what it has not understood', () => {
    const decoder = new FeetechDecoder();
    expect(decoder.push(bytes('00 11 FF FF 01 02 00 FB FF FF 01 02 00 FC'))).toHaveLength(1);
    expect(decoder.counters).toEqual({ bytes: 14, packets: 1, badChecksum: 1, noise: 8 });
  });
});

describe('what a status says', () => {
  it('is told in words, the unknown included', () => {
    expect(sts.problems(0)).toEqual([]);
    expect(sts.problems(0b100001)).toEqual([
      'its supply voltage is outside its limits',
      'overload: it is blocked or carries too much',
    ]);
    expect(sts.problems(0x40)).toEqual(['something that no manual explains (bits 0x40)']);
  });

  it('is no packet of our own, repeated by an adapter', () => {
    const decoder = sts.decoder();
    const sent = both(sts.syncRead!(arm, 56, 2), bytes('FF FF 01 04 00 00 08 F2'));
    expect(decoder.push(sent)).toEqual([{ id: 1, error: 0, parameters: Uint8Array.of(0, 8) }]);
  });
});
