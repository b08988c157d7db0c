import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Driver } from '../../src/main/rig/driver';
import { DYNAMIXEL } from '../../src/main/rig/drivers/dynamixel/family';
import { FEETECH } from '../../src/main/rig/drivers/feetech/family';
import { gcodeLanguage } from '../../src/main/rig/drivers/gcode/open';
import { startLineDriver } from '../../src/main/rig/drivers/lines/line-driver';
import { LineLink } from '../../src/main/rig/drivers/lines/line-link';
import type { LineLanguage } from '../../src/main/rig/drivers/lines/open';
import { DeviceLink } from '../../src/main/rig/drivers/microcontroller/device-link';
import { startSerialDriver } from '../../src/main/rig/drivers/microcontroller/driver';
import { askHello } from '../../src/main/rig/drivers/microcontroller/hello';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { odriveLanguage } from '../../src/main/rig/drivers/odrive/open';
import { openRosbridge } from '../../src/main/rig/drivers/rosbridge/open';
import { ServoBus } from '../../src/main/rig/drivers/servo-bus/bus';
import { startServoDriver } from '../../src/main/rig/drivers/servo-bus/driver';
import { busMotors } from '../../src/main/rig/drivers/servo-bus/motors';
import type { ServoFamily } from '../../src/main/rig/drivers/servo-bus/protocol';
import { startSpheroDriver } from '../../src/main/rig/drivers/sphero/driver';
import { SpheroLink } from '../../src/main/rig/drivers/sphero/link';
import { textLanguage } from '../../src/main/rig/drivers/text/open';
import { loadRig } from '../../src/main/rig/index';
import { faultyLine } from '../../src/main/rig/simulation/faulty-line';
import { type Line, startFirmware } from '../../src/main/rig/simulation/firmware';
import { type LineFaults, NO_FAULTS } from '../../src/main/rig/simulation/servo-bus/faults';
import { serveBus } from '../../src/main/rig/simulation/servo-bus/serve';
import { simulateDevice } from '../../src/main/rig/simulation/simulate';
import { memoryPair } from '../../src/main/rig/transport/memory';
import type { Transport } from '../../src/main/rig/transport/transport';
import type { Rig } from '../../src/shared/rig';
import { simulatedRobot } from '../rig/drivers/rosbridge/bench';
import { noHost } from '../rig/rig-helpers';

/** A simulated device and what can happen to it. */
interface Simulated {
  /** A protection of its own acts. */
  trip(): void;
  brownOut(): void;
}

interface Bench extends Simulated {
  driver: Driver;
  /** From now on nothing comes. */
  silence(): void;
  unplug(): void;
}

interface Protocol {
  rig: string;
  change?: ((rig: Rig) => void) | undefined;
  start(rig: Rig, faults: Partial<LineFaults>): Promise<Bench>;
}

/** The simulated device of a rig, a line in memory with faults, and the driver. */
async function onLine(
  rig: Rig,
  faults: Partial<LineFaults>,
  simulate: (rig: Rig, line: Line, faults: Partial<LineFaults>) => Promise<Simulated>,
  open: (host: Transport) => Promise<Driver>,
): Promise<Bench> {
  const [host, end] = memoryPair('the test bench');
  let silent = false;
  const line: Line = {
    write: (bytes) => {
      if (!silent) end.write(bytes);
    },
    onData: (listener) => end.onData(listener),
  };
  const device = await simulate(rig, line, faults);
  const driver = await open(host);
  return {
    ...{ driver, ...device },
    silence: () => {
      silent = true;
    },
    unplug: () => void end.close(),
  };
}

/** A robot behind rosbridge, and the network between it and the driver. */
async function behindRosbridge(rig: Rig, faults: Partial<LineFaults>): Promise<Bench> {
  const { robot, server } = await simulatedRobot(rig, { faults, seed: 1 });
  const network = await openNetwork(server.url);
  const patience = { deafSeconds: 3, awaySeconds: 30 };
  const endedBy = (end: () => void) => () => {
    // What does not come back need not be waited for.
    patience.awaySeconds = 0.5;
    end();
  };
  const options = { mode: 'realtime', port: network.url, seed: 0 } as const;
  const driver = await openRosbridge(rig, options, noHost, patience);
  return {
    ...{ driver, silence: endedBy(network.silence), unplug: endedBy(network.end) },
    trip: () => robot.actuation.enterHold(),
    brownOut: () => server.restart(),
  };
}

