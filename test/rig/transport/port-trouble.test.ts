import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FEETECH } from '../../../src/main/rig/drivers/feetech/family';
import { findLine } from '../../../src/main/rig/drivers/servo-bus/find-line';
import { busMotors } from '../../../src/main/rig/drivers/servo-bus/motors';
import { loadRig } from '../../../src/main/rig/index';
import { serveBus } from '../../../src/main/rig/simulation/servo-bus/serve';
import { simulateServos } from '../../../src/main/rig/simulation/servo-bus/simulate';
import { adapterLatency } from '../../../src/main/rig/transport/adapter-latency';
import { memoryPair } from '../../../src/main/rig/transport/memory';
import { permissionAdvice } from '../../../src/main/rig/transport/port-permission';
import { openError } from '../../../src/main/rig/transport/serial-port';
import { barePort } from '../../../src/shared/ports';
import { fakeSystem } from '../fake-system';
import { rejection } from '../rig-helpers';

const DIALOUT = 'root:x:0:\ndialout:x:20:grace\nuucp:x:986:\n';
const denied = new Error('Error: Permission denied, cannot open /dev/ttyUSB0');

describe('a port that may not be opened', () => {
  const advice = async (
    etc: Record<string, string>,
    place: { groups?: number[]; port?: { gid: number; mode: number }; user?: string } = {},
  ) => {
    const { root } = fakeSystem();
    for (const [name, text] of Object.entries(etc)) writeFileSync(join(root, 'etc', name), text);
    const permission = await permissionAdvice('/dev/ttyUSB0', {
      ...{ root, platform: 'linux', user: 'ada', groups: [1000], port: { gid: 20, mode: 0o20660 } },
      ...place,
    });
    return openError('/dev/ttyUSB0', denied, { permission });
  };

  it('comes with the command for the group that it belongs to', async () => {
    const error = await advice({ group: DIALOUT });
    expect(error.message).toBe(
      'You may not open /dev/ttyUSB0: it belongs to the group dialout, in which you are not.',
    );
    expect(error.next).toBe(
      'Run: sudo usermod -aG dialout ada. Then log out and in again. Without a new session, for as long as it is plugged in: sudo setfacl -m u:ada:rw /dev/ttyUSB0.',
    );
  });

  it('asks only for a new session where the person is in the group by now', async () => {
    const error = await advice({ group: DIALOUT }, { user: 'grace' });
    expect(error.message).toMatch(/which you are in, but not since this session began/);
    expect(error.next).toMatch(/^Log out and in again/);
    expect(error.next).not.toContain('sudo');
  });

  it.each([
    ['Debian', 'ID=debian\n', 'dialout'],
    ['Fedora', 'NAME="Fedora Linux"\nID=fedora\n', 'dialout'],
    ['openSUSE', 'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', 'dialout'],
    ['Arch', 'ID=arch\n', 'uucp'],
    ['EndeavourOS', 'ID=endeavouros\nID_LIKE="arch"\n', 'uucp'],
  ])('that is root’s alone comes with a rule for the group of %s', async (_, release, group) => {
    const error = await advice({ 'os-release': release }, { port: { gid: 0, mode: 0o20600 } });
    expect(error.message).toMatch(/it belongs to root alone/);
    expect(error.next).toContain(`GROUP="${group}", MODE="0660"' | sudo tee /etc/udev/rules.d/`);
    expect(error.next).toContain(`sudo usermod -aG ${group} ada, log out and in again`);
  });

  it('says on macOS and Windows what there is to do there', async () => {
    const mac = await permissionAdvice('/dev/cu.usbmodem1', { platform: 'darwin', user: 'ada' });
    expect(mac.next).toMatch(/^Look who may: "ls -l \/dev\/cu.usbmodem1".*Privacy & Security/);
    const windows = await permissionAdvice('COM3', { platform: 'win32', user: 'ada' });
    expect(windows.next).toMatch(/Device Manager/);
  });

  it('is busy where another program has it open, which is named', async () => {
    const permission = await permissionAdvice('COM3', { platform: 'win32', user: 'ada' });
    const cause = new Error('Error: Resource temporarily unavailable Cannot lock port');
    expect(openError('/dev/ttyUSB0', cause, { permission, holders: ['python3 (process 7)'] })).toMatchObject({
      code: 'busy',
      message: 'Another program has /dev/ttyUSB0 open: python3 (process 7).',
    });
  });
});

