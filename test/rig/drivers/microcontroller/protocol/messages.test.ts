import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FrameDecoder,
} from '../../../../../src/main/rig/drivers/microcontroller/protocol/frame';
import {
  type Body,
  type DeviceMessage,
  decodeDeviceMessage,
  decodeHostMessage,
  encodeDeviceMessage,
  encodeHostMessage,
  type HostMessage,
} from '../../../../../src/main/rig/drivers/microcontroller/protocol/messages';

const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const f32 = fc.float({ noNaN: true });
const floats = fc.array(f32, { maxLength: 32 }).map((values) => Float64Array.from(values));
const text = fc.string({ maxLength: 24 });
const channel = fc.record({ name: text, unit: text, limits: fc.tuple(f32, f32) });

const hostMessage: fc.Arbitrary<HostMessage> = fc.oneof(
  fc.record({ kind: fc.constant('helloRequest' as const), version: fc.nat(255) }),
  fc.record({ kind: fc.constant('stream' as const), periodMicros: u32 }),
  fc.record({ kind: fc.constant('command' as const), ttlMillis: u16, values: floats }),
  fc.record({ kind: fc.constantFrom('hold' as const, 'release' as const, 'resume' as const) }),
  fc.record({ kind: fc.constant('reset' as const), seed: u32 }),
  fc.record({ kind: fc.constant('statusRequest' as const) }),
);

const deviceMessage: fc.Arbitrary<DeviceMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('hello' as const),
    answers: u16,
    version: fc.nat(255),
    periodMicros: u32,
    firmware: text,
    firmwareVersion: text,
    observations: fc.array(channel, { maxLength: 6 }),
    actions: fc.array(channel, { maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant('observation' as const), values: floats }),
  fc.record({
    kind: fc.constant('status' as const),
    answers: u16,
    torque: fc.boolean(),
    halted: fc.boolean(),
    expired: fc.boolean(),
    applied: floats,
  }),
  fc.record({ kind: fc.constant('error' as const), answers: u16, code: fc.nat(255), text }),
);

describe('messages', () => {
  it('come back as they were sent, both ways', () => {
    fc.assert(
      fc.property(hostMessage, (message) => {
        expect(decodeHostMessage(encodeHostMessage(message))).toEqual(message);
      }),
    );
    fc.assert(
      fc.property(deviceMessage, (message) => {
        expect(decodeDeviceMessage(encodeDeviceMessage(message))).toEqual(message);
      }),
    );
  });

  it('cut short or with bytes left over are refused', () => {
    fc.assert(
      fc.property(deviceMessage, fc.nat(), (message, cut) => {
        const { type, payload } = encodeDeviceMessage(message);
        const short = payload.subarray(0, cut % payload.length);
        expect(decodeDeviceMessage({ type, payload: short })).toBeUndefined();
        expect(decodeDeviceMessage({ type, payload: Uint8Array.from([...payload, 0]) })).toBeUndefined();
      }),
    );
  });

  it('of any type with any payload never throw', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.uint8Array({ maxLength: 80 }), (type, payload) => {
        const body: Body = { type, payload };
        decodeHostMessage(body);
        const message = decodeDeviceMessage(body);
        expect(message === undefined || 'kind' in message).toBe(true);
      }),
    );
  });
});

describe('docs/protocol.md', () => {
  /** Test vectors stand in the document as `hex` lines after a line with the message as JSON. */
  async function vectors(): Promise<{ message: Record<string, unknown>; hex: string }[]> {
    const path = fileURLToPath(new URL('../../../../../docs/protocol.md', import.meta.url));
    const document = await readFile(path, 'utf8');
    return [...document.matchAll(/^(\{"sequence".*\})\n((?:[0-9A-F]{2} ?)+)$/gm)].map((match) => ({
      message: JSON.parse(match[1]!),
      hex: match[2]!.trim(),
    }));
  }

  it('has a test vector for every message, and each is what this codec sends and reads', async () => {
    const all = await vectors();
    expect(new Set(all.map(({ message }) => message.kind)).size).toBe(12);
    for (const { message, hex } of all) {
      const { sequence, timeMicros, ...rest } = message as {
        sequence: number;
        timeMicros: number;
        kind: string;
      };
      const fromDevice = ['hello', 'observation', 'status', 'error'].includes(rest.kind);
      const body = fromDevice
        ? encodeDeviceMessage(rest as unknown as DeviceMessage)
        : encodeHostMessage(rest as unknown as HostMessage);
      const wire = encodeFrame({ ...body, sequence, timeMicros });
      expect([...wire].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ')).toBe(hex);
      const [frame] = new FrameDecoder().push(wire);
      const decoded = fromDevice ? decodeDeviceMessage(frame!) : decodeHostMessage(frame!);
      expect(JSON.parse(JSON.stringify(decoded, plainArrays))).toEqual(rest);
    }
  });
});

function plainArrays(_: string, value: unknown): unknown {
  return value instanceof Float64Array ? [...value] : value;
}
