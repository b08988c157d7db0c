import type { RigFile } from '../../shared/rig';
import { guardAction, holdAction } from './guard';

/**
 * What is commanded outside episodes: a jog's constant action until it expires, then the way back to the hold
 * action; both at the rate that the guard allows. Over when hold is reached: then nothing is commanded.
 */
export class Manual {
  private target: readonly number[] | undefined;
  private until = Number.NEGATIVE_INFINITY;
  private thenHold = false;

  constructor(private readonly rig: RigFile) {}

  /** From now until `until` (clock seconds). @param thenHold the rig is to hold then, where it is (`ranOut`) */
  jog(action: readonly number[], until: number, thenHold = false): void {
    this.target = action;
    this.until = until;
    this.thenHold = thenHold;
  }

  /** Back to hold from wherever the last action was. */
  settle(): void {
    this.jog([], Number.NEGATIVE_INFINITY);
  }

  /** Commands nothing from now on. */
  drop(): void {
    this.target = undefined;
  }

  get active(): boolean {
    return this.target !== undefined;
  }

  /** Commands have stopped that should have gone on. */
  ranOut(now: number): boolean {
    return this.target !== undefined && this.thenHold && now >= this.until;
  }

  /** The action of this tick; undefined when there is none. */
  step(now: number, previous: Float64Array): Float64Array | undefined {
    if (!this.target) return undefined;
    const { actions, periodSeconds } = this.rig;
    const hold = holdAction(actions);
    const expired = now >= this.until;
    const { action } = guardAction(actions, periodSeconds, previous, expired ? hold : this.target, 0);
    if (expired && action.every((value, i) => value === hold[i])) this.target = undefined;
    return action;
  }
}