/** Passes on what comes, both ways, to the server at `to`. */
async function openNetwork(to: string) {
  const sockets = new Set<Socket>();
  const entrance = createServer((near) => {
    const far = connect(Number(new URL(to).port), '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    near.pipe(far);
    far.pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await once(entrance.listen(0, '127.0.0.1'), 'listening');
  const end = () => {
    entrance.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(end);
  return {
    url: `ws://127.0.0.1:${(entrance.address() as AddressInfo).port}`,
    end,
    /** Nothing passes any more, and no connection ends. */
    silence: () => {
      entrance.close();
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

const onFailure = (thrown: unknown) => {
  throw thrown;
};

async function simulateBus(rig: Rig, line: Line, faults: Partial<LineFaults>): Promise<Simulated> {
  const bus = await simulateDevice(rig, 1);
  const served = serveBus({ bus, line, faults, seed: 1, onFailure });
  onTestFinished(() => {
    served.dispose();
    bus.dispose();
  });
  return { trip: () => bus.overload(1), brownOut: () => bus.brownOut() };
}

async function simulateFirmware(rig: Rig, line: Line, faults: Partial<LineFaults>): Promise<Simulated> {
  const plantRig = await loadRig(rig.file.serial?.simulation ?? '');
  const plant = await openPlant(plantRig, 1);
  const spoiled = faultyLine(line, () => ({ ...NO_FAULTS, ...faults }), 1);
  const name = rig.file.serial?.firmware ?? '';
  const firmware = startFirmware({ rig: plantRig, plant, name, version: '1.0.0', line: spoiled, onFailure });
  onTestFinished(() => {
    firmware.dispose();
    spoiled.dispose();
    plant.dispose();
  });
  return { trip: firmware.trip, brownOut: firmware.restart };
}

function servos(name: string, family: ServoFamily): Protocol {
  return {
    rig: name,
    start: (rig, faults) =>
      onLine(rig, faults, simulateBus, async (host) => {
        const motors = busMotors(rig.file, family);
        const options = { ...rig.file.servos!, startSpeed: 4 };
        const bus = new ServoBus(host, family.protocol(motors.map(({ model }) => model)), options.baudRate);
        await bus.begin();
        return startServoDriver(rig, options, bus, motors);
      }),
  };
}

function lines(name: string, language: (rig: Rig) => LineLanguage, change?: (rig: Rig) => void): Protocol {
  return {
    rig: name,
    change,
    start: (rig, faults) =>
      onLine(rig, faults, simulateBus, (host) => {
        const { lineEnding, longestLine, dialect } = language(rig);
        return startLineDriver(rig, new LineLink(host, lineEnding, longestLine), dialect);
      }),
  };
}

/** A machine that is ready at once: without switches, and without a way to its start. */
function whereItStands({ file: { gcode } }: Rig): void {
  if (!gcode) return;
  gcode.homing = false;
  for (const axis of Object.values(gcode.axes)) Object.assign(axis, { offset: 0.2, start: undefined });
}

/** The same machine with Marlin, which is where it was switched on. */
function withMarlin({ file: { gcode } }: Rig): void {
  if (!gcode) return;
  Object.assign(gcode, { flavour: 'marlin', homing: false });
  for (const axis of Object.values(gcode.axes)) Object.assign(axis, { offset: 0, start: undefined });
}

/** By the name of its driver, and of what it speaks where there are several; a rig each. */
export const PROTOCOLS: Record<string, Protocol> = {
  serial: {
    rig: 'cartpole-serial',
    start: (rig, faults) =>
      onLine(rig, faults, simulateFirmware, async (host) => {
        const link = new DeviceLink(host);
        return startSerialDriver(rig, link, await askHello(link));
      }),
  },
  text: lines('text-pendulum', textLanguage),
  'gcode (GRBL)': lines('gantry-grbl', gcodeLanguage, whereItStands),
  'gcode (Marlin)': lines('gantry-grbl', gcodeLanguage, withMarlin),
  odrive: lines('odrive-pendulum', odriveLanguage),
  feetech: servos('so101', FEETECH),
  dynamixel: servos('dynamixel-pendulum', DYNAMIXEL),
  sphero: {
    rig: 'ollie-bluetooth',
    change: ({ file }) => {
      file.periodSeconds = 0.05;
    },
    start: (rig, faults) =>
      onLine(rig, faults, simulateBus, (host) =>
        startSpheroDriver(rig, rig.file.sphero!, new SpheroLink(host)),
      ),
  },
  rosbridge: { rig: 'a1-rosbridge', start: behindRosbridge },
};

/** A rig of that protocol, its simulated device and plant, what is between them with faults, and the driver. */
export async function faultBench({ rig: name, change, start }: Protocol, faults: Partial<LineFaults>) {
  const rig = await loadRig(name);
  change?.(rig);
  const bench = await start(rig, faults);
  onTestFinished(() => bench.driver.close());
  return { rig, ...bench };
}
