import type { Disposable } from '../../../../shared/disposable';
import { ForesightError } from '../../../../shared/errors';
import { Listeners } from '../../listeners';
import type { Transport } from '../../transport/transport';
import {
  COMMANDS,
  type CommandName,
  encodeCommand,
  MOST_BYTES,
  refusalWords,
  SpheroDecoder,
  type SpheroPacket,
} from './packets';

const ASK_EVERY_MS = 200;
/**
 * Sequence numbers are greater than any length of an answer. An adapter that hears what is sent would otherwise make an answer of a
 * command: the number stands where the length of an answer does.
 */
const SEQUENCES = { first: MOST_BYTES + 1, count: 0xff - MOST_BYTES };

/** Commands to a robot and its answers, told apart by their sequence numbers. */
export class SpheroLink {
  readonly unasked = new Listeners<{ id: number; data: Uint8Array }>();
  private readonly decoder = new SpheroDecoder();
  private readonly asked = new Map<number, (packet: Extract<SpheroPacket, { kind: 'answer' }>) => void>();
  private sequence = SEQUENCES.first;
  private sent = 0;

  private readonly hearing: Disposable;

  constructor(readonly transport: Transport) {
    this.hearing = transport.onData((bytes) => {
      for (const packet of this.decoder.push(bytes)) {
        if (packet.kind === 'unasked') this.unasked.emit(packet);
        else this.asked.get(packet.sequence)?.(packet);
      }
    });
  }

  /** Hears nothing any more; the transport stays with whoever opened it. */
  dispose(): void {
    this.hearing.dispose();
  }

  /** Sends a command that nobody answers. */
  tell(name: CommandName, data: Uint8Array): void {
    this.write(name, data, this.next(), false);
  }

  /**
   * Sends a command until it is answered, `attempts` times at most.
   * @throws ForesightError rig-silent without an answer, rig-refused with what the robot says
   */
  ask(name: CommandName, data: Uint8Array = new Uint8Array(0), attempts = 3): Promise<Uint8Array> {
    const sequence = this.next();
    const { description } = this.transport;
    return new Promise((resolve, reject) => {
      let tries = 0;
      const settle = (finish: () => void) => {
        clearInterval(timer);
        closing.dispose();
        this.asked.delete(sequence);
        finish();
      };
      const attempt = () => {
        if (tries++ < attempts) return this.write(name, data, sequence, true);
        settle(() =>
          reject(
            new ForesightError(
              'rig-silent',
              `The robot on ${description} does not answer (${name}).`,
              'Wake it up, check its battery and the Bluetooth connection, then connect again.',
            ),
          ),
        );
      };
      const closing = this.transport.onClose((reason) => settle(() => reject(reason)));
      this.asked.set(sequence, ({ code, data: answer }) =>
        settle(() => {
          if (code === 0) return resolve(answer);
          reject(
            new ForesightError(
              'rig-refused',
              `The robot on ${description} refuses (${name}): ${refusalWords(code)}.`,
              'Charge it, wake it up, and try again.',
            ),
          );
        }),
      );
      const timer = setInterval(attempt, ASK_EVERY_MS);
      attempt();
    });
  }

  counters(): Record<string, number> {
    const { bytes, packets, badChecksum, noise } = this.decoder.counters;
    return { bytes, frames: packets, badChecksum, noise, sent: this.sent };
  }

  private next(): number {
    const { first, count } = SEQUENCES;
    do this.sequence = first + ((this.sequence + 1 - first) % count);
    while (this.asked.has(this.sequence));
    return this.sequence;
  }

  private write(name: CommandName, data: Uint8Array, sequence: number, answer: boolean): void {
    const [device, command] = COMMANDS[name];
    this.sent++;
    this.transport.write(encodeCommand({ device, command, sequence, answer, data }));
  }
}
