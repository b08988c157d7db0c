import { PacketSearch } from '../servo-bus/packet-search';

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

export class FeetechDecoder extends PacketSearch<FeetechPacket> {
  constructor() {
    super({
      lengthAt: packetLength,
      isWhole: (bytes, at, length) => bytes[at + length - 1] === checksum(bytes, at + 2, at + length - 1),
      packetAt: (bytes, at, length) => packetAt(bytes, at, length),
    });
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
