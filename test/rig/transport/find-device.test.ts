import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Asked, findDevice, identityOf } from '../../../src/main/rig/transport/find-device';
import { linuxPorts } from '../../../src/main/rig/transport/linux-ports';
import { portHolders } from '../../../src/main/rig/transport/port-holders';
import { listPorts } from '../../../src/main/rig/transport/port-list';
import { barePort, type DeviceIdentity, deviceKey, type PortListing } from '../../../src/shared/ports';
import { fakeSystem } from '../fake-system';
import { rejection } from '../rig-helpers';

const nobody = async () => new Map<string, string[]>();

describe('the ports of a Linux computer', () => {
  it('are read from the files of the kernel, with what USB says of the device behind them', async () => {
    const system = fakeSystem();
    const path = system.plug({ name: 'ttyACM0', serialNumber: '5A46083045', socket: '1-1.4' });
    const ports = await listPorts(() => linuxPorts(system.root), nobody);
    expect(ports).toEqual([
      {
        ...barePort(path),
        key: 'usb-1a86-55d3-5A46083045',
        vendorId: '1a86',
        productId: '55d3',
        serialNumber: '5A46083045',
        product: 'USB Single Serial',
        manufacturer: 'WCH.CN',
        socket: '1-1.4',
      },
    ]);
  });

  it('are the same device under another name and in another socket', async () => {
    const system = fakeSystem();
    system.plug({ name: 'ttyACM0', serialNumber: 'A7', socket: '1-1' });
    const [before] = await listPorts(() => linuxPorts(system.root), nobody);
    system.unplug('ttyACM0');
    expect(await linuxPorts(system.root)).toEqual([]);
    system.plug({ name: 'ttyACM3', serialNumber: 'A7', socket: '3-2' });
    const [after] = await listPorts(() => linuxPorts(system.root), nobody);
    expect(after!.path).not.toBe(before!.path);
    expect(after!.key).toBe(before!.key);
  });

  it('of one adapter are told apart by their number', async () => {
    const system = fakeSystem();
    const both = { serialNumber: 'FT1', vendorId: '0403', productId: '6010' };
    system.plug({ ...both, name: 'ttyUSB0' });
    system.plug({ ...both, name: 'ttyUSB1', interfaceNumber: 1 });
    const ports = await listPorts(() => linuxPorts(system.root), nobody);
    expect(ports.map(({ key }) => key)).toEqual(['usb-0403-6010-FT1', 'usb-0403-6010-FT1-if01']);
  });

  it('that are in /dev alone, as in a container, come with their path only', async () => {
    const system = fakeSystem();
    writeFileSync(join(system.root, 'dev/ttyUSB5'), '');
    writeFileSync(join(system.root, 'dev/tty1'), '');
    expect(await linuxPorts(system.root)).toEqual([{ path: join(system.root, 'dev/ttyUSB5') }]);
  });

  it.runIf(process.platform === 'linux')('say which program has them open', async () => {
    const system = fakeSystem();
    const fds = join(system.root, 'proc/4711/fd');
    mkdirSync(fds, { recursive: true });
    writeFileSync(join(system.root, 'proc/4711/comm'), 'python3\n');
    symlinkSync('/dev/ttyACM7', join(fds, '3'));
    symlinkSync('socket:[1]', join(fds, '4'));
    const holders = await portHolders(['/dev/ttyACM7', '/dev/ttyACM8'], system.root);
    expect([...holders]).toEqual([['/dev/ttyACM7', ['python3 (process 4711)']]]);
  });
});

describe('the key of a device', () => {
  const usb = { vendorId: '10c4', productId: 'ea60', interfaceNumber: 0 };
  it('is a file name, another one for every serial number', () => {
    expect(deviceKey({ ...usb, serialNumber: 'A/7 b' })).toBe('usb-10c4-ea60-A_2f7_20b');
    expect(deviceKey({ ...usb, serialNumber: 'A_2f7_20b' })).not.toBe('usb-10c4-ea60-A_2f7_20b');
  });
  it.each(['0001', '0', '00000000', '1', '0123456789ABCDEF', '123456789', ''])(
    'is none where whole series have the serial number "%s"',
    (serialNumber) => expect(deviceKey({ ...usb, serialNumber })).toBeNull(),
  );
  it('is none without a serial number or without USB', () => {
    expect(deviceKey({ ...usb, serialNumber: null })).toBeNull();
    expect(deviceKey({ ...usb, vendorId: null, serialNumber: 'A7' })).toBeNull();
  });
});

