import { ForesightError } from '../../shared/errors';
import type { AlgorithmOptions } from '../../shared/policy';
import type { Random } from '../../shared/random';
import { requireFinite, type State, valuesOf } from '../dynamics/updates/updates';
import { fittedNormaliser } from './normaliser';
import { Replay, type ReplayState, type TransitionBatch } from './replay';
import type { EndedEpisode, Lab, TrainingSnapshot } from './types';

/** What a method with a replay says about acting and learning, in its options. */
type OffPolicyOptions = Pick<
  Extract<AlgorithmOptions, { name: 'sac' }>,
  'steps' | 'randomSteps' | 'batchSize' | 'replaySize' | 'updatesPerStep'
>;
type OffPolicyLab = Omit<Lab, 'options'> & { options: OffPolicyOptions & { name: string } };

/** Transitions of a rig that are taken at one look: what came while the learner was busy. */
const MOST_AT_ONCE = 1000;
/** Calls of the engine between two looks at a rig, which does not wait. */
const CALLS_A_LOOK = 4;
/** States that the inputs' normaliser is fitted to. */
const SEEN = 4096;

/**
 * What all methods with a replay have in common, and nothing of the method: acting and remembering, how many updates the steps
 * made so far are owed, and going on where an interrupted training was. Without a world it learns from what is recorded alone:
 * a step is then an update.
 */
export class Experience {
  readonly replay: Replay;
  /** Steps that count towards `steps`, and updates made. */
  steps = 0;
  updates = 0;
  #owed = 0;
  #ready = false;
  #over = false;
  #calls = 0;
  readonly #batches: Random;

  /**
   * @param randoms further generators of the method, which go into its snapshots
   * @throws ForesightError bad-data, wrong-use when there is, or will be, too little to learn from
   */
  constructor(
    private readonly lab: OffPolicyLab,
    private readonly randoms: Record<string, Random>,
  ) {
    this.#batches = lab.random.fork('batches');
    this.replay = new Replay(lab.space, lab.options.replaySize);
    if (lab.resumed) this.#restore(lab.resumed);
    else for (const transition of lab.recorded) this.replay.add(transition);
    this.#requireEnough();
  }

  /** The arrays of the training that it goes on with: those at the beginning, or of the snapshot. */
  arrays(initial: State): State {
    return this.lab.resumed?.arrays ?? initial;
  }

  /** Has it made all its steps, or will there be no more? */
  get over(): boolean {
    return this.#over || this.lab.world?.ended === true || this.steps >= this.lab.options.steps;
  }

  /** Is there enough to learn from? Before, it moves at random. */
  get ready(): boolean {
    return this.#ready;
  }

