import { ForesightError } from '../../shared/errors';
import type { Random } from '../../shared/random';
import type { TaskFile } from '../../shared/task';
import {
  arrayConstants,
  modelClass,
  predictedMembers,
  predictionArrays,
  predictorOf,
} from '../dynamics/classes';
import { modelLayout, stateWidth } from '../dynamics/layout';
import type { DynamicsModel } from '../dynamics/types';
import { compileTensorTask, type TensorTask } from '../task';
import {
  type CompiledProgram,
  createRemoteSession,
  createSession,
  type Engine,
  type TensorData,
  type TensorProgram,
  traceProgram,
} from '../tensor';
import { type RolloutShape, rolloutInputs, rolloutProgram, rowsOf, shuffles } from './rollout-graph';

/** Returns, and with `trajectories` also states, of many action sequences in one call of the engine. */
export interface Rollout {
  readonly shape: RolloutShape;
  /**
   * @param start [stateWidth] SI units (dynamics/layout.ts)
   * @param actions [candidates, horizon, actions] row-major; read before this returns
   * @param random decides which member predicts which step, and the noise
   */
  evaluate(start: ArrayLike<number>, actions: Float32Array, random: Random): Promise<RolloutResult>;
  dispose(): Promise<void>;
}
export interface RolloutResult {
  /** [candidates], mean over particles; not finite where the model's prediction diverged. */
  returns: Float32Array;
  /** [horizon, places, observations] when asked for. */
  states: Float32Array | undefined;
}

export interface RolloutModel {
  engine: Engine;
  model: DynamicsModel;
  task: TaskFile;
  threads: number;
}

export type RolloutChoice = Pick<
  RolloutShape,
  'horizon' | 'candidates' | 'particles' | 'noise' | 'shuffle' | 'trajectories' | 'learnedReward'
>;

/**
 * A rollout graph, compiled. With several threads the candidates are dealt to as many graphs, each in a thread of its
 * own: they need nothing of each other, while threads inside one call would wait for each other at every one of its
 * some hundred operations. Which member predicts which row then depends on the number of threads.
 */
export async function compileRollout(
  { engine, model, task, threads }: RolloutModel,
  choice: RolloutChoice,
): Promise<Rollout> {
  const parts = Math.min(threads, choice.candidates);
  if (parts <= 1 || choice.trajectories || engine.name !== 'onnxruntime') {
    const { shape, program } = rolloutOf(model, task, choice);
    const name = nameOf(shape);
    const compiled = await engine.compile(program, rolloutInputs(shape), { name, threads });
    return new CompiledRollout(shape, compiled);
  }
  const { shape } = rolloutOf(model, task, choice);
  const shares = Array.from({ length: parts }, (_, part) =>
    Math.floor(((part + 1) * choice.candidates) / parts - Math.floor((part * choice.candidates) / parts)),
  );
  const rollouts = await Promise.all(
    shares.map(async (candidates, part) => {
      const { shape, program } = rolloutOf(model, task, { ...choice, candidates });
      const options = { name: nameOf(shape), threads: 1 };
      const { onnx } = traceProgram(program, rolloutInputs(shape), options);
      // The last part is this thread's own: it blocks, so the others are sent off before it.
      const open = part === parts - 1 ? createSession : createRemoteSession;
      return new CompiledRollout(shape, await open(onnx, options));
    }),
  );
  return new SplitRollout(shape, rollouts);
}

const nameOf = ({ candidates, horizon }: RolloutShape): string => `rollout ${candidates} × ${horizon}`;

function rolloutOf(
  model: DynamicsModel,
  task: TaskFile,
  choice: RolloutChoice,
): { shape: RolloutShape; program: TensorProgram } {
  const { summary } = model;
  const arrays = predictionArrays(model);
  const groups = predictedMembers(arrays);
  const layout = modelLayout(summary);
  if (choice.learnedReward && !layout.reward) throw noRewardError(summary.name);
  const shape: RolloutShape = {
    ...choice,
    layout,
    groups,
    rowsPerGroup: Math.ceil((choice.candidates * choice.particles) / groups),
    noiseWidth: modelClass(summary.options.class.name).noiseWidth(layout, summary.options.class),
  };
  const tensorTask: TensorTask = compileTensorTask(task, summary);
  const program = rolloutProgram(shape, () => predictorOf(model, arrayConstants(arrays)), tensorTask);
  return { shape, program };
}

