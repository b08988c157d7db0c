import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../shared/random';
import { deviation, mean } from '../../shared/statistics';
import { stateWidth } from '../dynamics/layout';
import type { MlpShape } from '../dynamics/mlp';
import { adamStep } from '../dynamics/training/adam';
import { compileUpdates, gradientsOf, valuesOf, withOptimiser } from '../dynamics/updates/updates';
import { plainNormaliser } from './normaliser';
import { policyInputs } from './representation/actor';
import type { Arrays } from './representation/types';
import { initialValue, stateValue } from './representation/value';
import type { Lab, TrainingSnapshot } from './types';

/** Rows of one call, and of one update. */
const [ROWS, BATCH] = [1024, 256];
const UNROLL = 8;

/** V(s) as it is learned from what states came to. Learns in units of the first targets it sees: mean 0 and deviation 1. */
export interface LearnedValue {
  /** @param states [rows, stateWidth] @returns [rows] */
  of(states: Float32Array, rows: number): Promise<Float64Array>;
  /** Takes the inputs' normaliser of the policy, and the scale of what there is to learn. */
  begin(normaliser: Arrays, targets: Float64Array): void;
  /**
   * Least squares by so many Adam steps, rounded up to whole calls, on batches drawn with replacement.
   * @param states [rows, stateWidth]
   * @param targets [rows]
   */
  fit(states: Float32Array, targets: Float64Array, updates: number): Promise<void>;
  /** "value/…" as representation/value.ts wants them, in units of the reward. */
  arrays(): Arrays;
  state(): Omit<TrainingSnapshot, 'parts'>;
  restore(snapshot: Omit<TrainingSnapshot, 'parts'>): void;
  dispose(): Promise<void>;
}

export async function compileStateValue(
  { engine, threads, space }: Pick<Lab, 'engine' | 'threads' | 'space'>,
  shape: MlpShape,
  learningRate: number,
  random: Random,
): Promise<LearnedValue> {
  const width = stateWidth(space.layout);
  const weights = initialValue(space, shape, random.fork('weights'));
  const names = [...weights.keys()];
  const normaliser = plainNormaliser(space);
  const batches = random.fork('batches');
  const updates = await compileUpdates(
    engine,
    {
      ...{ name: 'value', arrays: withOptimiser(weights, normaliser), unroll: UNROLL, learningRate },
      feeds: [
        { name: 'state', shape: [1, BATCH, width] },
        { name: 'target', shape: [1, BATCH, 1] },
      ],
      step(current, feeds, schedule) {
        const inputs = policyInputs(space, current, feeds.state as tf.Tensor3D);
        const { gradients, loss } = gradientsOf(names, current, (tensors) => {
          const off = tf.sub(stateValue(shape, tensors, inputs), feeds.target as tf.Tensor);
          return { loss: tf.mean(tf.square(off)), extra: {} };
        });
        return { next: adamStep(current, gradients, schedule, () => 0), metrics: { loss } };
      },
    },
    threads,
  );
  const arraysOf = [...weights, ...normaliser];
  const values = await engine
    .compile(
      (given) => ({
        value: stateValue(shape, given, policyInputs(space, given, given.state as tf.Tensor3D)),
      }),
      [
        ...arraysOf.map(([name, array]) => ({ name, shape: array.shape })),
        { name: 'state', shape: [1, ROWS, width] },
      ],
      { name: 'values', threads },
    )
    .catch(async (thrown: unknown) => {
      await updates.dispose();
      throw thrown;
    });

  let state = updates.initial;
  let [done, centre, scale] = [0, 0, 1];
  return {
    async of(states, rows) {
      const result = new Float64Array(rows);
      const own = Object.fromEntries(arraysOf.map(([name]) => [name, state[name] as Float32Array]));
      for (let from = 0; from < rows; from += ROWS) {
        const part = new Float32Array(ROWS * width);
        part.set(states.subarray(from * width, Math.min(rows, from + ROWS) * width));
        const { value } = (await values.run({ ...own, state: part })) as { value: Float32Array };
        for (let row = from; row < Math.min(rows, from + ROWS); row++) {
          result[row] = centre + scale * (value[row - from] ?? 0);
        }
      }
      return result;
    },
    begin(inputs, targets) {
      state = { ...state, ...valuesOf(inputs) };
      centre = mean(targets);
      scale = Math.max(deviation(targets), 1e-3 * Math.abs(centre), 1e-6);
    },
    async fit(given, targets, count) {
      const rows = updates.unroll * BATCH;
      for (let update = 0; update < count; update += updates.unroll) {
        const [states, target] = [new Float32Array(rows * width), new Float32Array(rows)];
        for (let to = 0; to < rows; to++) {
          const row = batches.integer(targets.length);
          states.set(given.subarray(row * width, (row + 1) * width), to * width);
          target[to] = ((targets[row] ?? 0) - centre) / scale;
        }
        ({ state } = await updates.run(state, { state: states, target }, done + 1));
        done += updates.unroll;
      }
    },
    arrays() {
      const last = `value/layer${shape.hiddenLayers}`;
      const own = updates.arrays(state, 'value/');
      return new Map(
        [...own].map(([name, { shape, values }]) => {
          if (!name.startsWith(last)) return [name, { shape, values }];
          const shift = name.endsWith('bias') ? centre : 0;
          return [name, { shape, values: values.map((value) => shift + scale * value) }];
        }),
      );
    },
    state: () => ({
      arrays: state,
      counters: { valueUpdates: done, centre, scale },
      random: { valueBatches: batches.state() },
    }),
    restore({ arrays, counters, random }) {
      state = updates.restored(arrays);
      ({ valueUpdates: done = 0, centre = 0, scale = 1 } = counters);
      batches.restore(random.valueBatches ?? batches.state());
    },
    async dispose() {
      await Promise.all([updates.dispose(), values.dispose()]);
    },
  };
}