describe('an adapter that collects bytes', () => {
  const read = (root: string) => adapterLatency(join(root, 'dev/ttyUSB0'), true, { platform: 'linux', root });

  it('is told not to, and what it says is read back', async () => {
    const system = fakeSystem();
    system.plug({ name: 'ttyUSB0', latencyTimer: 16 });
    expect(await read(system.root)).toEqual({
      timerMs: 1,
      words: 'The adapter hands bytes on after 1 ms, as read back.',
    });
    const file = join(system.root, 'sys/bus/usb-serial/devices/ttyUSB0/latency_timer');
    expect(readFileSync(file, 'utf8')).toBe('1\n');
  });

  // Root may write what nobody may.
  it.skipIf(process.getuid?.() === 0)('that may not be told comes with the command', async () => {
    const system = fakeSystem();
    system.plug({ name: 'ttyUSB0', latencyTimer: 16 });
    chmodSync(join(system.root, 'sys/bus/usb-serial/devices/ttyUSB0/latency_timer'), 0o444);
    const { timerMs, words } = await read(system.root);
    expect(timerMs).toBe(16);
    expect(words).toMatch(/about 62 questions a second. Run: echo 1 \| sudo tee \S+\/latency_timer$/);
  });

  it('without a timer is not known, and so said', async () => {
    const system = fakeSystem();
    system.plug({ name: 'ttyUSB0' });
    const { timerMs, words } = await read(system.root);
    expect(timerMs).toBeNull();
    expect(words).toMatch(/how long it collects bytes is not known/);
    expect((await adapterLatency('COM3', null, { platform: 'win32' })).words).toMatch(/not known/);
  });
});

describe('motors that speak at another baud rate than the rig file', () => {
  /** A line whose simulated motors are heard at one baud rate only. */
  const line = async (motorsBaudRate: number) => {
    const rig = await loadRig('so101');
    const bus = await simulateServos(rig);
    const opened: number[] = [];
    const motors = busMotors(rig.file, FEETECH);
    const found = findLine({
      ...{ servos: rig.file.servos!, motors, family: FEETECH, port: '/dev/ttyACM0', known: null },
      list: async () => [barePort('/dev/ttyACM0')],
      open: async (_, baudRate) => {
        opened.push(baudRate);
        const [host, device] = memoryPair('/dev/ttyACM0');
        if (baudRate === motorsBaudRate) {
          const onFailure = (thrown: unknown) => {
            throw thrown;
          };
          const served = serveBus({ bus, line: device, seed: 1, onFailure });
          host.onClose(() => served.dispose());
        }
        return host;
      },
    });
    await found.catch(() => {});
    bus.dispose();
    return { found, opened };
  };

  it('are found there, with what to write and what to run', async () => {
    const error = await rejection((await line(115_200)).found);
    expect(error.message).toBe(
      'No motor on /dev/ttyACM0 answers at 1000000 baud, as the rig file has it. Motors 1, 2, 3, 4, 5, 6 answer at 115200 baud.',
    );
    expect(error.next).toContain('Write "baudRate": 115200 into "servos" of rig.json');
    expect(error.next).toContain('foresight rig motor /dev/ttyACM0 --baud 115200 --new-baud 1000000 --write');
  });

  it('are not looked for where they answer as the rig file says', async () => {
    const { found, opened } = await line(1_000_000);
    const { asked } = await found;
    expect(asked.fits).toBe(true);
    expect(opened).toEqual([1_000_000]);
    await asked.close();
  });
});
