import { PacketSearch } from '../servo-bus/packet-search';
import { crc16 } from './crc16';

/**
 * Dynamixel's packets (protocol 2.0, the same frame in both directions): `FF FF FD 00`, motor, length (low byte first, of all that
 * follows it), instruction, parameters, CRC-16 of everything before it (low byte first). In instruction and parameters an FD is put
 * behind every `FF FF FD`, so that they never look like a beginning; the length counts it.
 */
export interface DynamixelPacket {
  id: number;
  instruction: number;
  /** Of an answer (instruction 0x55) the first is its error byte. */
  parameters: Uint8Array;
}

export const INSTRUCTION = {
  ping: 0x01,
  read: 0x02,
  write: 0x03,
  /** A write that waits for the action. */
  regWrite: 0x04,
  action: 0x05,
  factoryReset: 0x06,
  reboot: 0x08,
  clear: 0x10,
  status: 0x55,
  syncRead: 0x82,
  syncWrite: 0x83,
  fastSyncRead: 0x8a,
  bulkRead: 0x92,
  bulkWrite: 0x93,
} as const;

export const BROADCAST_ID = 0xfe;
export const HIGHEST_ID = 0xfc;
const HEADER = [0xff, 0xff, 0xfd, 0x00] as const;
/** Header, motor, length. */
const BEFORE_BODY = 7;
const CRC_BYTES = 2;
/** Of an answer without parameters: its frame, the instruction and the error. */
export const STATUS_BYTES = BEFORE_BODY + 2 + CRC_BYTES;
/** Longer ones are noise: what motors and ROBOTIS' own software take has at most so many bytes. */
export const MOST_BYTES = 1024;

/** Throws RangeError for a packet that is longer than motors take. */
export function encodePacket({ id, instruction, parameters }: DynamixelPacket): Uint8Array {
  return frame(id, stuff(Uint8Array.of(instruction, ...parameters)));
}

/**
 * The one answer of several motors to a fast sync read: behind the first of them each adds its error byte, its number, its data and
 * the CRC of everything so far. Nothing is stuffed.
 */
export function encodeFastStatus(answers: readonly FastAnswer[]): Uint8Array {
  const blocks = answers.map(({ data }) => data.length + 4);
  const length = 1 + blocks.reduce((sum, bytes) => sum + bytes, 0);
  const bytes = new Uint8Array(BEFORE_BODY + length);
  bytes.set([...HEADER, BROADCAST_ID, length & 0xff, length >> 8, INSTRUCTION.status]);
  let at = BEFORE_BODY + 1;
  for (const { id, error, data } of answers) {
    bytes.set([error, id], at);
    bytes.set(data, at + 2);
    at += 2 + data.length;
    putCrc(bytes, at);
    at += CRC_BYTES;
  }
  return bytes;
}

export interface FastAnswer {
  id: number;
  error: number;
  data: Uint8Array;
}

/**
 * What each motor says in a packet that `encodeFastStatus` made; none when it is something else. How many have spoken does
 * not stand in it: it is the highest number with which the CRC at the end of every one's part is right.
 */
export function fastAnswers({ parameters }: DynamixelPacket): FastAnswer[] {
  const start = Uint8Array.of(...HEADER, BROADCAST_ID, 0, 0, INSTRUCTION.status);
  const inside = parameters.length + CRC_BYTES;
  start.set([(inside + 1) & 0xff, (inside + 1) >> 8], 5);
  const crcs = new Uint16Array(parameters.length + 1);
  crcs[0] = crc16(start, 0, start.length);
  for (let i = 0; i < parameters.length; i++) crcs[i + 1] = crc16(parameters, i, i + 1, crcs[i]);
  for (let motors = Math.floor(inside / 5); motors > 0; motors--) {
    const each = inside / motors;
    if (!Number.isInteger(each)) continue;
    const answers = Array.from({ length: motors }, (_, i) => ({
      id: parameters[i * each + 1] ?? BROADCAST_ID,
      error: parameters[i * each] ?? 0,
      data: parameters.slice(i * each + 2, (i + 1) * each - CRC_BYTES),
    }));
    // That of the last is the packet's own, which was found right.
    const right = answers.slice(1).every((_, i) => {
      const at = (i + 1) * each - CRC_BYTES;
      return word(parameters, at) === crcs[at];
    });
    const different = new Set(answers.map(({ id }) => id)).size === motors;
    if (right && different && answers.every(({ id }) => id <= HIGHEST_ID)) return answers;
  }
  return [];
}

