import * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../shared/errors';
import type { Tensors } from '../dynamics/mlp';
import { adamSchedule, optimiserState } from '../dynamics/training/adam';
import type { Engine, TensorSpec } from '../tensor';
import type { Arrays } from './representation/types';

/** All arrays of a training by name: weights, their targets, the optimiser's moments. */
export type State = Record<string, Float32Array>;

/** One of several optimisers of an update. */
export interface OptimiserShape {
  learningRate: number;
  beta1?: number;
  /** It makes a step with every so manieth update; `unroll` is a multiple of it. */
  every?: number;
}

/** Of Adam for one step (dynamics/training/adam.ts). */
export interface Schedule {
  size: tf.Tensor;
  epsilon: tf.Tensor;
}

export interface UpdateShape<Metric extends string> {
  /** Shown in errors and profiles. */
  name: string;
  /** Everything that is handed from update to update, with the values at the beginning (`withOptimiser`). */
  arrays: Arrays;
  /** What one update is fed with. */
  feeds: TensorSpec[];
  /** Updates in one call. */
  unroll: number;
  learningRate: number;
  /** Others beside the one of `learningRate`, which steps with every update. */
  optimisers?: Record<string, OptimiserShape>;
  /**
   * One update. Traceable: pure, no random numbers.
   * @param current the arrays
   * @param feeds of this update
   * @param schedule of Adam for this update
   * @param among which of the unrolled updates it is, from 0, and the schedules of the other optimisers; of one that makes no
   *   step now none
   * @returns `next` the arrays that change; `metrics` scalars, of each the mean over the updates that have it
   */
  step(
    current: Tensors,
    feeds: Tensors,
    schedule: Schedule,
    among: { index: number; schedules: Record<string, Schedule | undefined> },
  ): { next: Tensors; metrics: Partial<Record<Metric, tf.Tensor>> };
}

export interface Updates<Metric extends string> {
  readonly unroll: number;
  readonly initial: State;
  /**
   * `unroll` updates, the first of them number `first` (from 1).
   * @param feeds [unroll, …] by name
   * @returns the arrays after them, new ones, and the means of the metrics
   * @throws ForesightError bad-data when a metric is not a number: weights or what they learn from are beyond all bounds
   */
  run(
    state: State,
    feeds: Record<string, Float32Array>,
    first: number,
  ): Promise<{ state: State; metrics: Record<Metric, number> }>;
  /** Of the arrays of a snapshot those that are its own. @throws RangeError when one is missing or of another size */
  restored(arrays: State): State;
  /** Of a state the arrays whose names begin with one of these, with their shapes. */
  arrays(state: State, ...prefixes: string[]): Arrays;
  dispose(): Promise<void>;
}

/** The values of some arrays, to be put into a state. */
export const valuesOf = (arrays: Arrays): State =>
  Object.fromEntries([...arrays].map(([name, { values }]) => [name, values]));

/** Weights and, beside each of those that are trained, the optimiser's moments. */
export const withOptimiser = (trained: Arrays, others: Arrays = new Map()): Arrays =>
  new Map([...trained, ...optimiserState(trained), ...others]);

