import type { Hand } from './hand';

/**
 * What motors turn, one shaft each. Angles in rad from the middle of the motor's range, in the motor's own direction;
 * torques in N m at the output shaft.
 */
export interface ServoPlant {
  /** [motors] */
  readonly angles: Float64Array;
  /** [motors] rad/s */
  readonly velocities: Float64Array;
  /** Time passes, with `torques` [motors] exerted meanwhile. */
  step(torques: ArrayLike<number>, seconds: number): void;
  dispose(): void;
}

/** What motors keep without power: [motors] registers by name. */
export type MotorMemory = readonly Readonly<Record<string, number>>[];

/** A simulated device, and the plant that it moves: motors that share a line, or a controller; a protocol each has one. */
export interface SimulatedBus {
  /** Bytes from a master. Returns what the motors answer, a whole packet each, in the order in which they would speak. */
  receive(bytes: Uint8Array): Uint8Array[];
  /** What it has to say since it was asked last, without having been asked. */
  unasked?(): Uint8Array[];
  /** Time passes: control loops of the motors, the plant, protection. */
  step(seconds: number): void;
  /** The supply failed for a moment: registers in RAM are as after switching on, torque is off. */
  brownOut(): void;
  /** A motor by its number finds itself blocked: its protection acts as it would after a while. */
  overload(id: number): void;
  dispose(): void;
}

/** Simulated motors that share a line. */
export interface SimulatedMotors extends SimulatedBus {
  /** What the motors keep without power. */
  memory(): MotorMemory;
  /** As after switching on motors that have kept this; what does not fit them is left out. */
  remember(memory: MotorMemory): void;
  /** A hand at the joints. */
  holdBy(hand: Hand): void;
  /** [motors] rad, the motors' own angles. */
  readonly angles: ArrayLike<number>;
}

export function isMotors(bus: SimulatedBus): bus is SimulatedMotors {
  return 'holdBy' in bus;
}
