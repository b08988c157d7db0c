import type { Disposable } from '../../../../shared/disposable';
import type { ForesightError } from '../../../../shared/errors';
import { Listeners } from '../../listeners';
import type { Transport } from '../../transport/transport';
import { encodeFrame, type Frame, FrameDecoder, SequenceWatch } from './protocol/frame';
import {
  type DeviceMessage,
  decodeDeviceMessage,
  encodeHostMessage,
  type HostMessage,
} from './protocol/messages';

export interface Received {
  message: DeviceMessage;
  frame: Frame;
}

/** A request under way: it is repeated with the same sequence number until it is answered. */
export interface Request<T> {
  answer: Promise<T>;
  /** Stops asking; `answer` rejects with `reason`. Nothing happens to one that is answered. */
  cancel(reason: unknown): void;
}

export interface RequestOptions<T> {
  everyMs: number;
  /** Gives up after this many; Infinity never gives up while the line is there. */
  attempts: number;
  /** The answer's result, undefined to go on asking; may throw to give up. */
  accept(message: DeviceMessage): T | undefined;
  /** What a request fails with that was never answered. */
  unanswered(): ForesightError;
}

/** Messages over a transport: frames in and out, sequence numbers, requests with answers. */
export class DeviceLink {
  private readonly decoder = new FrameDecoder();
  private readonly sequences = new SequenceWatch();
  private readonly received = new Listeners<Received>();
  private readonly misfits = new Listeners<Frame>();
  private readonly counts = { sent: 0, repeated: 0, unreadable: 0 };
  private nextSequence = 0;

  constructor(readonly transport: Transport) {
    transport.onData((bytes) => this.take(bytes));
  }

  /** Every readable message, answers included, in order of arrival. */
  onMessage(listener: (received: Received) => void): Disposable {
    return this.received.add(listener);
  }

  /** Every frame that arrived whole and is no message: of an unknown type, or with a payload that does not fit its type. */
  onUnreadable(listener: (frame: Frame) => void): Disposable {
    return this.misfits.add(listener);
  }

  send(message: HostMessage): void {
    this.transport.write(this.encode(message, this.takeSequence()));
  }

  request<T>(message: HostMessage, options: RequestOptions<T>): Request<T> {
    const sequence = this.takeSequence();
    const bytes = this.encode(message, sequence);
    let cancel: (reason: unknown) => void = () => {};
    const answer = new Promise<T>((resolve, reject) => {
      let attempts = 0;
      const settle = (finish: () => void) => {
        clearInterval(timer);
        messages.dispose();
        closes.dispose();
        finish();
      };
      cancel = (reason) => settle(() => reject(reason));
      const ask = () => {
        if (attempts >= options.attempts) return settle(() => reject(options.unanswered()));
        if (attempts++ > 0) this.counts.repeated++;
        this.transport.write(bytes);
      };
      const messages = this.onMessage((received) => {
        if (!('answers' in received.message) || received.message.answers !== sequence) return;
        try {
          const result = options.accept(received.message);
          if (result !== undefined) settle(() => resolve(result));
        } catch (thrown) {
          settle(() => reject(thrown));
        }
      });
      const timer = setInterval(ask, options.everyMs);
      const closes = this.transport.onClose((reason) => settle(() => reject(reason)));
      ask();
    });
    return { answer, cancel: (reason) => cancel(reason) };
  }

  /** Bytes that came, valid frames among them, and what was wrong with the rest. */
  counters() {
    const { frames, bytes, badCrc, malformed, overlong } = this.decoder.counters;
    return { bytes, frames, badCrc, malformed, overlong, lost: this.sequences.lost, ...this.counts };
  }

  private take(bytes: Uint8Array): void {
    for (const frame of this.decoder.push(bytes)) {
      this.sequences.see(frame.sequence);
      const message = decodeDeviceMessage(frame);
      if (message) this.received.emit({ message, frame });
      else {
        this.counts.unreadable++;
        this.misfits.emit(frame);
      }
    }
  }

  private encode(message: HostMessage, sequence: number): Uint8Array {
    this.counts.sent++;
    return encodeFrame({ ...encodeHostMessage(message), sequence, timeMicros: 0 });
  }

  private takeSequence(): number {
    const sequence = this.nextSequence;
    // 0xFFFF means "answers nothing" in an answer, so no frame of ours has it.
    this.nextSequence = (sequence + 1) % 0xffff;
    return sequence;
  }
}
