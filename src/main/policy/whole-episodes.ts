import type { Transition } from './replay';

/**
 * Episodes that one behaviour drove from their first step to their last: what an on-policy method learns from. A rig goes on
 * with the behaviour before until the new one is there, and a step may be missing; such episodes are left out.
 */
export class WholeEpisodes {
  #behaviour = 0;
  #begun: Transition[] | null = null;
  #whole: Transition[][] = [];
  #leftOut = 0;

  /** Steps of episodes that were left out. */
  get stepsLeftOut(): number {
    return this.#leftOut;
  }

  get count(): number {
    return this.#whole.length;
  }

  /** From now on those of this behaviour (World.behave); all others are forgotten. */
  of(behaviour: number): void {
    this.#leftOut += this.#begun?.length ?? 0;
    this.#behaviour = behaviour;
    this.#begun = null;
    this.#whole = [];
  }

  /** Steps in the order in which they came. @throws RangeError for steps that say nothing of how they came about */
  add(transitions: readonly Transition[]): void {
    for (const transition of transitions) this.#add(transition);
  }

  #add(transition: Transition): void {
    const { taken } = transition;
    if (!taken) throw new RangeError('a step that was not taken in a world is of no behaviour');
    const before = this.#begun?.at(-1)?.taken;
    const follows = before ? before.episode === taken.episode && before.step + 1 === taken.step : false;
    if (!follows) {
      this.#leftOut += this.#begun?.length ?? 0;
      this.#begun = taken.step === 0 ? [] : null;
    }
    if (taken.behaviour !== this.#behaviour || this.#begun === null) {
      this.#leftOut += 1 + (this.#begun?.length ?? 0);
      this.#begun = null;
      return;
    }
    this.#begun.push(transition);
    if (!transition.last) return;
    this.#whole.push(this.#begun);
    this.#begun = null;
  }

  /** The first so many, which are no longer there. */
  take(count: number): Transition[][] {
    return this.#whole.splice(0, count);
  }
}
