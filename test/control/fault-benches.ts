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

/** A simulated device and what can happen to it. */
interface Simulated {
  /** A protection of its own acts. */
  trip(): void;
  brownOut(): void;
}

interface Protocol {
  rig: string;
  change?: ((rig: Rig) => void) | undefined;
  simulate(rig: Rig, line: Line, faults: Partial<LineFaults>): Promise<Simulated>;
  open(rig: Rig, host: Transport): Promise<Driver>;
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
    simulate: simulateBus,
    open: async (rig, host) => {
      const motors = busMotors(rig.file, family);
      const options = { ...rig.file.servos!, startSpeed: 4 };
      const bus = new ServoBus(host, family.protocol(motors.map(({ model }) => model)), options.baudRate);
      await bus.begin();
      return startServoDriver(rig, options, bus, motors);
    },
  };
}

function lines(name: string, language: (rig: Rig) => LineLanguage, change?: (rig: Rig) => void): Protocol {
  return {
    rig: name,
    change,
    simulate: simulateBus,
    open: (rig, host) => {
      const { lineEnding, longestLine, dialect } = language(rig);
      return startLineDriver(rig, new LineLink(host, lineEnding, longestLine), dialect);
    },
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
    simulate: simulateFirmware,
    open: async (rig, host) => {
      const link = new DeviceLink(host);
      return startSerialDriver(rig, link, await askHello(link));
    },
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
    simulate: simulateBus,
    open: (rig, host) => startSpheroDriver(rig, rig.file.sphero!, new SpheroLink(host)),
  },
};

/** A rig's simulated device and plant, a line in memory with faults, and the driver. */
export async function faultBench(
  { rig: name, change, simulate, open }: Protocol,
  faults: Partial<LineFaults>,
) {
  const rig = await loadRig(name);
  change?.(rig);
  const [host, end] = memoryPair('the test bench');
  let silent = false;
  const line: Line = {
    write: (bytes) => {
      if (!silent) end.write(bytes);
    },
    onData: (listener) => end.onData(listener),
  };
  const device = await simulate(rig, line, faults);
  const driver = await open(rig, host);
  onTestFinished(() => driver.close());
  return {
    ...{ rig, driver, ...device },
    silence: () => {
      silent = true;
    },
    unplug: () => void end.close(),
  };
}