describe('the device of a rig', () => {
  const port = (name: string, more: Partial<PortListing> = {}): PortListing => ({
    ...barePort(`/dev/${name}`),
    vendorId: '1a86',
    productId: '55d3',
    product: 'USB Single Serial',
    ...more,
  });
  const withSerial = (name: string, serialNumber: string, more: Partial<PortListing> = {}) =>
    port(name, { serialNumber, key: `usb-1a86-55d3-${serialNumber}`, ...more });
  const known = (one: PortListing): DeviceIdentity => identityOf(one, { firmware: 'x' });

  /** Looks for it among `ports`; everything that is wanted is behind those of `fitting`. */
  const look = async (
    ports: PortListing[],
    { port: asked = 'auto', last = null as DeviceIdentity | null, fitting = ports } = {},
  ) => {
    const [opened, closed] = [[] as string[], [] as string[]];
    const found = findDevice<Asked>({
      ...{ port: asked, known: last, wanted: 'these 6 motors', otherwise: 'use simulated ones' },
      list: async () => ports,
      ask: async ({ path }) => {
        opened.push(path);
        const words = `${path}: 0 of 6 motors answer.`;
        return {
          words,
          fits: fitting.some((one) => one.path === path),
          close: async () => void closed.push(path),
        };
      },
    });
    const settled = await found.catch((thrown: Error) => thrown);
    return { settled, found, opened, closed };
  };

  it('is the only one that fits, and the others are closed again', async () => {
    const [a, b] = [withSerial('ttyACM0', 'A'), withSerial('ttyACM1', 'B')];
    const { found, closed } = await look([a, b], { fitting: [b] });
    expect(await found).toMatchObject({ port: b, remark: null });
    expect(closed).toEqual([a.path]);
  });

  it('is asked for where two fit', async () => {
    const { found, closed } = await look([withSerial('ttyACM0', 'A'), withSerial('ttyACM1', 'B')]);
    const error = await rejection(found);
    expect(error.message).toBe('2 ports have these 6 motors: A (/dev/ttyACM0), B (/dev/ttyACM1).');
    expect(error.next).toMatch(/Choose the port of the one that is meant/);
    expect(closed).toHaveLength(2);
  });

  it('is that of last time under another port name, and no other device is opened for it', async () => {
    const now = withSerial('ttyACM4', 'A', { socket: '9-9' });
    const { found, opened } = await look([withSerial('ttyACM0', 'B'), now], {
      last: known(withSerial('ttyACM0', 'A')),
    });
    expect(await found).toMatchObject({ port: now, remark: null });
    expect(opened).toEqual([now.path]);
  });

  it('is not silently another one that fits as well', async () => {
    const { found } = await look([withSerial('ttyACM0', 'B')], {
      last: known(withSerial('ttyACM0', 'A')),
    });
    const error = await rejection(found);
    expect(error.message).toBe(
      'This rig was connected to USB Single Serial A last, which is not plugged in. The same answers on B (/dev/ttyACM0), which is another device.',
    );
    expect(error.next).toMatch(/choose this port by hand/);
  });

  it('is another one from now on where a person has chosen so, and that is said', async () => {
    const b = withSerial('ttyACM0', 'B');
    const { found } = await look([b], { port: b.path, last: known(withSerial('ttyACM0', 'A')) });
    expect((await found).remark).toMatch(/^B \(\/dev\/ttyACM0\) is another device than last time/);
  });

  it('that is there without its motors is told so, and nobody else is asked', async () => {
    const a = withSerial('ttyACM0', 'A');
    const { found, opened, closed } = await look([a, withSerial('ttyACM1', 'B')], {
      ...{ last: known(a), fitting: [] },
    });
    expect((await rejection(found)).message).toMatch(
      /^A \(\/dev\/ttyACM0\) is the device that this rig was connected to last.*0 of 6 motors answer/,
    );
    expect([opened, closed]).toEqual([[a.path], [a.path]]);
  });

  it.each([
    ['auto', 'A'],
    ['A', 'A'],
    ['usb-1a86-55d3-A', 'usb-1a86-55d3-A'],
  ])('is none of two with the same serial number, asked for as "%s"', async (asked, called) => {
    const twins = [withSerial('ttyACM0', 'A'), withSerial('ttyACM1', 'A')];
    const { found, opened } = await look(twins, { port: asked, last: known(twins[0]!) });
    const error = await rejection(found);
    expect(error.message).toBe(
      `2 devices say that they have the serial number ${called}: /dev/ttyACM0, /dev/ttyACM1. They cannot be told apart.`,
    );
    expect(error.next).toMatch(/Unplug all but the one/);
    expect(opened).toEqual([]);
  });

  it('without a serial number is the same in the same socket', async () => {
    const { found } = await look([port('ttyUSB7', { socket: '1-1' })], {
      last: known(port('ttyUSB0', { socket: '1-1' })),
    });
    expect(await found).toMatchObject({ remark: null });
  });

  it('without a serial number is asked for in another socket, and where there are two of its kind', async () => {
    const last = known(port('ttyUSB0', { socket: '1-1' }));
    const elsewhere = await look([port('ttyUSB0', { socket: '1-2' })], { last });
    expect((await rejection(elsewhere.found)).message).toMatch(/Whether it is the same robot cannot be told/);
    const two = await look([port('ttyUSB0', { socket: '1-1' }), port('ttyUSB1', { socket: '1-2' })], {
      last,
    });
    expect((await rejection(two.found)).message).toMatch(/cannot be told apart/);
  });

  it('by a key is not plugged in', async () => {
    const { found } = await look([withSerial('ttyACM0', 'B')], { port: 'usb-1a86-55d3-A' });
    expect((await rejection(found)).message).toBe('The device usb-1a86-55d3-A is not plugged in.');
  });

  it('that is nowhere is named as it was', async () => {
    const { found } = await look([], { last: known(withSerial('ttyACM0', 'A')) });
    expect((await rejection(found)).message).toBe(
      'No port has these 6 motors: no USB serial port is there. This rig was connected to USB Single Serial A last.',
    );
  });
});
