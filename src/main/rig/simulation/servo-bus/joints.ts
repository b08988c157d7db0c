import type { ServoPlant } from './device';

/** Of each joint. */
export interface JointMechanics {
  /** Gears and load, seen from the output shaft, kg m². */
  inertia: number;
  /** N m s/rad, of the bearings alone: what a motor brakes with is the motor's own. */
  damping: number;
  /** Where it is stopped, rad. */
  range: readonly [low: number, high: number];
  /** Where it is at first, rad. */
  start: number;
}

/** Time steps of the integration, seconds. */
const STEP_SECONDS = 0.001;

/** The simplest plant: motors that turn a flywheel each, between two stops. */
export class FreeJoints implements ServoPlant {
  readonly angles: Float64Array;
  readonly velocities: Float64Array;

  constructor(private readonly joints: readonly JointMechanics[]) {
    this.angles = Float64Array.from(joints, ({ start }) => start);
    this.velocities = new Float64Array(joints.length);
  }

  step(torques: ArrayLike<number>, seconds: number): void {
    const steps = Math.max(1, Math.round(seconds / STEP_SECONDS));
    this.joints.forEach(({ inertia, damping, range: [low, high] }, i) => {
      let angle = this.angles[i] ?? 0;
      let velocity = this.velocities[i] ?? 0;
      const torque = torques[i] ?? 0;
      for (let step = 0; step < steps; step++) {
        const dt = seconds / steps;
        velocity = (velocity + (torque / inertia) * dt) / (1 + (damping / inertia) * dt);
        angle += velocity * dt;
        if (angle < low || angle > high) {
          angle = Math.min(high, Math.max(low, angle));
          velocity = 0;
        }
      }
      this.angles[i] = angle;
      this.velocities[i] = velocity;
    });
  }

  dispose(): void {}
}
