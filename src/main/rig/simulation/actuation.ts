/**
 * What a device does with its motors, as every device of ours does it: commands expire, hold refuses commands and
 * applies the hold action, release takes the torque off, and only resume leaves either.
 */
export class Actuation {
  torque = true;
  halted = false;
  /**
   * Nothing has been asked of it yet but to hold. A simulated robot stands at its start until then: nobody could see it
   * fall and roll away before anything was begun, and it would not be found again.
   */
  untouched = true;
  private command: Float64Array;
  private expiresAt = -Infinity;

  /** `hold` is the action that stands still, [actions]. */
  constructor(private readonly hold: readonly number[]) {
    this.command = Float64Array.from(hold);
  }

  /** False when the device refuses: it is on hold or released. */
  accept(values: ArrayLike<number>, expiresAtSeconds: number): boolean {
    if (this.halted) return false;
    if (this.hold.some((value, i) => values[i] !== value)) this.untouched = false;
    this.command = Float64Array.from(values);
    this.expiresAt = expiresAtSeconds;
    return true;
  }

  /** Applied at `nowSeconds`, [actions]: the command while it lives, else the hold action; nothing without torque. */
  applied(nowSeconds: number): Float64Array {
    if (!this.torque) return new Float64Array(this.hold.length);
    return !this.halted && nowSeconds <= this.expiresAt ? this.command : Float64Array.from(this.hold);
  }

  /** Once after a command's life ended without a new one: the device has stopped by itself. */
  takeExpiry(nowSeconds: number): boolean {
    if (this.halted || this.expiresAt === -Infinity || nowSeconds <= this.expiresAt) return false;
    this.expiresAt = -Infinity;
    return true;
  }

  enterHold(): void {
    this.halted = true;
    this.torque = true;
    this.expiresAt = -Infinity;
  }

  enterRelease(): void {
    this.untouched = false;
    this.halted = true;
    this.torque = false;
    this.expiresAt = -Infinity;
  }

  /** The robot was put to a start from which something begins. */
  begin(): void {
    this.untouched = false;
    this.resume();
  }

  resume(): void {
    this.halted = false;
    this.torque = true;
    this.expiresAt = -Infinity;
  }
}
