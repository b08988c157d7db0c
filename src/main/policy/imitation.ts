import * as tf from '@tensorflow/tfjs-core';
import type { ActorShape } from '../../shared/policy';
import type { Random } from '../../shared/random';
import { stateWidth } from '../dynamics/layout';
import type { Tensors } from '../dynamics/mlp';
import { adamStep } from '../dynamics/training/adam';
import {
  compileUpdates,
  gradientsOf,
  requireFinite,
  type State,
  valuesOf,
  withOptimiser,
} from '../dynamics/updates/updates';
import { fittedNormaliser, plainNormaliser } from './normaliser';
import { Replay, type ReplayState, type Transition } from './replay';
import { greedyAction, initialActor, policyInputs } from './representation/actor';
import { describeTaken, logDensity, takenWidth } from './representation/density';
import { jointActions, type PolicySpace } from './representation/space';
import type { Actor } from './representation/types';
import type { Lab, TrainingSnapshot } from './types';

/** Updates in one call, and calls between two looks at what is held out: 104 updates. */
const [UNROLL, CALLS] = [8, 13];
/** Rows of one look. */
const ROWS = 1024;
/** Steps that follow one another are held out together: each is nearly a copy of the one before. */
const STRETCH = 20;
/** States that inputs are normalised by. */
const SEEN = 8192;

/** Of a lesson that goes on: updates made in it, looks without a gain, and the weights that were best so far. */
interface Lesson {
  made: number;
  waited: number;
  best: { loss: number; state: State };
}
/** Before the names of the best weights in a snapshot. */
const BEST = 'best/';

type ImitationLab = Pick<Lab<'clone' | 'distil'>, 'engine' | 'threads' | 'space' | 'options' | 'random'>;

/**
 * A policy that learns to do what it is shown: of continuous actions the mean squared difference in units of the ranges, of
 * discrete ones the cross-entropy. Everything that was ever shown is learned from (Ross et al. 2011); what is held out decides
 * when to stop and which weights are kept.
 */
export class Imitator {
  readonly shape: ActorShape;
  updates = 0;
  /** On what is held out, with the weights that are kept; NaN before the first lesson. */
  loss = Number.NaN;
  readonly #shown: Replay;
  readonly #held: Replay;
  #state: State;
  /** The lesson that it is in. */
  #lesson: Lesson | null = null;
  readonly #batches: Random;

  private constructor(
    private readonly lab: ImitationLab,
    private readonly programs: Awaited<ReturnType<typeof compile>>,
  ) {
    this.shape = imitatorShape(lab);
    this.#shown = new Replay(lab.space, Number.MAX_SAFE_INTEGER);
    this.#held = new Replay(lab.space, Number.MAX_SAFE_INTEGER);
    this.#batches = lab.random.fork('batches');
    this.#state = programs.updates.initial;
  }

  static async open(lab: ImitationLab): Promise<Imitator> {
    return new Imitator(lab, await compile(lab));
  }

