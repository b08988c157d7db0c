import type { CalibratedMotor, CalibrationRegisters } from '../../../../../shared/calibration';
import { ForesightError } from '../../../../../shared/errors';
import type { ServoBus } from '../bus';
import type { BusMotor } from '../motors';
import type { Register } from '../protocol';
import { readRegister } from '../read-register';
import { encodeRegister } from '../registers';

/** The motors stand still: who is there is waited for, also on a computer that is busy with something else. */
const ANSWER_SECONDS = 0.06;

/** What a motor is to hold for a calibration. */
export function registersOf({ homingOffset, range: [low, high] }: CalibratedMotor): CalibrationRegisters {
  return { homingOffset, low, high };
}

/** What a motor holds; undefined for one that does not answer. */
export async function readCalibration(
  bus: ServoBus,
  motor: BusMotor,
): Promise<CalibrationRegisters | undefined> {
  const { offset, low, high } = motor.model.calibration;
  const values: number[] = [];
  for (const register of [low, high, ...(offset ? [offset.register] : [])]) {
    const value = await readRegister(bus, motor, register);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const [lowest = 0, highest = 0, homingOffset = null] = values;
  return { homingOffset, low: lowest, high: highest };
}

/** What differs, as parts of a sentence: "homing offset 0 instead of 120". */
export function differences(found: CalibrationRegisters, wanted: CalibrationRegisters): string[] {
  const names = { homingOffset: 'homing offset', low: 'lowest position', high: 'highest position' } as const;
  return (Object.keys(names) as (keyof typeof names)[]).flatMap((key) =>
    found[key] === wanted[key] ? [] : [`${names[key]} ${found[key]} instead of ${wanted[key]}`],
  );
}

/**
 * The motor keeps these from now on, also without power: its lock is taken off for as long as that takes. Resolves with what it
 * says afterwards, which is what was wanted; rejects with rig-silent or rig-refused. Its torque is off, and nothing is written
 * from the moment on that it `isWanted` no more: with torque on, another offset would make it jump.
 */
export async function writeCalibration(
  bus: ServoBus,
  motor: BusMotor,
  wanted: CalibrationRegisters,
  isWanted: () => boolean,
): Promise<CalibrationRegisters> {
  const { calibration, registers } = motor.model;
  const set = (register: Register, value: number) => setRegister(bus, motor, register, value, isWanted);
  const { lock } = registers;
  const before = await readCalibration(bus, motor);
  if (lock) await set(lock, 0);
  try {
    const { offset } = calibration;
    if (offset && wanted.homingOffset !== null) await set(offset.register, wanted.homingOffset);
    // At no moment is the lowest position above the highest one.
    const upFirst = before === undefined || wanted.low > before.high;
    const ends = [
      [calibration.low, wanted.low],
      [calibration.high, wanted.high],
    ] as const;
    for (const [register, value] of upFirst ? [...ends].reverse() : ends) await set(register, value);
  } finally {
    if (lock) await setRegister(bus, motor, lock, 1, () => true);
  }
  const after = await readCalibration(bus, motor);
  if (!after) throw silent(motor, bus);
  const wrong = differences(after, wanted);
  if (wrong.length === 0) return after;
  throw new ForesightError(
    'rig-refused',
    `${motor.called} on ${bus.transport.description} has ${wrong.join(', ')} after it was written.`,
    'Check the power supply of the motors, then write the calibration again.',
  );
}

async function setRegister(
  bus: ServoBus,
  motor: BusMotor,
  register: Register,
  value: number,
  onlyIf: () => boolean,
): Promise<void> {
  // What a register cannot hold is refused here, before anything is sent.
  const bytes = encodeRegister(register, value, motor.model.byteOrder);
  if ((await readRegister(bus, motor, register)) === value) return;
  await bus.write(motor.id, register.address, bytes, { seconds: ANSWER_SECONDS, onlyIf });
  if (!onlyIf()) {
    throw new ForesightError(
      'stopped',
      'The rig was asked to hold while its calibration was being written.',
      'Release the rig, then write the calibration again.',
    );
  }
  const after = await readRegister(bus, motor, register);
  if (after === value) return;
  if (after === undefined) throw silent(motor, bus);
  throw new ForesightError(
    'rig-refused',
    `${motor.called} on ${bus.transport.description} was to have ${value} in its register ${register.address}, and has ${after}.`,
    'Check that its torque is off and its power supply is sound, then write the calibration again.',
  );
}

function silent(motor: BusMotor, { transport }: ServoBus): ForesightError {
  return new ForesightError(
    'rig-silent',
    `${motor.called} on ${transport.description} does not answer.`,
    'Check its plugs and the power supply, then write the calibration again.',
  );
}