  /** How far it is, for a report. */
  get progress(): { steps: number; updates: number; owed: number; phase: 'collecting' | 'learning' } {
    const { steps, updates } = this;
    const phase = this.#ready ? 'learning' : 'collecting';
    return { steps, updates, owed: Math.max(0, Math.floor(this.#owed)), phase };
  }

  /**
   * What happened since the last time goes into the replay, and its steps are owed updates.
   * @returns episodes that ended, and whether there is enough to learn from now for the first time
   */
  async act(): Promise<{ ended: readonly EndedEpisode[]; begins: boolean }> {
    const { world, options } = this.lab;
    this.#calls = 0;
    let made = 1;
    let ended: readonly EndedEpisode[] = [];
    if (world) {
      const happened = await world.experience(world.kind === 'rig' ? MOST_AT_ONCE : 1);
      for (const transition of happened.transitions) this.replay.add(transition);
      made = happened.transitions.length;
      ended = happened.ended;
      this.#over = made === 0;
    }
    this.steps += made;
    const begins = !this.#ready && this.replay.size >= this.#least;
    this.#ready ||= begins;
    if (this.#ready) this.#owed += world ? options.updatesPerStep * made : made;
    return { ended, begins };
  }

  /** Updates that its steps are owed in all, at most. */
  get inAll(): number {
    const { steps, updatesPerStep } = this.lab.options;
    return Math.ceil(this.lab.world ? steps * updatesPerStep : steps);
  }

  /** Are so many updates due? On a rig only as many at once as leave it time to look at what happened, and none after its end. */
  owes(updates: number): boolean {
    const { world } = this.lab;
    if (world?.kind === 'rig' && (world.ended || this.#calls >= CALLS_A_LOOK)) return false;
    return this.#owed >= updates;
  }

  /** So many updates were made. */
  learned(updates: number): void {
    this.updates += updates;
    this.#owed -= updates;
    this.#calls++;
  }

  sample(rows: number): TransitionBatch {
    return this.replay.sample(rows, this.#batches);
  }

  /** "input/…" arrays, fitted to what was seen so far. */
  async normaliser(): Promise<State> {
    const seen = this.replay.sampleStates(Math.min(SEEN, this.replay.size), this.#batches);
    return valuesOf(await fittedNormaliser(this.lab.engine, this.lab.space, seen, 'unskilled'));
  }

  /** @throws ForesightError bad-data for arrays that are of no use */
  snapshot(arrays: State): TrainingSnapshot {
    requireFinite(this.lab.options.name, arrays, this.updates);
    const { steps, updates } = this;
    const random = { ...this.randoms, batches: this.#batches };
    return {
      arrays,
      counters: { steps, updates, owed: this.#owed, ready: Number(this.#ready) },
      random: Object.fromEntries(Object.entries(random).map(([name, one]) => [name, one.state()])),
      parts: { replay: this.replay.state(), world: this.lab.world?.state?.() ?? null },
    };
  }

  /** @throws ForesightError bad-data for arrays that are of no use, wrong-use when nothing was learned */
  finish(arrays: State): { steps: number; updates: number } {
    requireFinite(this.lab.options.name, arrays, this.updates);
    if (this.updates === 0) {
      throw new ForesightError(
        'bad-data',
        `After ${this.steps} steps nothing was learned yet: it learns from ${this.#least} on.`,
        'Let it make more steps, or choose fewer random steps or a smaller batch.',
      );
    }
    const behind = this.#owed / Math.max(1, this.lab.options.updatesPerStep);
    if (this.lab.world?.kind === 'rig' && behind > CALLS_A_LOOK) {
      this.lab.note(
        `The learner did not keep up with the rig: ${Math.floor(this.#owed)} updates were not made.`,
      );
    }
    return { steps: this.lab.world ? this.steps : this.lab.recorded.length, updates: this.updates };
  }

  /** Transitions from which on it learns. */
  get #least(): number {
    const { randomSteps, batchSize } = this.lab.options;
    return this.lab.world ? Math.max(randomSteps, batchSize) : batchSize;
  }

  #requireEnough(): void {
    const { options, world, recorded } = this.lab;
    if (!world && this.replay.size < this.#least) {
      throw new ForesightError(
        'bad-data',
        `There are ${recorded.length} recorded steps to learn from, and one batch alone has ${options.batchSize}.`,
        'Choose more episodes, or a smaller batch.',
      );
    }
    const inAll = Math.min(options.replaySize, this.replay.size + options.steps - this.steps);
    if (world && inAll < this.#least) {
      throw new ForesightError(
        'wrong-use',
        `Of ${options.steps} steps nothing could be learned: it learns from ${this.#least} on, of which a replay keeps ${options.replaySize} at most.`,
        'Let it make more steps, or choose fewer random steps, a smaller batch or a larger replay.',
      );
    }
  }

  #restore({ counters, random, parts }: TrainingSnapshot): void {
    const { steps = 0, updates = 0, owed = 0, ready = 0 } = counters;
    [this.steps, this.updates, this.#owed, this.#ready] = [steps, updates, owed, ready === 1];
    for (const [name, generator] of Object.entries({ ...this.randoms, batches: this.#batches })) {
      const state = random[name];
      if (state) generator.restore(state);
    }
    this.replay.restore(parts.replay as ReplayState);
    if (parts.world !== null) this.lab.world?.restore?.(parts.world);
  }
}