  actor(): Actor {
    return { shape: this.shape, arrays: this.programs.updates.arrays(this.#state, 'actor/', 'input/') };
  }

  get size(): number {
    return this.#shown.size + this.#held.size;
  }

  /** Steps of an episode in their order, and what to do in each. */
  show(steps: readonly Transition[], actions: readonly Float32Array[]): void {
    const every = Math.round(1 / this.lab.options.holdOut);
    steps.forEach((step, i) => {
      const stretch = Math.floor(this.size / STRETCH);
      const into = stretch % every === every - 1 ? this.#held : this.#shown;
      into.add({ ...step, action: actions[i] ?? step.action });
    });
  }

  /**
   * A lesson of so many updates at most, or the rest of the one that a snapshot was taken in.
   * @param look called after every look at what is held out
   */
  async learn(most: number, look: () => Promise<void>): Promise<void> {
    const { space, options, engine } = this.lab;
    const { updates } = this.programs;
    if (this.updates === 0) {
      const seen = this.#shown.sampleStates(Math.min(SEEN, this.#shown.size), this.#batches);
      this.#state = { ...this.#state, ...valuesOf(await fittedNormaliser(engine, space, seen, 'skilled')) };
    }
    this.#lesson ??= { made: 0, waited: 0, best: { loss: await this.#heldLoss(), state: this.#state } };
    const lesson = this.#lesson;
    while (lesson.made < most && lesson.waited < options.patience) {
      for (let call = 0; call < CALLS && lesson.made < most; call++, lesson.made += UNROLL) {
        const { state, action } = this.#shown.sample(UNROLL * options.batchSize, this.#batches);
        const feeds = { state, wanted: this.#wanted(action) };
        this.#state = (await updates.run(this.#state, feeds, this.updates + 1)).state;
        this.updates += UNROLL;
      }
      const loss = await this.#heldLoss();
      lesson.waited = loss < lesson.best.loss ? 0 : lesson.waited + 1;
      if (loss < lesson.best.loss) lesson.best = { loss, state: this.#state };
      await look();
    }
    this.#state = lesson.best.state;
    this.loss = lesson.best.loss;
    this.#lesson = null;
    requireFinite(options.name, this.#state, this.updates);
  }

  /** Is nothing held out yet, the loss is that of what was shown. */
  async #heldLoss(): Promise<number> {
    const from = this.#held.size > 0 ? this.#held : this.#shown;
    const { state, action, size } = from.state();
    const width = stateWidth(this.lab.space.layout);
    const described = this.#wanted(action);
    const wide = described.length / size;
    let sum = 0;
    for (let row = 0; row < size; row += ROWS) {
      const end = Math.min(size, row + ROWS);
      const feeds = {
        state: padTo(state.subarray(row * width, end * width), ROWS * width),
        wanted: padTo(described.subarray(row * wide, end * wide), ROWS * wide),
        there: padTo(new Float32Array(end - row).fill(1), ROWS),
      };
      const own = Object.fromEntries(this.programs.names.map((name) => [name, this.#state[name]]));
      const { loss } = await this.programs.judging.run({ ...(own as State), ...feeds });
      sum += loss?.[0] ?? Number.NaN;
    }
    return sum / size;
  }

  /** [rows, wantedWidth] */
  #wanted(actions: Float32Array): Float32Array {
    if (this.shape.kind !== 'categorical') return actions;
    const width = this.lab.space.actions.length;
    const rows = actions.length / width;
    const result = new Float32Array(rows * takenWidth(this.lab.space, this.shape));
    for (let row = 0; row < rows; row++) {
      const action = actions.subarray(row * width, (row + 1) * width);
      const described = describeTaken(this.lab.space, this.shape, action);
      result.set(described, row * described.length);
    }
    return result;
  }

  /** How well it does what it was shown, as a sentence. */
  get words(): string {
    const where =
      this.#held.size > 0
        ? 'On what was held out'
        : 'On what it was shown, of which there was too little to hold any out,';
    const number = (value: number) => Number(value.toPrecision(3));
    return this.shape.kind === 'categorical'
      ? `${where} it gives what was done a chance of ${number(Math.exp(-this.loss))} (geometric mean).`
      : `${where} its actions differ by ${number(Math.sqrt(this.loss))} of half their range (root mean square).`;
  }

  snapshot(): TrainingSnapshot {
    const lesson = this.#lesson;
    const inLesson: Record<string, number> = lesson
      ? { made: lesson.made, waited: lesson.waited, bestLoss: lesson.best.loss }
      : {};
    const best = Object.entries(lesson?.best.state ?? {}).map(([name, values]) => [`${BEST}${name}`, values]);
    return {
      arrays: { ...this.#state, ...Object.fromEntries(best) },
      counters: { updates: this.updates, loss: this.loss, ...inLesson },
      random: { batches: this.#batches.state() },
      parts: { shown: this.#shown.state(), held: this.#held.state() },
    };
  }

  restore({ arrays, counters, random, parts }: TrainingSnapshot): void {
    const { restored } = this.programs.updates;
    this.#state = restored(arrays);
    const { made, waited = 0, bestLoss: loss = Number.NaN } = counters;
    if (made !== undefined) {
      const best = Object.entries(arrays).filter(([name]) => name.startsWith(BEST));
      const state = restored(Object.fromEntries(best.map(([name, own]) => [name.slice(BEST.length), own])));
      this.#lesson = { made, waited, best: { loss, state } };
    }
    ({ updates: this.updates = 0, loss: this.loss = Number.NaN } = counters);
    this.#batches.restore(random.batches ?? this.#batches.state());
    this.#shown.restore(parts.shown as ReplayState);
    this.#held.restore(parts.held as ReplayState);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.programs.updates.dispose(), this.programs.judging.dispose()]);
  }
}

const imitatorShape = ({
  space,
  options: { hiddenLayers, hiddenUnits, activation },
}: Pick<ImitationLab, 'space' | 'options'>): ActorShape => ({
  kind: jointActions(space) ? 'categorical' : 'deterministic',
  ...{ hiddenLayers, hiddenUnits, activation },
});

async function compile(lab: ImitationLab) {
  const { engine, threads, space, options, random } = lab;
  const shape = imitatorShape(lab);
  const weights = initialActor(space, shape, random.fork('weights'));
  const arrays = new Map([...weights, ...plainNormaliser(space)]);
  const feeds = (rows: number) => [
    { name: 'state', shape: [1, rows, stateWidth(space.layout)] },
    { name: 'wanted', shape: [1, rows, takenWidth(space, shape)] },
  ];
  const names = [...weights.keys()];
  const updates = await compileUpdates(
    engine,
    {
      ...{ name: options.name, unroll: UNROLL, learningRate: options.learningRate },
      arrays: withOptimiser(weights, plainNormaliser(space)),
      feeds: feeds(options.batchSize),
      step(current, fed, schedule) {
        const { gradients, loss } = gradientsOf(names, current, (tensors) => ({
          loss: tf.mean(differences(space, shape, tensors, fed)),
          extra: {},
        }));
        return { next: adamStep(current, gradients, schedule, () => 0), metrics: { loss } };
      },
    },
    threads,
  );
  const judging = await engine
    .compile(
      (given) => ({
        loss: tf.reshape(
          tf.sum(tf.mul(differences(space, shape, given, given), given.there as tf.Tensor)),
          [1],
        ),
      }),
      [
        ...[...arrays].map(([name, array]) => ({ name, shape: array.shape })),
        ...feeds(ROWS),
        { name: 'there', shape: [1, ROWS, 1] },
      ],
      { name: 'held out', threads },
    )
    .catch(async (thrown: unknown) => {
      await updates.dispose();
      throw thrown;
    });
  return { updates, judging, names: [...arrays.keys()] };
}

/** What is different about every row, [1, rows, 1]. */
function differences(space: PolicySpace, shape: ActorShape, tensors: Tensors, fed: Tensors): tf.Tensor3D {
  const inputs = policyInputs(space, tensors, fed.state as tf.Tensor3D);
  const wanted = fed.wanted as tf.Tensor3D;
  if (shape.kind === 'categorical') return tf.neg(logDensity(space, shape, tensors, inputs, wanted));
  return tf.mean(tf.square(tf.sub(greedyAction(space, shape, tensors, inputs), wanted)), 2, true);
}

function padTo(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const padded = new Float32Array(length);
  padded.set(values);
  return padded;
}
