import { describe, expect, it } from 'vitest';
import { loadRig } from '../../../../src/main/rig';
import { DeviceLink } from '../../../../src/main/rig/drivers/microcontroller/device-link';
import { askHello, checkHello, type Hello } from '../../../../src/main/rig/drivers/microcontroller/hello';
import { encodeFrame } from '../../../../src/main/rig/drivers/microcontroller/protocol/frame';
import {
  encodeDeviceMessage,
  UNASKED,
} from '../../../../src/main/rig/drivers/microcontroller/protocol/messages';
import { memoryPair } from '../../../../src/main/rig/transport/memory';
import { rejection } from '../../rig-helpers';

async function fittingHello(): Promise<Hello> {
  const { file } = await loadRig('cartpole-serial');
  return {
    kind: 'hello',
    answers: UNASKED,
    version: 1,
    periodMicros: 20_000,
    firmware: 'foresight-cartpole',
    firmwareVersion: '1.0.0',
    observations: file.observations.map(({ name, unit }) => ({ name, unit, limits: [-1, 1] })),
    actions: file.actions.map(({ name, unit, limits }) => ({ name, unit, limits })),
  };
}

/** A device that does nothing but send these bytes when it hears something. */
function deviceSaying(...answers: Uint8Array[]): DeviceLink {
  const [host, device] = memoryPair('port 7');
  device.onData(() => {
    for (const bytes of answers) device.write(bytes);
  });
  return new DeviceLink(host);
}

const wire = (message: Parameters<typeof encodeDeviceMessage>[0]) =>
  encodeFrame({ ...encodeDeviceMessage(message), sequence: 0, timeMicros: 0 });

describe('asking who is there', () => {
  it('takes the hello that a board sends when it starts', async () => {
    const hello = await fittingHello();
    expect((await askHello(deviceSaying(wire(hello)), 1)).firmware).toBe('foresight-cartpole');
  });

  it('says that nothing answers', async () => {
    expect(await rejection(askHello(deviceSaying(), 0.3))).toMatchObject({
      code: 'rig-silent',
      message: 'Nothing answers on port 7.',
    });
  });

  it('says that only rubbish comes, as with a wrong baud rate', async () => {
    const error = await rejection(askHello(deviceSaying(Uint8Array.of(1, 2, 3, 0)), 0.3));
    expect(error.code).toBe('rig-garbled');
    expect(error.message).toMatch(/^\d+ bytes came on port 7, but no valid frame among them\.$/);
    expect(error.next).toMatch(/baud rate/);
  });

  it('says that another device speaks in frames but never says hello', async () => {
    const error = await rejection(
      askHello(deviceSaying(wire({ kind: 'observation', values: Float64Array.of(1) })), 0.3),
    );
    expect(error).toMatchObject({ code: 'rig-refused', message: expect.stringContaining('no hello') });
  });

  it('says that the firmware speaks another version', async () => {
    const error = await rejection(askHello(deviceSaying(wire({ ...(await fittingHello()), version: 2 })), 1));
    expect(error.message).toBe('The device on port 7 speaks version 2 of the protocol, Foresight 1.');
    const refusal = wire({ kind: 'error', answers: 0, code: 4, text: 'this firmware speaks version 2' });
    expect((await rejection(askHello(deviceSaying(refusal), 1))).message).toContain(
      'this firmware speaks version 2',
    );
  });
});

describe('a hello against rig.json', () => {
  const check = async (change: Partial<Hello>) => {
    const rig = await loadRig('cartpole-serial');
    const hello = { ...(await fittingHello()), ...change };
    return () => checkHello(hello, rig, 'port 7');
  };

  it('passes when it fits', async () => {
    expect(await check({})).not.toThrow();
  });

  it('names both firmwares when it is the wrong one', async () => {
    expect(await check({ firmware: 'blinky' })).toThrow(
      'The device on port 7 runs the firmware "blinky", the rig "cartpole-serial" needs "foresight-cartpole".',
    );
  });

  it('names the channel that differs', async () => {
    const { observations, actions } = await fittingHello();
    const inDegrees = observations.map((channel, i) => (i === 2 ? { ...channel, unit: 'deg' } : channel));
    expect(await check({ observations: inDegrees })).toThrow(
      'observations[2]: "pole_angle" [rad] expected, the device has "pole_angle" [deg]',
    );
    expect(await check({ actions: [...actions, ...actions] })).toThrow(
      'actions: 1 expected, the device has 2',
    );
  });

  it('refuses a device that is slower than the rig’s control period', async () => {
    expect(await check({ periodMicros: 50_000 })).toThrow(
      'periodSeconds: 0.02 expected, the device is no faster than 0.05',
    );
  });
});
