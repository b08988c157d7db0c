import type { Frame } from './frame';

export const PROTOCOL_VERSION = 1;
/** In `answers`: this message answers no request. */
export const UNASKED = 0xffff;

/** Frame types. Host to device below 0x80, device to host above. */
export const TYPE = {
  helloRequest: 0x01,
  stream: 0x02,
  command: 0x03,
  hold: 0x04,
  release: 0x05,
  resume: 0x06,
  reset: 0x07,
  statusRequest: 0x08,
  hello: 0x81,
  observation: 0x82,
  status: 0x83,
  error: 0x84,
} as const;

export const ERROR_CODE = {
  halted: 1,
  badPayload: 2,
  unknownType: 3,
  wrongVersion: 4,
  cannotReset: 5,
} as const;

export interface HelloChannel {
  name: string;
  unit: string;
  /** [low, high]; NaN where the device knows none. */
  limits: [number, number];
}

export type HostMessage =
  | { kind: 'helloRequest'; version: number }
  /** Observations every `periodMicros`; 0 stops them. */
  | { kind: 'stream'; periodMicros: number }
  /** Applied until the next command, but no longer than `ttlMillis`. */
  | { kind: 'command'; ttlMillis: number; values: ArrayLike<number> }
  | { kind: 'hold' }
  | { kind: 'release' }
  | { kind: 'resume' }
  | { kind: 'reset'; seed: number }
  | { kind: 'statusRequest' };

export type DeviceMessage =
  | {
      kind: 'hello';
      /** Sequence number of the request it answers, or UNASKED: the device has just started. */
      answers: number;
      version: number;
      periodMicros: number;
      firmware: string;
      firmwareVersion: string;
      observations: HelloChannel[];
      actions: HelloChannel[];
    }
  | { kind: 'observation'; values: Float64Array }
  | {
      kind: 'status';
      answers: number;
      torque: boolean;
      halted: boolean;
      /** Commands stopped coming and the device stopped by itself. */
      expired: boolean;
      applied: Float64Array;
    }
  | { kind: 'error'; answers: number; code: number; text: string };

/** Type and payload of a message; the sender adds sequence number and time. */
export type Body = Pick<Frame, 'type' | 'payload'>;

export function encodeHostMessage(message: HostMessage): Body {
  const writer = new Writer();
  switch (message.kind) {
    case 'helloRequest':
      writer.u8(message.version);
      break;
    case 'stream':
      writer.u32(message.periodMicros);
      break;
    case 'command':
      writer.u16(Math.min(message.ttlMillis, 0xffff)).floats(message.values);
      break;
    case 'reset':
      writer.u32(message.seed);
      break;
  }
  return { type: TYPE[message.kind], payload: writer.done() };
}

export function encodeDeviceMessage(message: DeviceMessage): Body {
  const writer = new Writer();
  switch (message.kind) {
    case 'hello':
      writer.u16(message.answers).u8(message.version).u32(message.periodMicros);
      writer.text(message.firmware).text(message.firmwareVersion);
      for (const channels of [message.observations, message.actions]) {
        writer.u8(channels.length);
        for (const { name, unit, limits } of channels) {
          writer.text(name).text(unit).f32(limits[0]).f32(limits[1]);
        }
      }
      break;
    case 'observation':
      writer.floats(message.values);
      break;
    case 'status': {
      const flags = (message.torque ? 1 : 0) | (message.halted ? 2 : 0) | (message.expired ? 4 : 0);
      writer.u16(message.answers).u8(flags).floats(message.applied);
      break;
    }
    case 'error':
      writer.u16(message.answers).u8(message.code).text(message.text);
      break;
  }
  return { type: TYPE[message.kind], payload: writer.done() };
}