/** Traces so many updates into one program. @throws ForesightError engine */
export async function compileUpdates<Metric extends string>(
  engine: Engine,
  shape: UpdateShape<Metric>,
  threads = 1,
): Promise<Updates<Metric>> {
  const { unroll } = shape;
  const optimisers = Object.entries({ '': { learningRate: shape.learningRate }, ...shape.optimisers }).map(
    ([name, optimiser]) => new Optimiser(name, optimiser, unroll),
  );
  const specs: TensorSpec[] = [
    ...[...shape.arrays].map(([name, array]) => ({ name, shape: array.shape })),
    ...shape.feeds.map((spec) => ({ ...spec, shape: [unroll, ...spec.shape] })),
    ...optimisers.map(({ feed, steps }) => ({ name: feed, shape: [2 * steps] })),
  ];
  const names = [...shape.arrays.keys()];
  const program = await engine.compile(
    (given) => {
      let current: Tensors = Object.fromEntries(names.map((name) => [name, given[name] as tf.Tensor]));
      const sizes = optimisers.map(({ feed, steps }) => tf.split(given[feed] as tf.Tensor1D, 2 * steps, 0));
      const fed = shape.feeds.map(({ name }) => [name, tf.unstack(given[name] as tf.Tensor)] as const);
      const sums: Record<string, tf.Tensor[]> = {};
      for (let step = 0; step < unroll; step++) {
        const feeds = Object.fromEntries(fed.map(([name, list]) => [name, list[step] as tf.Tensor]));
        const [schedule, ...others] = optimisers.map((one, i) => [one.name, one.at(step, sizes[i])] as const);
        const { next, metrics } = shape.step(current, feeds, schedule?.[1] as Schedule, {
          index: step,
          schedules: Object.fromEntries(others),
        });
        current = { ...current, ...next };
        for (const [name, value] of Object.entries(metrics as Record<string, tf.Tensor>)) {
          sums[name] = [...(sums[name] ?? []), tf.reshape(value, [1])];
        }
      }
      const means = Object.entries(sums).map(
        ([name, list]) => [`metric/${name}`, tf.mul(tf.addN(list), 1 / list.length)] as const,
      );
      return { ...current, ...Object.fromEntries(means) };
    },
    specs,
    { name: shape.name, threads },
  );
  return {
    unroll,
    initial: valuesOf(shape.arrays),
    async run(state, feeds, first) {
      const schedules = Object.fromEntries(optimisers.map((one) => [one.feed, one.schedule(first)]));
      const outputs = (await program.run({ ...state, ...feeds, ...schedules })) as State;
      const metrics: Record<string, number> = {};
      for (const [name, values] of Object.entries(outputs)) {
        if (name.startsWith('metric/')) metrics[name.slice(7)] = values[0] ?? Number.NaN;
      }
      const [wrong] = Object.entries(metrics).find(([, value]) => !Number.isFinite(value)) ?? [];
      if (wrong !== undefined) throw diverged(shape.name, wrong, first + unroll - 1);
      return {
        state: Object.fromEntries(names.map((name) => [name, outputs[name] as Float32Array])),
        metrics,
      };
    },
    restored(arrays) {
      const own = names.map((name) => [name, arrays[name]] as const);
      const wrong = own.find(([name, values]) => values?.length !== shape.arrays.get(name)?.values.length);
      if (wrong) throw new RangeError(`the array "${wrong[0]}" of this snapshot is none of ${shape.name}`);
      return Object.fromEntries(own) as State;
    },
    arrays(state, ...prefixes) {
      const chosen = [...shape.arrays].filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)));
      return new Map(
        chosen.map(([name, array]) => [name, { shape: array.shape, values: state[name] as Float32Array }]),
      );
    },
    dispose: () => program.dispose(),
  };
}

/** Where an optimiser's steps lie among unrolled updates. */
class Optimiser {
  readonly every: number;
  readonly steps: number;
  readonly feed: string;

  constructor(
    readonly name: string,
    private readonly shape: OptimiserShape,
    unroll: number,
  ) {
    this.every = shape.every ?? 1;
    this.steps = unroll / this.every;
    this.feed = name === '' ? 'schedule' : `schedule/${name}`;
    if (!Number.isInteger(this.steps)) throw new RangeError(`${unroll} is no multiple of ${this.every}`);
  }

  /** Of its step with update `index`, none where it makes none. */
  at(index: number, sizes: readonly tf.Tensor[] = []): Schedule | undefined {
    if ((index + 1) % this.every !== 0) return undefined;
    const step = (index + 1) / this.every - 1;
    return { size: sizes[2 * step] as tf.Tensor, epsilon: sizes[2 * step + 1] as tf.Tensor };
  }

  /** For updates `first` and on, from 1. */
  schedule(first: number): Float32Array {
    const { learningRate, beta1 } = this.shape;
    return adamSchedule(learningRate, (first - 1) / this.every + 1, this.steps, beta1);
  }
}

/** @throws ForesightError bad-data when any number of the arrays is none: their training is of no use */
export function requireFinite(name: string, state: State, updates: number): void {
  for (const [array, values] of Object.entries(state)) {
    if (values.some((value) => !Number.isFinite(value))) throw diverged(name, array, updates);
  }
}

const diverged = (name: string, what: string, updates: number): ForesightError =>
  new ForesightError(
    'bad-data',
    `The training with ${name} left all bounds: after ${updates} updates "${what}" is not a number any more.`,
    'Nothing of it is kept. Look for huge numbers in rewards and recorded episodes, or choose a smaller learning rate.',
  );

/**
 * Value and gradients of a scalar loss by some of the arrays; the others are constants of it.
 * @param loss gets all arrays; what it also gives is handed through, evaluated once
 */
export function gradientsOf<Extra extends Tensors>(
  names: readonly string[],
  current: Tensors,
  loss: (tensors: Tensors) => { loss: tf.Tensor; extra: Extra },
): { gradients: Tensors; loss: tf.Tensor; extra: Extra } {
  let extra: Extra | undefined;
  const objective = (...weights: tf.Tensor[]): tf.Scalar => {
    const own = Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor]));
    const result = loss({ ...current, ...own });
    extra = result.extra;
    for (const tensor of Object.values(result.extra)) tf.keep(tensor);
    return tf.reshape(result.loss, []) as tf.Scalar;
  };
  const weights = names.map((name) => current[name] as tf.Tensor);
  const { value, grads } = tf.valueAndGrads(objective as (...args: tf.Tensor[]) => tf.Scalar)(weights);
  const gradients = Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor]));
  return { gradients, loss: value, extra: extra as Extra };
}
