import type { ServoPlant } from './device';
import type { Hand } from './hand';

/** The control loops of motors run so often. */
const CONTROL_SECONDS = 0.002;

/** A motor as its shaft knows it. */
export interface ShaftMotor {
  /** It exerts torque: nobody turns it by hand. */
  readonly isHolding: boolean;
  /** Torque, N m, for the next `seconds`, where the shaft is at `angle` (rad from the middle of the motor's range) and turns with `velocity`. */
  torqueAt(angle: number, velocity: number, seconds: number): number;
  /** What the motor measures after `seconds` more. */
  measure(angle: number, velocity: number, seconds: number): void;
}

/** Motors and the plant that they turn, in time. */
export class Shafts {
  /** Of a person, where there is one. */
  hand: Hand | undefined;
  private remaining = 0;

  constructor(
    private readonly motors: readonly ShaftMotor[],
    private readonly plant: ServoPlant,
  ) {
    this.measure(0);
  }

  step(seconds: number): void {
    this.remaining += seconds;
    const { plant } = this;
    const steps = Math.floor(this.remaining / CONTROL_SECONDS);
    for (let step = 0; step < steps; step++) {
      const torques = this.motors.map((motor, i) =>
        motor.torqueAt(plant.angles[i] ?? 0, plant.velocities[i] ?? 0, CONTROL_SECONDS),
      );
      const isFree = this.motors.every((motor) => !motor.isHolding);
      const pulls = this.hand?.torques(plant.angles, plant.velocities, isFree, CONTROL_SECONDS);
      pulls?.forEach((pull, i) => {
        torques[i] = (torques[i] ?? 0) + pull;
      });
      plant.step(torques, CONTROL_SECONDS);
    }
    this.remaining -= steps * CONTROL_SECONDS;
    if (steps > 0) this.measure(steps * CONTROL_SECONDS);
  }

  measure(seconds: number): void {
    const { angles, velocities } = this.plant;
    this.motors.forEach((motor, i) => {
      motor.measure(angles[i] ?? 0, velocities[i] ?? 0, seconds);
    });
  }
}