/** Undefined for a type this side does not know or a payload that is not what its type says. */
export function decodeHostMessage({ type, payload }: Body): HostMessage | undefined {
  return read(payload, (reader): HostMessage | undefined => {
    switch (type) {
      case TYPE.helloRequest:
        return { kind: 'helloRequest', version: reader.u8() };
      case TYPE.stream:
        return { kind: 'stream', periodMicros: reader.u32() };
      case TYPE.command:
        return { kind: 'command', ttlMillis: reader.u16(), values: reader.floats() };
      case TYPE.hold:
        return { kind: 'hold' };
      case TYPE.release:
        return { kind: 'release' };
      case TYPE.resume:
        return { kind: 'resume' };
      case TYPE.reset:
        return { kind: 'reset', seed: reader.u32() };
      case TYPE.statusRequest:
        return { kind: 'statusRequest' };
      default:
        return undefined;
    }
  });
}

/** Undefined for a type this side does not know or a payload that is not what its type says. */
export function decodeDeviceMessage({ type, payload }: Body): DeviceMessage | undefined {
  return read(payload, (reader): DeviceMessage | undefined => {
    switch (type) {
      case TYPE.hello:
        return {
          kind: 'hello',
          answers: reader.u16(),
          version: reader.u8(),
          periodMicros: reader.u32(),
          firmware: reader.text(),
          firmwareVersion: reader.text(),
          observations: reader.channels(),
          actions: reader.channels(),
        };
      case TYPE.observation:
        return { kind: 'observation', values: reader.floats() };
      case TYPE.status: {
        const answers = reader.u16();
        const flags = reader.u8();
        return {
          kind: 'status',
          answers,
          torque: (flags & 1) !== 0,
          halted: (flags & 2) !== 0,
          expired: (flags & 4) !== 0,
          applied: reader.floats(),
        };
      }
      case TYPE.error:
        return { kind: 'error', answers: reader.u16(), code: reader.u8(), text: reader.text() };
      default:
        return undefined;
    }
  });
}

/** Reads all of a payload; undefined when it ends early or something is left over. */
function read<T>(payload: Uint8Array, body: (reader: Reader) => T | undefined): T | undefined {
  const reader = new Reader(payload);
  const message = body(reader);
  return reader.isExhausted() ? message : undefined;
}

/** Little endian; text is a length byte and UTF-8; a list of floats is a count byte and float32. */
class Writer {
  private readonly bytes: number[] = [];
  private readonly scratch = new DataView(new ArrayBuffer(4));

  u8(value: number): this {
    this.bytes.push(value & 0xff);
    return this;
  }
  u16(value: number): this {
    return this.u8(value).u8(value >>> 8);
  }
  u32(value: number): this {
    return this.u16(value & 0xffff).u16(value >>> 16);
  }
  f32(value: number): this {
    this.scratch.setFloat32(0, value, true);
    return this.u32(this.scratch.getUint32(0, true));
  }
  floats(values: ArrayLike<number>): this {
    this.u8(values.length);
    for (let i = 0; i < values.length; i++) this.f32(values[i] ?? 0);
    return this;
  }
  text(value: string): this {
    const utf8 = new TextEncoder().encode(value).subarray(0, 255);
    this.u8(utf8.length);
    this.bytes.push(...utf8);
    return this;
  }
  done(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

class Reader {
  private at = 0;
  private readonly view: DataView;
  private overrun = false;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    return this.take(1) ? this.view.getUint8(this.at - 1) : 0;
  }
  u16(): number {
    return this.take(2) ? this.view.getUint16(this.at - 2, true) : 0;
  }
  u32(): number {
    return this.take(4) ? this.view.getUint32(this.at - 4, true) : 0;
  }
  f32(): number {
    return this.take(4) ? this.view.getFloat32(this.at - 4, true) : 0;
  }
  floats(): Float64Array {
    return Float64Array.from({ length: this.u8() }, () => this.f32());
  }
  text(): string {
    const length = this.u8();
    return this.take(length) ? new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at)) : '';
  }
  channels(): HelloChannel[] {
    return Array.from({ length: this.u8() }, () => {
      const name = this.text();
      const unit = this.text();
      return { name, unit, limits: [this.f32(), this.f32()] };
    });
  }
  isExhausted(): boolean {
    return !this.overrun && this.at === this.bytes.length;
  }

  private take(count: number): boolean {
    if (this.at + count > this.bytes.length) this.overrun = true;
    else this.at += count;
    return !this.overrun;
  }
}
