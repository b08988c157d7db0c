/** A small direct-current motor with its gear, seen from the output shaft. */
export interface GearMotor {
  /** N m at full voltage, standing. */
  stallTorque: number;
  /** rad/s at full voltage, unloaded. */
  noLoadSpeed: number;
  /** A, standing at full voltage. */
  stallCurrent: number;
}

/**
 * Torque, N m, at a share `drive` (−1 to 1) of the full voltage while it turns with `velocity`, rad/s: what it turns by itself
 * works against it.
 */
export function gearMotorTorque(motor: GearMotor, drive: number, velocity: number): number {
  return motor.stallTorque * (drive - velocity / motor.noLoadSpeed);
}
