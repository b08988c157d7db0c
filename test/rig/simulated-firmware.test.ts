import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeHost } from '../../src/main/processes/node-host';
import type { Host, SpawnedProcess } from '../../src/main/processes/port';
import { feetechProtocol } from '../../src/main/rig/drivers/feetech/protocol';
import { STS3215 } from '../../src/main/rig/drivers/feetech/registers';
import { ServoBus } from '../../src/main/rig/drivers/servo-bus/bus';
import { decodeRegister, encodeRegister } from '../../src/main/rig/drivers/servo-bus/registers';
import { listPorts, loadRig, openDriver, probePort } from '../../src/main/rig/index';
import { startSimulatedFirmware } from '../../src/main/rig/simulation/start-firmware';
import { openSerialPort } from '../../src/main/rig/transport/serial-port';
import type { ForesightError } from '../../src/shared/errors';
import { portName } from '../../src/shared/ports';
import { lacksProgram } from '../needs';
import { observations } from './bench';
import { folderWith, rejection, temporaryFolder } from './rig-helpers';

/** A host that remembers what it started. */
function watchedHost(): { host: Pick<Host, 'spawn'>; started: SpawnedProcess[] } {
  const started: SpawnedProcess[] = [];
  const node = nodeHost();
  return {
    started,
    host: {
      spawn: async (...call) => {
        const process = await node.spawn(...call);
        started.push(process);
        return process;
      },
    },
  };
}

/** Without socat there is no pseudo-terminal, and the firmware's bytes come over its process port. */
const noTerminal = lacksProgram('socat');
const LINKS = noTerminal ? (['stream'] as const) : (['pty', 'stream'] as const);

const ended = (process: SpawnedProcess) => new Promise<string>((resolve) => process.onClose(resolve));

async function startOnTerminal() {
  const firmware = await startSimulatedFirmware(
    { rig: await loadRig('cartpole-serial'), link: 'pty', seed: 1 },
    nodeHost(),
  );
  onTestFinished(() => firmware.stop());
  if (firmware.path === null) throw new Error('socat is needed for this test: install it');
  return { ...firmware, path: firmware.path };
}

describe.each(LINKS)('the simulated firmware process (%s)', (link) => {
  it('is driven as a device is, and ends when its driver closes', async () => {
    const { host, started } = watchedHost();
    const rig = await loadRig('cartpole-serial');
    const driver = await openDriver(rig, { mode: 'realtime', port: `simulated:${link}`, seed: 1 }, host);
    expect(driver.info.link).toMatch(
      link === 'pty' ? /^\/dev\/.* \(simulated firmware\)$/ : /^a process port/,
    );
    await driver.resume();
    await driver.reset(2);
    // Until it moves: on a busy machine many observations of before the first command may come at once.
    const speeds: number[] = [];
    while (!(Math.max(...speeds) - speeds[0]! > 1)) {
      const seen = await observations(driver, 5, () => driver.act(Float64Array.of(1), 10));
      speeds.push(...seen.map(({ values }) => values[1]!));
    }
    expect(await driver.hold()).toMatchObject({ torque: true, halted: true });
    const end = ended(started[0]!);
    await driver.close();
    expect(await end).toMatch(/ended\.$/);
  });

  it('killed is an unplug', async () => {
    const { host, started } = watchedHost();
    const rig = await loadRig('cartpole-serial');
    const driver = await openDriver(rig, { mode: 'realtime', port: `simulated:${link}`, seed: 1 }, host);
    onTestFinished(() => driver.close());
    const fault = new Promise<ForesightError>((resolve) => driver.onFault(resolve));
    started[0]!.kill();
    expect(await fault).toMatchObject({
      code: 'rig-gone',
      message: expect.stringMatching(/^The connection on .* is gone: .*(unplugged|SIGKILL)/),
    });
    expect(() => driver.act(Float64Array.of(0), 1)).toThrow(/is gone/);
  });
});

describe.each(LINKS)('the simulated motors’ process (%s)', (link) => {
  it('has kept what it has answered that it keeps, when it is killed at that moment', async () => {
    const rig = await loadRig('so101');
    const memory = join(await temporaryFolder(), 'memory.json');
    const { homing_offset: offset, lock } = STS3215.registers;
    const value = (number: number, of: typeof lock) => encodeRegister(of, number, 'little');
    const start = async () => {
      const { host, started } = watchedHost();
      const motors = await startSimulatedFirmware({ rig, link, seed: 1, memory }, host);
      const bus = new ServoBus(await motors.open(), feetechProtocol('STS'), 1_000_000);
      onTestFinished(() => started[0]!.kill());
      await bus.begin();
      return { bus, process: started[0]! };
    };
    // Three times, since a file that is written now and then is up to date by chance.
    for (const wanted of [100, 200, 300]) {
      const before = await start();
      await before.bus.write(1, lock.address, value(0, lock));
      await before.bus.write(1, offset.address, value(wanted, offset));
      const end = ended(before.process);
      before.process.kill();
      await end;
      before.bus.dispose();
      const after = await start();
      const answer = await after.bus.read(1, offset.address, offset.size);
      expect(decodeRegister(offset, answer!.parameters, 'little')).toBe(wanted);
      after.bus.dispose();
    }
  });
});

