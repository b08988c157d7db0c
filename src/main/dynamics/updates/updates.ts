import * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import type { Engine } from '../../tensor';
import type { Arrays } from '../classes/types';
import type { Tensors } from '../mlp';
import { optimiserState } from '../training/adam';
import { callsInLanes } from './lanes';
import {
  type Calls,
  METRIC,
  type Optimiser,
  optimisersOf,
  type State,
  tracedUpdates,
  type UpdateShape,
} from './traced-update';

export type { Schedule, State, UpdateShape } from './traced-update';

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
  /** Ends the thread, too, that it may have: to be called however a training ends. */
  dispose(): Promise<void>;
}

/** The values of some arrays, to be put into a state. */
export const valuesOf = (arrays: Arrays): State =>
  Object.fromEntries([...arrays].map(([name, { values }]) => [name, values]));

/** Weights and, beside each of those that are trained, the optimiser's moments. */
export const withOptimiser = (trained: Arrays, others: Arrays = new Map()): Arrays =>
  new Map([...trained, ...optimiserState(trained), ...others]);

/**
 * Traces so many updates into one program, or, of an update of two lanes, one update into a program for each.
 * @throws ForesightError engine
 */
export async function compileUpdates<Metric extends string>(
  engine: Engine,
  shape: UpdateShape<Metric>,
  threads = 1,
): Promise<Updates<Metric>> {
  const { unroll } = shape;
  const optimisers = optimisersOf(shape, unroll);
  const names = [...shape.arrays.keys()];
  const inLanes = shape.beside && (threads > 1 || shape.beside.always);
  const lanes = inLanes ? await callsInLanes(engine, shape, threads) : null;
  const calls = lanes ?? (await callsInOne(engine, shape, optimisers, threads));
  return {
    unroll,
    initial: valuesOf(shape.arrays),
    async run(state, feeds, first) {
      const schedules = Object.fromEntries(optimisers.map((one) => [one.feed, one.schedule(first)]));
      const { arrays, metrics } = await calls.run(state, { ...feeds, ...schedules });
      const [wrong] = Object.entries(metrics).find(([, value]) => !Number.isFinite(value)) ?? [];
      if (wrong !== undefined) throw diverged(shape.name, wrong, first + unroll - 1);
      return { state: arrays, metrics };
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
    dispose: () => calls.dispose(),
  };
}

async function callsInOne<Metric extends string>(
  engine: Engine,
  shape: UpdateShape<Metric>,
  optimisers: readonly Optimiser[],
  threads: number,
): Promise<Calls> {
  const { program, specs } = tracedUpdates(shape, shape.unroll, optimisers);
  const compiled = await engine.compile(program, specs, { name: shape.name, threads });
  return {
    async run(state, feeds) {
      const outputs = (await compiled.run({ ...state, ...feeds })) as State;
      const metrics: Record<string, number> = {};
      for (const [name, values] of Object.entries(outputs)) {
        if (name.startsWith(METRIC)) metrics[name.slice(METRIC.length)] = values[0] ?? Number.NaN;
      }
      const arrays = [...shape.arrays.keys()].map((name) => [name, outputs[name] as Float32Array]);
      return { arrays: Object.fromEntries(arrays) as State, metrics };
    },
    dispose: () => compiled.dispose(),
  };
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
