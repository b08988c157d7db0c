import { asForesightError, ForesightError } from '../../shared/errors';
import type { PortListing } from '../../shared/ports';
import type { Rig, RigFile } from '../../shared/rig';
import {
  type FoundMotor,
  isServoDriver,
  type MotorSearch,
  type MotorSetUp,
  SERVO_DRIVERS,
  type ServoDriver,
} from '../../shared/servos';
import type { Host } from '../processes/port';
import type { Driver, OpenOptions } from './driver';
import { DYNAMIXEL } from './drivers/dynamixel/family';
import { FEETECH } from './drivers/feetech/family';
import { gcodeLanguage } from './drivers/gcode/open';
import { openLines } from './drivers/lines/open';
import { openMicrocontroller } from './drivers/microcontroller/open';
import { openMujocoDriver } from './drivers/mujoco/driver';
import { odriveLanguage } from './drivers/odrive/open';
import { openRosbridge } from './drivers/rosbridge/open';
import { type BusMotor, busMotors } from './drivers/servo-bus/motors';
import { openServos } from './drivers/servo-bus/open';
import type { ServoFamily } from './drivers/servo-bus/protocol';
import { scanLine } from './drivers/servo-bus/scan';
import { setUpMotor } from './drivers/servo-bus/set-up';
import { openSphero } from './drivers/sphero/open';
import { textLanguage } from './drivers/text/open';
import { listed } from './transport/port-list';
import { probeFirmware } from './transport/ports';
import { openSerialPort } from './transport/serial-port';

export { devicelessMotors } from './drivers/servo-bus/calibration/device';
export { leRobotFile, parseLeRobot } from './drivers/servo-bus/calibration/lerobot';
export { CalibrationStore } from './drivers/servo-bus/calibration/store';
export {
  checkRig,
  folderStamp,
  loadRig,
  type RigPlace,
  readScene,
  rigFolders,
  rigListing,
} from './files';
export { startSimulatedFirmware } from './simulation/start-firmware';
export { listPorts, listsWithoutLibrary } from './transport/port-list';

/** How each driver that a rig file can name is opened. A new driver is one entry. */
const DRIVERS: {
  [D in RigFile['driver']]: (rig: Rig, options: OpenOptions, host: Pick<Host, 'spawn'>) => Promise<Driver>;
} = {
  mujoco: (rig, { mode, seed }) => openMujocoDriver(rig, mode, seed),
  serial: openMicrocontroller,
  feetech: (rig, options, host) => openServos(rig, options, host, FEETECH),
  dynamixel: (rig, options, host) => openServos(rig, options, host, DYNAMIXEL),
  text: (rig, options, host) => openLines(rig, options, host, textLanguage(rig)),
  gcode: (rig, options, host) => openLines(rig, options, host, gcodeLanguage(rig)),
  odrive: (rig, options, host) => openLines(rig, options, host, odriveLanguage(rig)),
  rosbridge: openRosbridge,
  sphero: openSphero,
};

/** A rig's motors as a calibration knows them. @throws wrong-use for a rig without motors on a line */
export function calibratedMotors({ file }: Rig): BusMotor[] {
  if (isServoDriver(file.driver)) return busMotors(file, FAMILIES[file.driver]);
  throw new ForesightError(
    'wrong-use',
    `"${file.title}" has nothing to calibrate: its driver is "${file.driver}".`,
    'Choose a rig with servo motors (driver "feetech" or "dynamixel").',
  );
}

const FAMILIES: { [D in ServoDriver]: ServoFamily } = { feetech: FEETECH, dynamixel: DYNAMIXEL };

/** The motors behind a port, at whatever baud rate and of every family, or of those that are meant. */
export async function scanMotors(
  path: string,
  { driver, baudRate }: MotorSearch = {},
): Promise<FoundMotor[]> {
  const found: FoundMotor[] = [];
  for (const one of driver ? [driver] : SERVO_DRIVERS) {
    const open = (rate: number) => openSerialPort(path, rate);
    found.push(...(await scanLine(open, one, FAMILIES[one], baudRate)));
  }
  return found;
}

/** Motors leave the factory with 1 and a baud rate; arms are numbered from there. */
const PROBED: readonly { driver: ServoDriver; baudRate: number; ids: readonly number[] }[] = [
  { driver: 'feetech', baudRate: 1_000_000, ids: [1, 2, 3, 4, 5, 6, 7, 8] },
  { driver: 'dynamixel', baudRate: 1_000_000, ids: [1, 2, 3, 4, 5, 6, 7, 8] },
  { driver: 'dynamixel', baudRate: 57_600, ids: [1, 2, 3, 4, 5, 6, 7, 8] },
];

/**
 * Who answers behind a port: a firmware, or the first motors at their usual baud rates. What goes wrong stands in `problem`; a port
 * that another program has open is left alone, because asking would take away what that program waits for.
 */
export async function probePort(path: string, baudRate: number): Promise<PortListing> {
  const port = await listed(path);
  if (port.busyWith.length > 0) {
    return { ...port, problem: `It is open in ${port.busyWith.join(', ')}.` };
  }
  try {
    return { ...port, firmware: await probeFirmware(port, baudRate) };
  } catch (thrown) {
    const error = asForesightError(thrown);
    if (error.code !== 'rig-silent' && error.code !== 'rig-garbled')
      return { ...port, problem: error.message };
    const motors = await probeMotors(path).catch(() => []);
    return motors.length > 0 ? { ...port, motors } : { ...port, problem: error.message };
  }
}

async function probeMotors(path: string): Promise<FoundMotor[]> {
  for (const { driver, baudRate, ids } of PROBED) {
    const found = await scanLine(
      (rate) => openSerialPort(path, rate),
      driver,
      FAMILIES[driver],
      baudRate,
      ids,
    );
    if (found.length > 0) return found;
  }
  return [];
}

/** Gives the one motor behind a port another number or baud rate; resolves with what it says of itself then. */
export function setUpMotorAt(path: string, wanted: MotorSetUp): Promise<FoundMotor> {
  return setUpMotor((baudRate) => openSerialPort(path, baudRate), wanted, FAMILIES[wanted.driver]);
}

/** Opens a rig as the control loop drives it; `host` starts what stands in for a device. */
export function openDriver(rig: Rig, options: OpenOptions, host: Pick<Host, 'spawn'>): Promise<Driver> {
  return DRIVERS[rig.file.driver](rig, options, host);
}
