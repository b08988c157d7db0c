import type { MotorStatus, PacketDecoder, ServoProtocol, SyncEntry } from '../servo-bus/protocol';
import {
  BROADCAST_ID,
  DynamixelDecoder,
  type DynamixelPacket,
  encodePacket,
  fastAnswers,
  HIGHEST_ID,
  INSTRUCTION,
  STATUS_BYTES,
} from './packets';

/** In an answer's error byte: the motor has a trouble of its own, which its register 70 names. */
const ALERT = 0x80;
/** The instruction arrived damaged. */
const CRC_ERROR = 3;

/** Why an instruction was not carried out, by the number in the error byte; as behind "the motor reports". */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'it could not do what was asked',
  2: 'it does not know the instruction',
  [CRC_ERROR]: 'the question reached it damaged',
  4: 'a number is outside what its register can hold',
  5: 'a register was written in part',
  6: 'a number is outside of the limits that it was given',
  7: 'a register is there for reading only, or is not to be written while torque is on',
};

export function errorWords(error: number): string[] {
  const number = error & ~ALERT;
  return [
    ...(number === 0 ? [] : [REFUSALS[number] ?? `something that no manual explains (error ${number})`]),
    ...(error & ALERT ? ['a hardware error, which its register 70 names'] : []),
  ];
}

const low = (number: number) => number & 0xff;
const high = (number: number) => (number >> 8) & 0xff;
const words = (...numbers: number[]) => numbers.flatMap((number) => [low(number), high(number)]);

function packet(id: number, instruction: number, ...parameters: number[]): Uint8Array {
  return encodePacket({ id, instruction, parameters: Uint8Array.from(parameters) });
}

/** What one motor is to be asked of a bulk read: other registers than the next. */
export interface BulkPlace {
  id: number;
  address: number;
  length: number;
}

/** Behind the number of what is cleared, a fixed text against an instruction that came about by damage. */
const CLEAR_TURNS = [0x01, 0x44, 0x58, 0x4c, 0x22] as const;

/** Instructions that other servo buses do not have. Those to several motors go to the broadcast number. */
export const instructions = {
  /** Like a write, but done when the action comes. */
  regWrite: (id: number, address: number, data: Uint8Array) =>
    packet(id, INSTRUCTION.regWrite, ...words(address), ...data),
  action: (id: number) => packet(id, INSTRUCTION.action),
  /** What is left of the settings. Resetting all of them on the broadcast is not obeyed. */
  factoryReset: (id: number, keep: 'nothing' | 'id' | 'id and baud rate') =>
    packet(id, INSTRUCTION.factoryReset, { nothing: 0xff, id: 0x01, 'id and baud rate': 0x02 }[keep]),
  /** The only way out of a hardware error but switching off. */
  reboot: (id: number) => packet(id, INSTRUCTION.reboot),
  /** Forgets whole turns; refused while the motor moves. */
  clearTurns: (id: number) => packet(id, INSTRUCTION.clear, ...CLEAR_TURNS),
  /** One answer from all of them together. Firmware that does not know it is silent. */
  fastSyncRead: (ids: readonly number[], address: number, length: number) =>
    packet(BROADCAST_ID, INSTRUCTION.fastSyncRead, ...words(address, length), ...ids),
  bulkRead: (places: readonly BulkPlace[]) =>
    packet(
      BROADCAST_ID,
      INSTRUCTION.bulkRead,
      ...places.flatMap(({ id, address, length }) => [id, ...words(address, length)]),
    ),
  bulkWrite: (entries: readonly (SyncEntry & { address: number })[]) =>
    packet(
      BROADCAST_ID,
      INSTRUCTION.bulkWrite,
      ...entries.flatMap(({ id, address, data }) => [id, ...words(address, data.length), ...data]),
    ),
} as const;

/** The master's side of Dynamixel's protocol 2.0, as the X series speaks it. */
export const dynamixelProtocol: ServoProtocol = {
  name: 'Dynamixel X',
  baudRates: [57_600, 1_000_000, 115_200, 2_000_000, 3_000_000, 4_000_000, 4_500_000, 9_600],
  broadcastId: BROADCAST_ID,
  highestId: HIGHEST_ID,
  decoder: statusDecoder,
  pingsAll: { secondsPerId: 0.003 },
  ping: (id) => packet(id, INSTRUCTION.ping),
  read: (id, address, length) => packet(id, INSTRUCTION.read, ...words(address, length)),
  write: (id, address, data) => packet(id, INSTRUCTION.write, ...words(address), ...data),
  syncRead: (ids, address, length) =>
    packet(BROADCAST_ID, INSTRUCTION.syncRead, ...words(address, length), ...ids),
  fastSyncRead: instructions.fastSyncRead,
  reboot: instructions.reboot,
  syncWrite: (address, length, entries) =>
    packet(
      BROADCAST_ID,
      INSTRUCTION.syncWrite,
      ...words(address, length),
      ...entries.flatMap(({ id, data }) => [id, ...data]),
    ),
  statusBytes: (parameters) => STATUS_BYTES + parameters,
  isRefusal: (error) => (error & ~ALERT) !== 0,
  problems: errorWords,
};

/** An answer says so itself: what an adapter repeats of our own instructions is none. */
function statusDecoder(): PacketDecoder<MotorStatus> {
  const decoder = new DynamixelDecoder();
  const answers = (packets: readonly DynamixelPacket[]) => packets.flatMap(answersIn);
  return {
    counters: decoder.counters,
    push: (bytes) => answers(decoder.push(bytes)),
    flush: () => answers(decoder.flush()),
  };
}

function answersIn(found: DynamixelPacket): MotorStatus[] {
  if (found.instruction !== INSTRUCTION.status) return [];
  if (found.id === BROADCAST_ID) {
    return fastAnswers(found).map(({ id, error, data }) => ({ id, error, parameters: data }));
  }
  const [error, ...parameters] = found.parameters;
  // A question that was damaged on the way is asked again, as if nothing had been said.
  if (error === undefined || (error & ~ALERT) === CRC_ERROR) return [];
  return [{ id: found.id, error, parameters: Uint8Array.from(parameters) }];
}
