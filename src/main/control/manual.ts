import type { EpisodeEvent } from '../../shared/episode';
import type { CommandGuard } from './command-guard';

/** Of the newest events of the guard, so many wait to be told. */
const MOST_EVENTS = 20;

/**
 * What is commanded outside episodes: a jog's constant action until it expires, then the way back to the hold
 * action; both at the rate that the guard allows. Over when hold is reached: then nothing is commanded.
 */
export class Manual {
  private target: readonly number[] | undefined;
  private readonly events: EpisodeEvent[] = [];
  private until = Number.NEGATIVE_INFINITY;
  private thenHold = false;

  constructor(private readonly guard: CommandGuard) {}

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
    this.guard.rest();
  }

  get active(): boolean {
    return this.target !== undefined;
  }

  /** Commands have stopped that should have gone on. */
  ranOut(now: number): boolean {
    return this.target !== undefined && this.thenHold && now >= this.until;
  }

  /** The action of this tick; undefined when there is none. */
  step(now: number, observation: ArrayLike<number>): Float64Array | undefined {
    if (!this.target) return undefined;
    const expired = now >= this.until;
    const rest = this.guard.restTarget(observation);
    const { action, events } = this.guard.command(expired ? rest : this.target, observation, 0);
    // Nobody reads more than the newest, and nobody may be there to read them.
    this.events.push(...events);
    this.events.splice(0, this.events.length - MOST_EVENTS);
    if (expired && this.guard.isAtRest(rest)) this.drop();
    return action;
  }

  /** What the guard has changed since it was asked last. */
  drainEvents(): EpisodeEvent[] {
    return this.events.splice(0);
  }
}
