import type { MotorStatus, PacketDecoder, ServoProtocol } from '../servo-bus/protocol';
import { BROADCAST_ID, encodePacket, FeetechDecoder, FRAME_BYTES, INSTRUCTION } from './packets';

/** By the bit of a status packet's error byte, and of the condition register 65. */
const CONDITIONS: readonly (readonly [bit: number, words: string])[] = [
  [0, 'its supply voltage is outside its limits'],
  [1, 'its position sensor fails'],
  [2, 'it is too hot'],
  [3, 'its current is above its limit'],
  [5, 'overload: it is blocked or carries too much'],
];

export function conditionWords(bits: number): string[] {
  const known = CONDITIONS.flatMap(([bit, words]) => (bits & (1 << bit) ? [words] : []));
  const others = CONDITIONS.reduce((rest, [bit]) => rest & ~(1 << bit), bits);
  return others === 0
    ? known
    : [...known, `something that no manual explains (bits 0x${others.toString(16)})`];
}

/** Torque enable, as good as any. */
const ECHO_ADDRESS = 40;

/** The master's side of Feetech's protocol. STS and SMS motors (protocol 0) know sync read, SCS motors (protocol 1) do not. */
export function feetechProtocol(series: 'STS' | 'SCS'): ServoProtocol {
  const instruction = (id: number, code: number, ...parameters: number[]) =>
    encodePacket({ id, code, parameters: Uint8Array.from(parameters) });
  return {
    name: `Feetech ${series}`,
    baudRates: [1_000_000, 500_000, 115_200, 57_600, 38_400, 250_000, 128_000, 76_800],
    broadcastId: BROADCAST_ID,
    highestId: 0xfd,
    decoder: statusDecoder,
    ping: (id) => instruction(id, INSTRUCTION.ping),
    read: (id, address, length) => instruction(id, INSTRUCTION.read, address, length),
    write: (id, address, data) => instruction(id, INSTRUCTION.write, address, ...data),
    ...(series === 'STS' && {
      syncRead: (ids: readonly number[], address: number, length: number) =>
        instruction(BROADCAST_ID, INSTRUCTION.syncRead, address, length, ...ids),
    }),
    syncWrite: (address, length, entries) =>
      instruction(
        BROADCAST_ID,
        INSTRUCTION.syncWrite,
        ...[address, length],
        ...entries.flatMap(({ id, data }) => [id, ...data]),
      ),
    // A write to nobody.
    echoProbe: instruction(BROADCAST_ID, INSTRUCTION.syncWrite, ECHO_ADDRESS, 1),
    statusBytes: (parameters) => FRAME_BYTES + parameters,
    // The error byte is the motor's condition: the instruction was carried out all the same.
    isRefusal: () => false,
    problems: conditionWords,
  };
}

/** No motor is the broadcast: what comes with that number is our own packet, repeated by an adapter. */
function statusDecoder(): PacketDecoder<MotorStatus> {
  const decoder = new FeetechDecoder();
  const answers = (packets: ReturnType<FeetechDecoder['push']>) =>
    packets.flatMap(({ id, code, parameters }) =>
      id === BROADCAST_ID ? [] : [{ id, error: code, parameters }],
    );
  return {
    counters: decoder.counters,
    push: (bytes) => answers(decoder.push(bytes)),
    flush: () => answers(decoder.flush()),
  };
}
