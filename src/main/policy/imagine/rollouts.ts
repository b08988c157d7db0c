import type { ActorShape } from '../../../shared/policy';
import type { Random } from '../../../shared/random';
import { stateWidth } from '../../dynamics/layout';
import type { DynamicsModel } from '../../dynamics/types';
import type { Engine } from '../../tensor';
import type { TransitionBatch } from '../replay';
import { fillActionNoise } from '../representation/acting';
import type { Actor } from '../representation/types';
import { type ImaginedModel, type Imagining, imaginedModel } from './model';
import { openStep, type StepProgram } from './step-program';

/** Transitions that were imagined. */
interface Imagined {
  /** Those that there are lie first, step by step. */
  batch: TransitionBatch;
  rows: number;
  /** Sum of their rewards, penalties included. */
  rewards: number;
  /** Steps that were left out because the model ran off to infinity; their rows stopped there. */
  diverged: number;
}

/**
 * Short rollouts of a policy through a model, from states that happened (MBPO, Janner et al. 2019). One step of many rows is
 * one program, fed with the actor's and the model's arrays: neither new weights nor another length compile anything anew. A row
 * is dealt to a member at random, anew for every step, by shuffling the rows among equal blocks (Chua et al. 2018, TS1). A row
 * whose task ended stops there.
 */
export class Imagination {
  #model: { of: DynamicsModel; imagined: ImaginedModel } | undefined;
  #program: { key: string; step: StepProgram } | undefined;

  /** @param rows in one call; other numbers of starts are cut into such */
  constructor(
    private readonly engine: Engine,
    private readonly imagining: Imagining,
    private readonly rows: number,
    private readonly threads: number,
  ) {}

  /**
   * @param starts [n, stateWidth] SI units
   * @throws ForesightError wrong-use for a model without the reward that is asked for, engine
   */
  async imagine(
    actor: Actor,
    model: DynamicsModel,
    { starts, steps }: { starts: Float32Array; steps: number },
    random: Random,
  ): Promise<Imagined> {
    const { space } = this.imagining;
    const width = stateWidth(space.layout);
    const imagined = this.#imagined(model);
    const places = Math.ceil(this.rows / imagined.members) * imagined.members;
    const program = await this.#opened(actor, imagined, places);
    program.load(actor.arrays, imagined.arrays);
    const count = starts.length / width;
    const sink = new Sink(count * steps, width, space.actions.length);
    for (let from = 0; from < count; from += places) {
      const rows = Math.min(places, count - from);
      const states = starts.slice(from * width, (from + rows) * width);
      await this.#rollOut(program, { states, steps, places, shape: actor.shape }, sink, random);
    }
    return sink.imagined();
  }

  async dispose(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    await program?.step.dispose();
  }

  /** @param chunk.states [rows, stateWidth], rows ≤ places; overwritten */
  async #rollOut(
    program: StepProgram,
    chunk: { states: Float32Array; steps: number; places: number; shape: ActorShape },
    sink: Sink,
    random: Random,
  ): Promise<void> {
    const { states, steps, places, shape } = chunk;
    const width = stateWidth(this.imagining.space.layout);
    const { feeds } = program;
    const rows = states.length / width;
    const alive = new Uint8Array(rows).fill(1);
    /** Row at every place; places beyond the rows only fill the blocks. */
    const order = Int32Array.from({ length: places }, (_, place) => place);
    for (let step = 0; step < steps && alive.includes(1); step++) {
      random.shuffle(order);
      order.forEach((row, place) => {
        const from = (row % rows) * width;
        feeds.state.set(states.subarray(from, from + width), place * width);
      });
      fillActionNoise(shape, feeds.actionNoise, random);
      random.fillNormal(feeds.modelNoise);
      const { action, next, reward, ends } = await program.run();
      order.forEach((row, place) => {
        if (row >= rows || alive[row] === 0) return;
        const ended = ends?.[place] === 1;
        const kept = sink.add({ state: feeds.state, action, next, reward }, place, ended);
        if (ended || !kept) alive[row] = 0;
        else states.set(next.subarray(place * width, (place + 1) * width), row * width);
      });
    }
  }

  /** Its arrays are folded once: a training imagines many times between two trainings of its model, which makes another one. */
  #imagined(model: DynamicsModel): ImaginedModel {
    if (this.#model?.of !== model) {
      this.#model = { of: model, imagined: imaginedModel(model, this.imagining) };
    }
    return this.#model.imagined;
  }

  async #opened(actor: Actor, model: ImaginedModel, places: number): Promise<StepProgram> {
    const shapes = [...actor.arrays].map(([name, array]) => [name, array.shape]);
    const key = JSON.stringify([actor.shape, shapes, model.key]);
    if (this.#program?.key === key) return this.#program.step;
    await this.dispose();
    const shape = { imagining: this.imagining, actor, model, places };
    const step = await openStep(this.engine, shape, this.threads);
    this.#program = { key, step };
    return step;
  }
}

/** Collects transitions one by one. */
class Sink {
  readonly #batch: TransitionBatch;
  #rows = 0;
  #rewards = 0;
  #diverged = 0;

  constructor(
    most: number,
    private readonly width: number,
    private readonly actions: number,
  ) {
    this.#batch = {
      ...{ state: new Float32Array(most * width), next: new Float32Array(most * width) },
      ...{ action: new Float32Array(most * actions), reward: new Float32Array(most) },
      continues: new Float32Array(most),
    };
  }

  /** @returns false for one that is no number, which is left out */
  add(
    from: Pick<TransitionBatch, 'state' | 'action' | 'next' | 'reward'>,
    place: number,
    ended: boolean,
  ): boolean {
    const { width, actions } = this;
    const next = from.next.subarray(place * width, (place + 1) * width);
    const reward = from.reward[place] ?? Number.NaN;
    if (!Number.isFinite(reward) || !next.every(Number.isFinite)) {
      this.#diverged++;
      return false;
    }
    const to = this.#rows++;
    this.#batch.state.set(from.state.subarray(place * width, (place + 1) * width), to * width);
    this.#batch.action.set(from.action.subarray(place * actions, (place + 1) * actions), to * actions);
    this.#batch.next.set(next, to * width);
    this.#batch.reward[to] = reward;
    this.#batch.continues[to] = ended ? 0 : 1;
    this.#rewards += reward;
    return true;
  }

  imagined(): Imagined {
    return {
      ...{ batch: this.#batch, rows: this.#rows },
      ...{ rewards: this.#rewards, diverged: this.#diverged },
    };
  }
}
