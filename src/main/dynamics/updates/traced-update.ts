import * as tf from '@tensorflow/tfjs-core';
import type { RateSchedule } from '../../../shared/rate-schedule';
import type { TensorProgram, TensorSpec } from '../../tensor';
import type { Arrays } from '../classes/types';
import type { Tensors } from '../mlp';
import { adamSchedule, rateShare } from '../training/adam';

/** All arrays of a training by name: weights, their targets, the optimiser's moments. */
export type State = Record<string, Float32Array>;

/** One of several optimisers of an update. */
export interface OptimiserShape {
  learningRate: number;
  beta1?: number;
  /** How the learning rate goes on over so many of its steps; constant where left out. */
  falls?: { schedule: RateSchedule; steps: number };
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
  falls?: OptimiserShape['falls'];
  /** Others beside the one of `learningRate`, which steps with every update. */
  optimisers?: Record<string, OptimiserShape>;
  /**
   * What of an update needs nothing of the rest but what was before it, about half of the work: with two threads it is computed
   * beside the rest. Arrays by the beginnings of their names, and metrics. `always`: with one thread, too, it is a program of its
   * own, because joined with the rest it would be rounded otherwise.
   */
  beside?: { arrays: readonly string[]; metrics: readonly string[]; always?: boolean };
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

/** One call of all unrolled updates. */
export interface Calls {
  run(state: State, feeds: State): Promise<{ arrays: State; metrics: Record<string, number> }>;
  dispose(): Promise<void>;
}

/** Before the names of metrics among the outputs. */
export const METRIC = 'metric/';

export const optimisersOf = <Metric extends string>(
  shape: UpdateShape<Metric>,
  unroll: number,
): Optimiser[] =>
  Object.entries({
    '': { learningRate: shape.learningRate, falls: shape.falls },
    ...shape.optimisers,
  } as Record<string, OptimiserShape>).map(([name, optimiser]) => new Optimiser(name, optimiser, unroll));

/** So many updates as one program: arrays, feeds and schedules in, arrays and the means of the metrics out. */
export function tracedUpdates<Metric extends string>(
  shape: UpdateShape<Metric>,
  unroll: number,
  optimisers: readonly Optimiser[],
): { program: TensorProgram; specs: TensorSpec[] } {
  const specs: TensorSpec[] = [
    ...[...shape.arrays].map(([name, array]) => ({ name, shape: array.shape })),
    ...shape.feeds.map((spec) => ({ ...spec, shape: [unroll, ...spec.shape] })),
    ...optimisers.map(({ feed, steps }) => ({ name: feed, shape: [2 * steps] })),
  ];
  const names = [...shape.arrays.keys()];
  const program: TensorProgram = (given) => {
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
      ([name, list]) => [`${METRIC}${name}`, tf.mul(tf.addN(list), 1 / list.length)] as const,
    );
    return { ...current, ...Object.fromEntries(means) };
  };
  return { program, specs };
}

/** Where an optimiser's steps lie among unrolled updates. */
export class Optimiser {
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
    const { learningRate, beta1, falls } = this.shape;
    const step = (first - 1) / this.every + 1;
    const schedule = adamSchedule(learningRate, step, this.steps, beta1);
    for (let i = 0; falls && i < this.steps; i++) {
      schedule[2 * i] = schedule[2 * i]! * rateShare(falls.schedule, step + i, falls.steps);
    }
    return schedule;
  }
}
