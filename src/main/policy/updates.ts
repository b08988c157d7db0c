import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../dynamics/mlp';
import { adamSchedule, optimiserState } from '../dynamics/training/adam';
import type { Engine, TensorSpec } from '../tensor';
import type { Arrays } from './representation/types';

/** All arrays of a training by name: weights, their targets, the optimiser's moments. */
export type State = Record<string, Float32Array>;

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
  /**
   * One update. Traceable: pure, no random numbers.
   * @param current the arrays
   * @param feeds of this update
   * @param schedule of Adam for this update (dynamics/training/adam.ts)
   * @returns `next` the arrays that change; `metrics` scalars
   */
  step(
    current: Tensors,
    feeds: Tensors,
    schedule: { size: tf.Tensor; epsilon: tf.Tensor },
  ): { next: Tensors; metrics: Record<Metric, tf.Tensor> };
}

export interface Updates<Metric extends string> {
  readonly unroll: number;
  readonly initial: State;
  /**
   * `unroll` updates, the first of them number `first` (from 1).
   * @param feeds [unroll, …] by name
   * @returns the arrays after them, new ones, and the means of the metrics
   */
  run(
    state: State,
    feeds: Record<string, Float32Array>,
    first: number,
  ): Promise<{ state: State; metrics: Record<Metric, number> }>;
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
  const unroll = engine.eager ? 1 : shape.unroll;
  const specs: TensorSpec[] = [
    ...[...shape.arrays].map(([name, array]) => ({ name, shape: array.shape })),
    ...shape.feeds.map((spec) => ({ ...spec, shape: [unroll, ...spec.shape] })),
    { name: 'schedule', shape: [2 * unroll] },
  ];
  const names = [...shape.arrays.keys()];
  const program = await engine.compile(
    (given) => {
      let current: Tensors = Object.fromEntries(names.map((name) => [name, given[name] as tf.Tensor]));
      const sizes = tf.split(given.schedule as tf.Tensor1D, 2 * unroll, 0);
      const fed = shape.feeds.map(({ name }) => [name, tf.unstack(given[name] as tf.Tensor)] as const);
      const sums: Record<string, tf.Tensor[]> = {};
      for (let step = 0; step < unroll; step++) {
        const feeds = Object.fromEntries(fed.map(([name, list]) => [name, list[step] as tf.Tensor]));
        const { next, metrics } = shape.step(current, feeds, {
          size: sizes[2 * step] as tf.Tensor,
          epsilon: sizes[2 * step + 1] as tf.Tensor,
        });
        current = { ...current, ...next };
        for (const [name, value] of Object.entries<tf.Tensor>(metrics)) {
          sums[name] = [...(sums[name] ?? []), tf.reshape(value, [1])];
        }
      }
      const means = Object.entries(sums).map(
        ([name, list]) => [`metric/${name}`, tf.mul(tf.addN(list), 1 / unroll)] as const,
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
      const schedule = adamSchedule(shape.learningRate, first, unroll);
      const outputs = (await program.run({ ...state, ...feeds, schedule })) as State;
      const metrics: Record<string, number> = {};
      for (const [name, values] of Object.entries(outputs)) {
        if (name.startsWith('metric/')) metrics[name.slice(7)] = values[0] ?? Number.NaN;
      }
      return {
        state: Object.fromEntries(names.map((name) => [name, outputs[name] as Float32Array])),
        metrics,
      };
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
