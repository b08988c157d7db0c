import { cobsDecode, cobsEncode } from './cobs';
import { crc16 } from './crc16';

/** One frame on the wire; docs/protocol.md has it byte by byte. */
export interface Frame {
  type: number;
  /** Counts the sender's frames, modulo 65536. */
  sequence: number;
  /** Sender's clock in µs, modulo 2³². */
  timeMicros: number;
  payload: Uint8Array;
}

const HEADER_BYTES = 7;
const CRC_BYTES = 2;
export const MAX_PAYLOAD_BYTES = 2048;
/** Longest stuffed frame without its closing zero; more bytes without a zero are garbage. */
const MAX_STUFFED_BYTES = (() => {
  const plain = HEADER_BYTES + MAX_PAYLOAD_BYTES + CRC_BYTES;
  return plain + Math.floor(plain / 254) + 1;
})();

/** Stuffed bytes with the closing zero. */
export function encodeFrame(frame: Frame): Uint8Array {
  if (frame.payload.length > MAX_PAYLOAD_BYTES) throw new RangeError('a frame holds at most 2048 bytes');
  const plain = new Uint8Array(HEADER_BYTES + frame.payload.length + CRC_BYTES);
  const view = new DataView(plain.buffer);
  view.setUint8(0, frame.type);
  view.setUint16(1, frame.sequence & 0xffff, true);
  view.setUint32(3, frame.timeMicros >>> 0, true);
  plain.set(frame.payload, HEADER_BYTES);
  view.setUint16(plain.length - CRC_BYTES, crc16(plain, plain.length - CRC_BYTES), true);
  const stuffed = cobsEncode(plain);
  const wire = new Uint8Array(stuffed.length + 1);
  wire.set(stuffed);
  return wire;
}

/** What arrived so far, good and bad. */
export interface DecoderCounters {
  bytes: number;
  frames: number;
  badCrc: number;
  /** Between two zeros, but no stuffed frame of a possible length. */
  malformed: number;
  /** More bytes without a zero than a frame can have. */
  overlong: number;
}

/**
 * Takes bytes as they come and gives frames. Damage costs the frames it touches and no others: the next zero byte
 * starts anew. Empty frames (two zeros) are allowed, so that a sender can flush a line full of noise.
 */
export class FrameDecoder {
  readonly counters: DecoderCounters = { bytes: 0, frames: 0, badCrc: 0, malformed: 0, overlong: 0 };
  private readonly buffer = new Uint8Array(MAX_STUFFED_BYTES);
  private length = 0;
  private skipping = false;

  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    this.counters.bytes += bytes.length;
    for (const byte of bytes) {
      if (byte === 0) {
        const frame = this.finish();
        if (frame) frames.push(frame);
      } else if (this.length < this.buffer.length) {
        this.buffer[this.length++] = byte;
      } else {
        if (!this.skipping) this.counters.overlong++;
        this.skipping = true;
      }
    }
    return frames;
  }

  private finish(): Frame | undefined {
    const { length, skipping } = this;
    this.length = 0;
    this.skipping = false;
    if (length === 0 || skipping) return undefined;
    const plain = cobsDecode(this.buffer.subarray(0, length));
    if (!plain || plain.length < HEADER_BYTES + CRC_BYTES) {
      this.counters.malformed++;
      return undefined;
    }
    const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
    const end = plain.length - CRC_BYTES;
    if (crc16(plain, end) !== view.getUint16(end, true)) {
      this.counters.badCrc++;
      return undefined;
    }
    this.counters.frames++;
    return {
      type: view.getUint8(0),
      sequence: view.getUint16(1, true),
      timeMicros: view.getUint32(3, true),
      payload: plain.slice(HEADER_BYTES, end),
    };
  }
}

/** Counts frames that were sent and did not arrive, from the sequence numbers of those that did. */
export class SequenceWatch {
  lost = 0;
  private last: number | undefined;

  see(sequence: number): void {
    if (this.last !== undefined) {
      const gap = (sequence - this.last - 1) & 0xffff;
      // A jump backwards is a device that restarted, not 60 000 lost frames.
      if (gap < 0x8000) this.lost += gap;
    }
    this.last = sequence;
  }
}

/** Turns wrapping 32-bit µs into seconds that only the device's own clock error bends. */
export class DeviceClock {
  private last: number | undefined;
  private micros = 0;

  /** Seconds on the device's clock for a frame's `timeMicros`; frames may arrive slightly out of order. */
  unwrap(timeMicros: number): number {
    this.micros += this.last === undefined ? timeMicros : (timeMicros - this.last) | 0;
    this.last = timeMicros;
    return this.micros / 1e6;
  }
}
