import { PacketSearch } from '../servo-bus/packet-search';

/*
 * Sphero's API 1.50 (orbotix/DeveloperResources, "API Packet Format"; Sphero, Ollie, BB-8). A command is FF, FE or FF less the answer
 * bit, DID, CID, SEQ, DLEN, data, CHK; an answer FF FF MRSP SEQ DLEN data CHK; what it says by itself FF FE ID, a length of two bytes,
 * data, CHK. A length counts the checksum; that is the sum of all bytes behind the first two, modulo 256, with its bits inverted.
 */
const SOP1 = 0xff;
const ANSWER = 0xff;
const UNASKED = 0xfe;
/**
 * Nothing that is asked for here is longer, checksum included. A length that was damaged on the way to a longer one would keep
 * good packets waiting until so many bytes have come.
 */
export const MOST_BYTES = 80;
const COMMAND_HEAD = 6;
const ANSWER_HEAD = 5;

/** Devices and commands (the same document, "API Quick Reference"). */
const CORE = 0x00;
const SPHERO = 0x02;
export const COMMANDS = {
  ping: [CORE, 0x01],
  versioning: [CORE, 0x02],
  sleep: [CORE, 0x22],
  stabilisation: [SPHERO, 0x02],
  streaming: [SPHERO, 0x11],
  locator: [SPHERO, 0x13],
  rawMotors: [SPHERO, 0x33],
  temporaryOptions: [SPHERO, 0x37],
  whichTemporaryOptions: [SPHERO, 0x38],
} as const;
export type CommandName = keyof typeof COMMANDS;

/** What an answer's first byte says (appendix A of the same document). */
const REFUSALS: Record<number, string> = {
  1: 'it cannot do that now',
  2: 'the checksum was wrong',
  3: 'the packet was cut short',
  4: 'it does not know this command',
  5: 'it has not that function',
  6: 'a value was outside its range',
  7: 'a value was none that it takes',
  49: 'its battery is too low',
};
export const refusalWords = (code: number): string => REFUSALS[code] ?? `error ${code}`;

export interface SpheroCommand {
  device: number;
  command: number;
  sequence: number;
  answer: boolean;
  data: Uint8Array;
}

export type SpheroPacket =
  | { kind: 'answer'; code: number; sequence: number; data: Uint8Array }
  | { kind: 'unasked'; id: number; data: Uint8Array };

/** @param data at most 254 bytes */
export function encodeCommand({ device, command, sequence, answer, data }: SpheroCommand): Uint8Array {
  if (data.length > 254)
    throw new RangeError(`A command of a Sphero has at most 254 bytes, not ${data.length}.`);
  return sealed([SOP1, answer ? 0xff : 0xfe, device, command, sequence & 0xff, data.length + 1], data);
}

/** The robot's end. */
export function encodePacket(packet: SpheroPacket): Uint8Array {
  const { data } = packet;
  const length = data.length + 1;
  return packet.kind === 'answer'
    ? sealed([SOP1, ANSWER, packet.code, packet.sequence, length], data)
    : sealed([SOP1, UNASKED, packet.id, length >> 8, length & 0xff], data);
}

/** Of the bytes behind the first two, up to the checksum itself. */
function checksum(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += bytes[i] ?? 0;
  return ~sum & 0xff;
}

/** Finds what a robot says, in whatever comes. */
export class SpheroDecoder extends PacketSearch<SpheroPacket> {
  constructor() {
    super({
      lengthAt(bytes, at) {
        if (bytes[at] !== SOP1) return 'none';
        const second = bytes[at + 1];
        if (second === undefined) return 'incomplete';
        if (second !== ANSWER && second !== UNASKED) return 'none';
        if (at + ANSWER_HEAD > bytes.length) return 'incomplete';
        const [high = 0, low = 0] = [bytes[at + 3], bytes[at + 4]];
        const length = second === ANSWER ? low : 256 * high + low;
        if (length < 1 || length > MOST_BYTES) return 'none';
        return at + ANSWER_HEAD + length > bytes.length ? 'incomplete' : ANSWER_HEAD + length;
      },
      isWhole,
      packetAt(bytes, at, length) {
        const data = bytes.slice(at + ANSWER_HEAD, at + length - 1);
        const [first = 0, second = 0] = [bytes[at + 2], bytes[at + 3]];
        return bytes[at + 1] === ANSWER
          ? { kind: 'answer', code: first, sequence: second, data }
          : { kind: 'unasked', id: first, data };
      },
    });
  }
}

/** The robot's end: finds commands. */
export class CommandDecoder extends PacketSearch<SpheroCommand> {
  constructor() {
    super({
      lengthAt(bytes, at) {
        if (bytes[at] !== SOP1) return 'none';
        const second = bytes[at + 1];
        if (second === undefined) return 'incomplete';
        if (second < 0xf8) return 'none';
        if (at + COMMAND_HEAD > bytes.length) return 'incomplete';
        const length = bytes[at + 5] ?? 0;
        if (length < 1) return 'none';
        return at + COMMAND_HEAD + length > bytes.length ? 'incomplete' : COMMAND_HEAD + length;
      },
      isWhole,
      packetAt: (bytes, at, length) => ({
        device: bytes[at + 2] ?? 0,
        command: bytes[at + 3] ?? 0,
        sequence: bytes[at + 4] ?? 0,
        answer: ((bytes[at + 1] ?? 0) & 1) === 1,
        data: bytes.slice(at + COMMAND_HEAD, at + length - 1),
      }),
    });
  }
}

function isWhole(bytes: Uint8Array, at: number, length: number): boolean {
  return checksum(bytes, at + 2, at + length - 1) === bytes[at + length - 1];
}

function sealed(head: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + data.length + 1);
  bytes.set(head);
  bytes.set(data, head.length);
  bytes[bytes.length - 1] = checksum(bytes, 2, bytes.length - 1);
  return bytes;
}
