import type { CalibratedDevice } from '../../../../../shared/calibration';
import type { BusMotor } from '../motors';

/** Simulated motors of a rig are one device, whatever line they are on. */
export const SIMULATED_DEVICE: CalibratedDevice = { kind: 'simulated', name: 'motors' };

/** What the calibration of motors belongs to whose adapter nobody knows. */
export function devicelessMotors(motors: readonly BusMotor[]): CalibratedDevice {
  return { kind: 'motors', name: motors.map(({ id }) => id).join('-') };
}

/** The device behind an open line. `key` is that of its adapter (shared/ports.ts), null for one that cannot be told from its likes. */
export function calibratedDevice(
  key: string | null | undefined,
  motors: readonly BusMotor[],
): CalibratedDevice {
  return key ? { kind: 'usb', name: key } : devicelessMotors(motors);
}
