import { ForesightError } from '../../../shared/errors';
import type { Transition } from '../replay';
import type { OwnBehaviour } from '../representation/types';
import type { Behaviour, EndedEpisode, Experienced, World } from '../types';

/**
 * A rig as a world, seen from a learner in another process: what happened is put in here as it comes, and how to behave goes
 * out. The rig never waits: of several behaviours within one control period only the newest is sent.
 */
export class RigWorld implements World {
  readonly kind = 'rig';
  #happened: Experienced = { transitions: [], ended: [] };
  #wake: (() => void) | undefined;
  #over = false;
  #leftOver = 0;
  /** Somebody was answered that there will be no more. */
  #endTold = false;
  #taken = 0;
  #number = 0;
  #newest: { behaviour: OwnBehaviour; number: number } | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly periodMs: number,
    private readonly hooks: {
      send(behaviour: OwnBehaviour, number: number): void;
      /** So many transitions were asked for and given, in all. */
      took(transitions: number): void;
    },
  ) {}

  /** Something happened on the rig. */
  put(transitions: readonly Transition[], ended: readonly EndedEpisode[]): void {
    this.#happened.transitions.push(...transitions);
    this.#happened.ended.push(...ended);
    if (this.#happened.transitions.length > 0) this.#wake?.();
  }

  get ended(): boolean {
    return this.#over;
  }

  /** Steps that had come when it ended, and that nobody had asked for by then. */
  get leftOver(): number {
    return this.#leftOver;
  }

  /** Nothing more will happen, and whoever learns is to come to an end: what it has not asked for yet is left out. */
  end(): void {
    this.#leftOver += this.#happened.transitions.length;
    this.#happened = { transitions: [], ended: [] };

    this.#over = true;
    clearTimeout(this.#timer);
    this.#wake?.();
  }

  /** @throws ForesightError bad-data for who still asks when they were told that there will be no more */
  async experience(most: number): Promise<Experienced> {
    // Messages that have come are read before, also by a learner that never waits.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#happened.transitions.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    const { transitions, ended } = this.#happened;
    if (transitions.length === 0 && this.#endTold) throw endedBefore();
    this.#endTold = transitions.length === 0;
    this.#happened = { transitions: transitions.slice(most), ended: [] };
    const given = transitions.slice(0, most);
    this.#taken += given.length;
    this.hooks.took(this.#taken);
    return { transitions: given, ended };
  }

  /** @throws ForesightError wrong-use of a teacher, who is not where the rig is driven */
  async behave(behaviour: Behaviour): Promise<number> {
    if (behaviour.kind === 'taught') {
      throw new ForesightError(
        'wrong-use',
        'A rig is not driven by a teacher while it is learned on.',
        'Have the planner drive in a run, and learn from what that recorded.',
      );
    }
    const number = ++this.#number;
    this.#newest = { behaviour, number };
    const due = this.#sentAt + this.periodMs - performance.now();
    if (due <= 0) this.#sendNewest();
    else this.#timer ??= setTimeout(() => this.#sendNewest(), due);
    return number;
  }

  #sendNewest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#newest === undefined || this.#over) return;
    const { behaviour, number } = this.#newest;
    this.#newest = undefined;
    this.#sentAt = performance.now();
    this.hooks.send(behaviour, number);
  }
}

const endedBefore = () =>
  new ForesightError(
    'bad-data',
    'The rig stopped before there was enough to learn from.',
    'Let it make more steps, or choose fewer random steps.',
  );