function noRewardError(model: string): ForesightError {
  return new ForesightError(
    'wrong-use',
    `The model "${model}" has not learned the reward, so a plan cannot use it.`,
    "Plan with the task's formula, or train a model that learns the reward.",
  );
}

/** Several rollouts of the same model, each for its share of the candidates. */
class SplitRollout implements Rollout {
  constructor(
    readonly shape: RolloutShape,
    private readonly parts: readonly Rollout[],
  ) {}

  async evaluate(start: ArrayLike<number>, actions: Float32Array, random: Random): Promise<RolloutResult> {
    const size = actions.length / this.shape.candidates;
    let first = 0;
    const results = this.parts.map((part) => {
      const from = first;
      first += part.shape.candidates;
      return part.evaluate(start, actions.subarray(from * size, first * size), random);
    });
    const returns = new Float32Array(this.shape.candidates);
    let to = 0;
    for (const result of await Promise.all(results)) {
      returns.set(result.returns, to);
      to += result.returns.length;
    }
    return { returns, states: undefined };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.dispose()));
  }
}

/** Keeps the feeds of a compiled rollout, so that planning allocates nothing but the results. */
class CompiledRollout implements Rollout {
  readonly #feeds: Record<string, TensorData>;
  readonly #start: Float32Array;
  readonly #actions: Float32Array;
  readonly #noise: Float32Array | undefined;
  /** Row at every place, this step and the step before; empty rows fill the end. */
  readonly #order: Int32Array;
  readonly #placeBefore: Int32Array;
  readonly #moves: Int32Array;
  readonly #places: Int32Array;

  constructor(
    readonly shape: RolloutShape,
    private readonly program: CompiledProgram,
  ) {
    const places = rowsOf(shape);
    this.#start = new Float32Array(stateWidth(shape.layout));
    this.#actions = new Float32Array(shape.horizon * places * shape.layout.actions);
    this.#order = Int32Array.from({ length: places }, (_, place) => place);
    this.#placeBefore = new Int32Array(places);
    this.#moves = new Int32Array(Math.max(0, shape.horizon - 1) * places);
    this.#places = new Int32Array(shape.horizon * shape.candidates * shape.particles);
    this.#feeds = { start: this.#start, actions: this.#actions };
    if (shuffles(shape)) Object.assign(this.#feeds, { moves: this.#moves, places: this.#places });
    if (shape.noise) {
      this.#noise = new Float32Array(shape.horizon * places * shape.noiseWidth);
      this.#feeds.noise = this.#noise;
    }
  }

  async evaluate(start: ArrayLike<number>, actions: Float32Array, random: Random): Promise<RolloutResult> {
    this.#start.set(start);
    this.#arrange(actions, random);
    if (this.#noise) random.fillNormal(this.#noise);
    const { returns, states } = await this.program.run(this.#feeds);
    return { returns: returns as Float32Array, states: states as Float32Array | undefined };
  }

  /**
   * The permutation trick for TS1: a random order of the rows, cut into equal blocks, gives every row a random
   * member, and the cost stays that of the rows alone. A fresh order for every step.
   */
  #arrange(actions: Float32Array, random: Random): void {
    const { horizon, candidates, particles, layout } = this.shape;
    const width = layout.actions;
    const order = this.#order;
    const places = order.length;
    const rows = candidates * particles;
    const moving = shuffles(this.shape);
    for (let place = 0; place < places; place++) order[place] = place;
    for (let t = 0; t < horizon; t++) {
      if (moving) {
        for (let place = 0; place < places; place++) this.#placeBefore[order[place] as number] = place;
        shuffle(order, random);
        if (t > 0) {
          const moves = (t - 1) * places;
          for (let place = 0; place < places; place++) {
            this.#moves[moves + place] = this.#placeBefore[order[place] as number] as number;
          }
        }
      }
      for (let place = 0; place < places; place++) {
        const row = order[place] as number;
        const to = (t * places + place) * width;
        if (row >= rows) {
          // Fills its block; whatever it does is thrown away.
          this.#actions.fill(0, to, to + width);
          continue;
        }
        if (moving) this.#places[t * rows + row] = t * places + place;
        const from = (Math.floor(row / particles) * horizon + t) * width;
        for (let a = 0; a < width; a++) this.#actions[to + a] = actions[from + a] as number;
      }
    }
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}

/** Fisher–Yates; what Random.shuffle does, for the one array type that this hot loop has. */
function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
}
