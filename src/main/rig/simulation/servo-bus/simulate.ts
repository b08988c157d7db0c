import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { ServoDriver } from '../../../../shared/servos';
import { DYNAMIXEL } from '../../drivers/dynamixel/family';
import { FEETECH } from '../../drivers/feetech/family';
import { type BusMotor, busMotors } from '../../drivers/servo-bus/motors';
import { DynamixelBus } from '../dynamixel/bus';
import { mechanicsOf } from '../dynamixel/mechanics';
import { FeetechBus } from '../feetech/bus';
import { openArm } from './arm';
import type { ServoPlant, SimulatedMotors } from './device';
import type { GearMotor } from './gear-motor';
import { FreeJoints } from './joints';

/** 30 kg cm and 52 turns a minute at 12 V: the STS3215 as it is sold. */
const STS3215_MECHANICS: GearMotor = { stallTorque: 2.94, noLoadSpeed: 5.4, stallCurrent: 2.7 };
const FLYWHEEL = { inertia: 0.03, damping: 0.05 };

const BUSES: { [D in ServoDriver]: (rig: Rig) => Promise<SimulatedMotors> } = {
  feetech: async (rig) => {
    const motors = busMotors(rig.file, FEETECH);
    const isScs = motors.some(({ model }) => model.byteOrder === 'big');
    return new FeetechBus({
      motors: motors.map(({ id, model }) => ({ id, model, mechanics: STS3215_MECHANICS })),
      plant: await openPlant(rig, motors),
      series: isScs ? 'SCS' : 'STS',
    });
  },
  dynamixel: async (rig) => {
    const motors = busMotors(rig.file, DYNAMIXEL);
    return new DynamixelBus({
      motors: motors.map(({ id, model }) => ({ id, model, mechanics: mechanicsOf(model.name) })),
      plant: await openPlant(rig, motors),
    });
  },
};

/** Simulated motors of a rig on a line of their own, with what they turn. */
export function simulateServos(rig: Rig): Promise<SimulatedMotors> {
  const open = BUSES[rig.file.driver as ServoDriver];
  if (open) return open(rig);
  throw new ForesightError('wrong-use', `"${rig.file.name}" has no motors on a line.`, 'Choose another rig.');
}

/** The motors of a rig, as its driver knows them. */
export function simulatedMotors(rig: Rig): BusMotor[] {
  return busMotors(rig.file, rig.file.driver === 'feetech' ? FEETECH : DYNAMIXEL);
}

async function openPlant(rig: Rig, motors: readonly BusMotor[]): Promise<ServoPlant> {
  const model = rig.file.servos?.simulation?.model;
  if (model !== undefined) {
    const movers = motors.map(({ name, settings: { direction }, zeroRad }) => ({
      ...{ name, direction, zero: zeroRad, field: `servos.motors.${name}` },
    }));
    return openArm(rig.folder, model, movers);
  }
  return new FreeJoints(
    motors.map((motor) => {
      const ends = motor.settings.limits.map((limit) => motor.zeroRad + motor.settings.direction * limit);
      return { ...FLYWHEEL, range: [Math.min(...ends), Math.max(...ends)] as const, start: motor.zeroRad };
    }),
  );
}
