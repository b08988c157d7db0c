import { lookedAt } from '../../dynamics/latent/recurrent/glimpses';
import type { Believed, RecurrentSeeing } from '../../dynamics/latent/recurrent/recurrent-seeing';
import type { Glimpse } from '../types';

/** A step, and what was believed after it. */
interface Step extends Believed {
  step: number;
  /** Which cameras' pictures of it had come by then. */
  looked: string;
}

/**
 * What is believed in an episode, carried from plan to plan: each request tells of the newest steps, and those that are not known yet,
 * or of which a picture has come since, are gone through anew.
 */
export class CarriedSight {
  /** Oldest first, without a gap. */
  #steps: Step[] = [];

  constructor(private readonly filter: Pick<RecurrentSeeing, 'after'>) {}

  /**
   * @param glimpses steps without a gap, oldest first; at least one
   * @param fresh of an episode that begins
   * @param picture what files show, one of each camera, as the network gets it
   * @returns [latent] of the newest of them
   */
  async through(
    glimpses: readonly Glimpse[],
    fresh: boolean,
    picture: (files: Glimpse['pictures']) => Uint8Array,
  ): Promise<Float32Array> {
    if (fresh) this.#steps = [];
    const known = new Map(this.#steps.map((one) => [one.step, one]));
    const [oldest] = glimpses as [Glimpse];
    let before = known.get(oldest.step - 1);
    let changed = false;
    const steps: Step[] = before ? [before] : [];
    for (const glimpse of glimpses) {
      const came = glimpse.pictures.map((file) => file !== null);
      const looked = came.join();
      const then = known.get(glimpse.step);
      if (!changed && then?.looked === looked) {
        before = then;
      } else {
        changed = true;
        const belief = glimpse.before && before ? before.belief : null;
        const next = await this.filter.after(
          belief,
          glimpse.before ?? [],
          came.includes(true) ? lookedAt(picture(glimpse.pictures), came) : null,
        );
        before = { ...next, step: glimpse.step, looked };
      }
      steps.push(before);
    }
    this.#steps = steps;
    return (steps.at(-1) as Step).latent;
  }
}
