import type { PacketCounters, PacketDecoder } from '../servo-bus/protocol';

/**
 * Feetech's packets (protocol FT-SCS; the same frame in both directions):
 * `FF FF`, motor, length (parameters + 2), instruction or error, parameters, checksum. The checksum is the inverted low
 * byte of the sum of all after the two FF.
 */
export interface FeetechPacket {
  id: number;
  /** To a motor: the instruction. From a motor: its error bits. */
  code: number;
  parameters: Uint8Array;
}

export const INSTRUCTION = {
  ping: 0x01,
  read: 0x02,
  write: 0x03,
  /** A write that waits for the action. */
  regWrite: 0x04,
  action: 0x05,
  syncRead: 0x82,
  syncWrite: 0x83,
} as const;

export const BROADCAST_ID = 0xfe;
const HEADER = 0xff;
/** Header, motor, length, code, checksum. */
export const FRAME_BYTES = 6;
const MOST_PARAMETERS = 0xff - 2;

export function encodePacket({ id, code, parameters }: FeetechPacket): Uint8Array {
  if (parameters.length > MOST_PARAMETERS)
    throw new RangeError(`a packet holds at most ${MOST_PARAMETERS} parameters`);
  const bytes = new Uint8Array(FRAME_BYTES + parameters.length);
  bytes.set([HEADER, HEADER, id, parameters.length + 2, code]);
  bytes.set(parameters, 5);
  bytes[bytes.length - 1] = checksum(bytes, 2, bytes.length - 1);
  return bytes;
}

function checksum(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += bytes[i] ?? 0;
  return ~sum & 0xff;
}

/**
 * Finds packets in whatever comes. A frame with a wrong checksum may have begun in the middle of noise, so the search goes
 * on one byte after its beginning and not after its end: no good packet is lost with a bad one.
 */
export class FeetechDecoder implements PacketDecoder<FeetechPacket> {
  readonly counters: PacketCounters = { bytes: 0, packets: 0, badChecksum: 0, noise: 0 };
  private rest: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): FeetechPacket[] {
    this.counters.bytes += bytes.length;
    return this.search(bytes, false);
  }

  flush(): FeetechPacket[] {
    return this.search(new Uint8Array(0), true);
  }

  private search(bytes: Uint8Array, atEnd: boolean): FeetechPacket[] {
    const all = new Uint8Array(this.rest.length + bytes.length);
    all.set(this.rest);
    all.set(bytes, this.rest.length);
    const packets: FeetechPacket[] = [];
    let at = 0;
    while (at < all.length) {
      const length = packetLength(all, at);
      if (length === 'incomplete' && !atEnd) break;
      if (typeof length === 'number' && all[at + length - 1] === checksum(all, at + 2, at + length - 1)) {
        packets.push(packetAt(all, at, length));
        at += length;
        continue;
      }
      if (typeof length === 'number') this.counters.badChecksum++;
      this.counters.noise++;
      at++;
    }
    this.rest = all.slice(at);
    this.counters.packets += packets.length;
    return packets;
  }
}

/** Bytes of the frame that begins at `at`, if one does. */
function packetLength(bytes: Uint8Array, at: number): number | 'none' | 'incomplete' {
  const here = bytes.length - at;
  if (bytes[at] !== HEADER || (here > 1 && bytes[at + 1] !== HEADER)) return 'none';
  // No motor is called FF: of three in a row the first is noise.
  if (here > 2 && bytes[at + 2] === HEADER) return 'none';
  const length = bytes[at + 3];
  if (length === undefined) return 'incomplete';
  if (length < 2) return 'none';
  return here < length + 4 ? 'incomplete' : length + 4;
}

function packetAt(bytes: Uint8Array, at: number, length: number): FeetechPacket {
  return {
    id: bytes[at + 2] ?? 0,
    code: bytes[at + 4] ?? 0,
    parameters: bytes.slice(at + 5, at + length - 1),
  };
}