function frame(id: number, body: Uint8Array): Uint8Array {
  const length = body.length + CRC_BYTES;
  if (BEFORE_BODY + length > MOST_BYTES) throw new RangeError(`a packet has at most ${MOST_BYTES} bytes`);
  const bytes = new Uint8Array(BEFORE_BODY + length);
  bytes.set([...HEADER, id, length & 0xff, length >> 8]);
  bytes.set(body, BEFORE_BODY);
  putCrc(bytes, bytes.length - CRC_BYTES);
  return bytes;
}

function putCrc(bytes: Uint8Array, at: number): void {
  const crc = crc16(bytes, 0, at);
  bytes.set([crc & 0xff, crc >> 8], at);
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
}

/** Whether the `FF FF FD` of a beginning stands at `at`. */
function isBeginning(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff && bytes[at + 1] === 0xff && bytes[at + 2] === 0xfd;
}

function stuff(body: Uint8Array): Uint8Array {
  const stuffed: number[] = [];
  for (let i = 0; i < body.length; i++) {
    stuffed.push(body[i] ?? 0);
    if (i >= 2 && isBeginning(body, i - 2)) stuffed.push(0xfd);
  }
  return Uint8Array.from(stuffed);
}

function unstuff(stuffed: Uint8Array): Uint8Array {
  const body: number[] = [];
  for (let i = 0; i < stuffed.length; i++) {
    body.push(stuffed[i] ?? 0);
    // Some masters do not stuff.
    if (i >= 2 && isBeginning(stuffed, i - 2) && stuffed[i + 1] === 0xfd) i++;
  }
  return Uint8Array.from(body);
}

/** One that another begins in is not waited for: stuffing keeps beginnings out of packets. */
export class DynamixelDecoder extends PacketSearch<DynamixelPacket> {
  constructor() {
    super({
      lengthAt: packetLength,
      isWhole: (bytes, at, length) =>
        crc16(bytes, at, at + length - CRC_BYTES) === word(bytes, at + length - CRC_BYTES),
      packetAt: (bytes, at, length) => packetAt(bytes, at, at + length - CRC_BYTES),
    });
  }
}

/** Bytes of the frame that begins at `at`, if one does. */
function packetLength(bytes: Uint8Array, at: number): number | 'none' | 'incomplete' {
  const here = bytes.length - at;
  for (let i = 0; i < HEADER.length && i < here; i++) if (bytes[at + i] !== HEADER[i]) return 'none';
  const id = bytes[at + 4];
  if (id !== undefined && id > HIGHEST_ID && id !== BROADCAST_ID) return 'none';
  if (here <= BEFORE_BODY) return 'incomplete';
  const length = BEFORE_BODY + word(bytes, at + 5);
  if (length < BEFORE_BODY + 1 + CRC_BYTES || length > MOST_BYTES) return 'none';
  if (!isFastStatus(bytes, at)) {
    const end = at + Math.min(here, length - CRC_BYTES);
    for (let i = at + BEFORE_BODY; i + 2 < end; i++) {
      if (isBeginning(bytes, i) && i + 3 < end && bytes[i + 3] === HEADER[3]) return 'none';
    }
  }
  return here < length ? 'incomplete' : length;
}

/** The answer of several motors: no single one, and none of ours, says this number. */
function isFastStatus(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 4] === BROADCAST_ID && bytes[at + BEFORE_BODY] === INSTRUCTION.status;
}

function packetAt(bytes: Uint8Array, at: number, end: number): DynamixelPacket {
  const body = bytes.slice(at + BEFORE_BODY, end);
  const plain = isFastStatus(bytes, at) ? body : unstuff(body);
  return { id: bytes[at + 4] ?? 0, instruction: plain[0] ?? 0, parameters: plain.slice(1) };
}
