import type { Calibration, CalibrationRegisters } from '../../../../../shared/calibration';
import { asForesightError, ForesightError } from '../../../../../shared/errors';
import type { ServoBus } from '../bus';
import type { BusMotor } from '../motors';
import { differences, readCalibration, registersOf, writeCalibration } from './registers';

/** [motors] what they hold, and where that differs from a calibration; undefined for one that does not answer. */
export async function compareMotors(
  bus: ServoBus,
  motors: readonly BusMotor[],
  calibration?: Calibration,
): Promise<((CalibrationRegisters & { differs: string[] }) | undefined)[]> {
  const found: ((CalibrationRegisters & { differs: string[] }) | undefined)[] = [];
  for (const motor of motors) {
    const held = await readCalibration(bus, motor);
    const wanted = calibration?.motors[motor.name];
    const differs = !calibration
      ? []
      : !wanted
        ? ['no calibration']
        : held
          ? [
              ...(wanted.id === motor.id ? [] : [`the number ${motor.id} instead of ${wanted.id}`]),
              ...differences(held, registersOf(wanted)),
            ]
          : [];
    found.push(held && { ...held, differs });
  }
  return found;
}

/**
 * Every motor keeps what a calibration says. [motors] what they say afterwards. Where one does not take it, those that have
 * are given back what they held before; rejects with which ones could not be.
 * @param isWanted looked at before everything that is written
 */
export async function writeMotors(
  bus: ServoBus,
  motors: readonly BusMotor[],
  calibration: Calibration,
  isWanted: () => boolean,
): Promise<CalibrationRegisters[]> {
  const before = await compareMotors(bus, motors);
  const readBack: CalibrationRegisters[] = [];
  let failed: ForesightError | undefined;
  for (const [i, motor] of motors.entries()) {
    const wanted = calibration.motors[motor.name];
    try {
      if (!wanted || wanted.id !== motor.id) throw misfit(calibration, motor);
      if (before[i] === undefined) throw silent(bus, motor);
      readBack.push(await writeCalibration(bus, motor, registersOf(wanted), isWanted));
    } catch (thrown) {
      failed = asForesightError(thrown);
    }
    if (failed) {
      const back = await giveBack(bus, motors.slice(0, i + 1), before, isWanted);
      throw new ForesightError(failed.code, `${failed.message} ${back}`, failed.next, { cause: failed });
    }
  }
  return readBack;
}

/** What became of it, as a sentence. */
async function giveBack(
  bus: ServoBus,
  motors: readonly BusMotor[],
  before: readonly (CalibrationRegisters | undefined)[],
  isWanted: () => boolean,
): Promise<string> {
  const lost: string[] = [];
  for (const [i, motor] of motors.entries()) {
    const held = before[i];
    try {
      if (held) await writeCalibration(bus, motor, held, isWanted);
      else lost.push(motor.called);
    } catch {
      lost.push(motor.called);
    }
  }
  if (lost.length === 0) return 'Every motor has confirmed that it holds again what it held before.';
  return `What ${lost.join(', ')} ${lost.length === 1 ? 'holds' : 'hold'} now is not known; it is compared when the rig is connected.`;
}

function misfit(calibration: Calibration, motor: BusMotor): ForesightError {
  return new ForesightError(
    'rig-refused',
    `Version ${calibration.version} says nothing of ${motor.called}.`,
    'Choose another version, or calibrate the rig again.',
  );
}

function silent(bus: ServoBus, motor: BusMotor): ForesightError {
  return new ForesightError(
    'rig-silent',
    `${motor.called} on ${bus.transport.description} does not answer.`,
    'Check its plugs and the power supply, then write the calibration again.',
  );
}