describe('a simulated firmware that cannot start', () => {
  it('says why: the rig names no plant', async () => {
    const rig = await loadRig('cartpole-serial');
    rig.file.serial!.simulation = undefined;
    const error = await rejection(
      openDriver(rig, { mode: 'realtime', port: 'simulated', seed: 1 }, nodeHost()),
    );
    expect(error.message).toBe('The rig "cartpole-serial" names no plant for a simulated firmware.');
  });

  it('says why: the plant’s file is broken', async () => {
    const rig = await loadRig('cartpole-serial');
    rig.file.serial!.simulation = await folderWith({ 'rig.json': '{}' });
    const error = await rejection(
      openDriver(rig, { mode: 'realtime', port: 'simulated', seed: 1 }, nodeHost()),
    );
    expect(error).toMatchObject({ code: 'bad-file', message: expect.stringContaining('schema: expected') });
  });

  it('is not asked for lockstep', async () => {
    const error = await rejection(
      openDriver(await loadRig('cartpole-serial'), { mode: 'lockstep', seed: 1 }, nodeHost()),
    );
    expect(error.code).toBe('wrong-use');
  });
});

describe('serial ports', () => {
  it.skipIf(noTerminal)('a port is probed for its firmware, and can be opened again afterwards', async () => {
    const { path } = await startOnTerminal();
    expect(await probePort(path, 921600)).toMatchObject({
      path,
      firmware: 'foresight-cartpole 1.0.0',
      problem: null,
    });
    const driver = await openDriver(
      await loadRig('cartpole-serial'),
      { mode: 'realtime', port: path, seed: 1 },
      nodeHost(),
    );
    expect((await observations(driver, 2)).length).toBe(2);
    await driver.close();
  });

  it.skipIf(noTerminal)('a port that another program holds is busy', async () => {
    const { path } = await startOnTerminal();
    const first = await openSerialPort(path, 921600);
    onTestFinished(() => first.close());
    expect(await rejection(openSerialPort(path, 921600))).toMatchObject({
      code: 'busy',
      // Whoever it is is named where the system tells; the simulated firmware keeps its own end open as well.
      message: expect.stringMatching(new RegExp(`^Another program has ${path} open`)),
    });
  });

  it('a port that is not there is named', async () => {
    expect(await rejection(openSerialPort('/dev/ttyNOWHERE', 921600))).toMatchObject({
      code: 'not-found',
      message: 'There is no port /dev/ttyNOWHERE.',
    });
    expect(await probePort('/dev/ttyNOWHERE', 921600)).toMatchObject({
      firmware: null,
      problem: 'There is no port /dev/ttyNOWHERE.',
    });
  });

  it('an error calls a port what the list calls it', async () => {
    const name = portName({ path: '/dev/ttyNOWHERE', serialNumber: 'A7' });
    expect(await rejection(openSerialPort('/dev/ttyNOWHERE', 921600, name))).toMatchObject({
      message: 'There is no port A7 (/dev/ttyNOWHERE).',
    });
  });

  it('are listed with USB serial numbers, USB ports first', async () => {
    const ports = await listPorts(async () => [
      { path: '/dev/ttyS0' },
      { path: '/dev/ttyUSB1', serialNumber: 'A7', manufacturer: 'Silicon Labs', vendorId: '10c4' },
    ]);
    expect(ports.map(({ path, serialNumber }) => [path, serialNumber])).toEqual([
      ['/dev/ttyUSB1', 'A7'],
      ['/dev/ttyS0', null],
    ]);
  });

  it('no device with the firmware anywhere says where was looked and what else to do', async () => {
    const rig = await loadRig('cartpole-serial');
    rig.file.serial!.firmware = 'nobody-flashed-this';
    const error = await rejection(openDriver(rig, { mode: 'realtime', seed: 1 }, nodeHost()));
    expect(error.message).toMatch(/^No port has a device with the firmware "nobody-flashed-this": /);
    expect(error.next).toContain('"simulated"');
  });
});
