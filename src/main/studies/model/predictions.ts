import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import {
  arrayConstants,
  modelClass,
  predictedMembers,
  predictionArrays,
  predictorOf,
} from '../../dynamics/classes';
import { modelLayout, stateWidth, targetCount } from '../../dynamics/layout';
import { named } from '../../dynamics/mlp';
import { trainThreads } from '../../dynamics/threads';
import type { DynamicsModel } from '../../dynamics/types';
import { openEngineOrDefault, type TensorSpec } from '../../tensor';

/** Rows in one call. */
const BATCH = 250;

/** What a model says about its own one-step predictions, one number a row: variances in units of the targets' own. */
export interface Uncertainty {
  /**
   * What is not known: the variance of the members' means and of each mean itself; undefined for a class that says
   * neither (one network alone).
   */
  epistemic: Float64Array | undefined;
  /** That and the noise. */
  total: Float64Array;
}

/**
 * Variances of the predicted change of every observation channel, divided by the variance of that change in the training
 * data, mean over the channels:
 *   total = mean_c [ mean_m σ²_mc + var_m μ_mc + mean_m ι_mc ] / s_c²,
 * with the noise σ², the means μ and, of classes that have it, the variance ι of a mean itself. Channels that never
 * changed do not count.
 * @param states [rows, stateWidth] SI units
 * @param actions [rows, actions]
 */
export async function uncertainties(
  model: DynamicsModel,
  states: Float64Array,
  actions: Float64Array,
): Promise<Uncertainty> {
  const layout = modelLayout(model.summary);
  const width = layout.angles.length;
  const arrays = predictionArrays(model);
  const members = predictedMembers(arrays);
  const weights = Float32Array.from(model.normaliser.targetStd.subarray(0, width), (std) =>
    std === 0 ? 0 : std ** -2,
  );
  const counted = Math.max(1, weights.filter((weight) => weight > 0).length);
  let knows = members > 1;
  const program = (feeds: Record<string, tf.Tensor>) => {
    const state = tf.tile(named(feeds, 'state'), [members, 1, 1]);
    const action = tf.tile(named(feeds, 'action'), [members, 1, 1]);
    const { mean, logVariance, ignorance } = predictorOf(model, arrayConstants(arrays)).predict(
      state,
      action,
    );
    if (ignorance) knows = true;
    const observed = (x: tf.Tensor3D) => tf.slice3d(x, [0, 0, 0], [-1, -1, width]);
    const scale = tf.tensor(weights, [1, 1, width]);
    const overChannels = (x: tf.Tensor) => tf.div(tf.sum(tf.mul(x, scale), 2), counted);
    const means = observed(mean);
    const apart = tf.mean(tf.square(tf.sub(means, tf.mean(means, 0, true))), 0, true);
    const own = ignorance ? tf.mean(observed(ignorance), 0, true) : tf.zerosLike(apart);
    const noise = tf.mean(tf.exp(observed(logVariance)), 0, true);
    return { epistemic: overChannels(tf.add(apart, own)), noise: overChannels(noise) };
  };
  const rows = actions.length / layout.actions;
  const epistemic = new Float64Array(rows);
  const total = new Float64Array(rows);
  const size = { state: stateWidth(layout), action: layout.actions };
  const specs: TensorSpec[] = [
    { name: 'state', shape: [1, BATCH, size.state] },
    { name: 'action', shape: [1, BATCH, size.action] },
  ];
  const engine = await openEngineOrDefault(model.summary.options.engine);
  const compiled = await engine.compile(program, specs, { name: 'uncertainty', threads: trainThreads() });
  try {
    for (let first = 0; first < rows; first += BATCH) {
      const last = Math.min(rows, first + BATCH);
      const outputs = await compiled.run({
        state: padded(states.subarray(first * size.state, last * size.state), BATCH * size.state),
        action: padded(actions.subarray(first * size.action, last * size.action), BATCH * size.action),
      });
      for (let row = first; row < last; row++) {
        const unknown = outputs.epistemic?.[row - first] ?? Number.NaN;
        epistemic[row] = unknown;
        total[row] = unknown + (outputs.noise?.[row - first] ?? Number.NaN);
      }
    }
  } finally {
    await compiled.dispose();
  }
  return { epistemic: knows ? epistemic : undefined, total };
}

/**
 * Draws of the observation that follows, noise included, `count` for each state and action; each draw is one member's,
 * the members in turn.
 * @param states [points, stateWidth] SI units
 * @param actions [points, actions]
 * @returns [points][count, observations] row-major
 */
export async function drawNext(
  model: DynamicsModel,
  states: Float64Array,
  actions: Float64Array,
  count: number,
  random: Random,
): Promise<Float64Array[]> {
  const layout = modelLayout(model.summary);
  const width = layout.angles.length;
  const arrays = predictionArrays(model);
  const members = predictedMembers(arrays);
  const { class: options, engine: engineName } = model.summary.options;
  const noiseWidth = modelClass(options.name).noiseWidth(layout, options);
  const size = { state: stateWidth(layout), action: layout.actions };
  const specs: TensorSpec[] = [
    { name: 'state', shape: [1, count, size.state] },
    { name: 'action', shape: [1, count, size.action] },
    { name: 'noise', shape: [members, count, noiseWidth] },
  ];
  const program = (feeds: Record<string, tf.Tensor>) => {
    const state = tf.tile(named(feeds, 'state'), [members, 1, 1]);
    const action = tf.tile(named(feeds, 'action'), [members, 1, 1]);
    return { drawn: predictorOf(model, arrayConstants(arrays)).sample(state, action, named(feeds, 'noise')) };
  };
  const engine = await openEngineOrDefault(engineName);
  const compiled = await engine.compile(program, specs, { name: 'draws', threads: trainThreads() });
  const targets = targetCount(layout);
  try {
    const all: Float64Array[] = [];
    for (let point = 0; point < actions.length / size.action; point++) {
      const state = states.subarray(point * size.state, (point + 1) * size.state);
      const { drawn } = await compiled.run({
        state: repeated(state, count),
        action: repeated(actions.subarray(point * size.action, (point + 1) * size.action), count),
        noise: random.fillNormal(new Float32Array(members * count * noiseWidth)),
      });
      const next = new Float64Array(count * width);
      for (let i = 0; i < count; i++) {
        const at = ((i % members) * count + i) * targets;
        for (let c = 0; c < width; c++)
          next[i * width + c] = (state[c] ?? 0) + (drawn?.[at + c] ?? Number.NaN);
      }
      all.push(next);
    }
    return all;
  } finally {
    await compiled.dispose();
  }
}

function padded(values: Float64Array, length: number): Float32Array {
  const array = new Float32Array(length);
  array.set(values);
  return array;
}

function repeated(row: Float64Array, times: number): Float32Array {
  return Float32Array.from({ length: row.length * times }, (_, i) => row[i % row.length] ?? 0);
}
