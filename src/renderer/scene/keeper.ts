import { Vector3 } from 'three';
import type { View } from './framing';

/** How quickly the camera goes after the robot and takes a wider view, a share a second. */
const FOLLOW_RATE = 6;
const WIDEN_RATE = 2.5;

/** Where the camera stands now. */
export interface Stand {
  target: Vector3;
  position: Vector3;
}

/**
 * Keeps the robot in the picture: goes after it where slides carry it, and takes the whole workspace into view for as long as
 * it reaches beyond the usual one. Where a person has turned or moved the view, it only goes along.
 */
export class Keeper {
  /** Where it has got to after the robot. */
  private readonly at = new Vector3();
  private width = 0;
  private begun = false;
  private readonly shift = new Vector3();
  private readonly stood: Stand = { target: new Vector3(), position: new Vector3() };

  constructor(
    private readonly close: View,
    private readonly whole: View,
  ) {}

  /**
   * @param seconds since the last picture
   * @returns whether there is still some way to go
   */
  go(drift: Vector3, beyond: boolean, seconds: number): boolean {
    const goal = beyond ? 1 : 0;
    // A robot that was put elsewhere, by a reset say, is not gone after.
    const jumps = !this.begun || this.at.distanceTo(drift) > 4 * this.close.radius;
    this.shift.copy(this.at);
    if (jumps) this.at.copy(drift);
    else this.at.lerp(drift, 1 - Math.exp(-FOLLOW_RATE * seconds));
    if (this.begun) this.shift.subVectors(this.at, this.shift);
    else this.shift.set(0, 0, 0);
    this.width = this.begun ? this.width + (goal - this.width) * (1 - Math.exp(-WIDEN_RATE * seconds)) : goal;
    this.begun = true;
    return this.at.distanceTo(drift) > 0.002 * this.close.radius || Math.abs(goal - this.width) > 0.01;
  }

  /** Where the camera belongs. The same object every time, as it is asked for in every frame. */
  stand(): Readonly<Stand> {
    const { target, position } = this.stood;
    target.copy(this.close.target).lerp(this.whole.target, this.width).add(this.at);
    const distance = this.close.distance + (this.whole.distance - this.close.distance) * this.width;
    position.copy(target).addScaledVector(this.close.direction, distance);
    return this.stood;
  }

  /** How far the last `go` went, for a view that a person has turned or moved. */
  moved(): Vector3 {
    return this.shift;
  }
}
