import * as tf from '@tensorflow/tfjs-core';
import { quantile } from '../../shared/statistics';
import type { Engine, TensorProgram, TensorSpec } from '../tensor';
import { arrayConstants, predictedMembers, predictionArrays, predictorOf } from './classes';
import { collectTransitions } from './data/transitions';
import { type ModelLayout, modelLayout, stateWidth } from './layout';
import { named } from './mlp';
import type { Prediction } from './predictor';
import type { DynamicsModel, TrainingEpisode } from './types';

/**
 * Where a model knows what it says. Of one step from a state, the epistemic deviation in units of what one step
 * usually changes,
 *
 *   d(s, a)² = mean over channels c of (Var_m[μ_m,c(s, a)] + mean_m[ignorance_m,c(s, a)]) / σ_c²
 *
 * with σ_c the deviation of channel c's one-step change in the training data. A state is known territory when d is no
 * larger than what 99 % of the training transitions have.
 */
export interface Territory {
  /** The limit of d. */
  readonly limit: number;
  /**
   * @param states [rows, stateWidth] SI units
   * @param actions [rows, actions]
   * @returns [rows] d
   */
  deviations(states: Float32Array, actions: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Share of the training transitions that count as known. */
const KNOWN = 0.99;
/** Training transitions looked at, evenly spread: enough for a 99 % quantile. */
const MOST_ROWS = 4000;
/** Transitions in one call. */
const BATCH = 256;

/** d above, [rows], from a prediction of every member for the same rows. Traceable. */
export function normalisedIgnorance(
  layout: ModelLayout,
  { mean, ignorance }: Prediction,
  targetStd: ArrayLike<number>,
): tf.Tensor {
  const channels = layout.angles.length;
  const changing = Array.from({ length: channels }, (_, c) => targetStd[c]);
  const count = Math.max(1, changing.filter((std) => std > 0).length);
  const weights = changing.map((std) => (std > 0 ? 1 / (std ** 2 * count) : 0));
  const between = tf.mean(tf.square(tf.sub(mean, tf.mean(mean, 0, true))), 0);
  const variance = ignorance ? tf.add(between, tf.mean(ignorance, 0)) : between;
  const seen = tf.slice(variance, [0, 0], [-1, channels]);
  return tf.sqrt(tf.sum(tf.mul(seen, tf.tensor1d(weights)), -1));
}

export async function compileTerritory(
  engine: Engine,
  model: DynamicsModel,
  { rows, limit, threads = 1 }: { rows: number; limit: number; threads?: number },
): Promise<Territory> {
  const layout = modelLayout(model.summary);
  const arrays = predictionArrays(model);
  const members = predictedMembers(arrays);
  const specs: TensorSpec[] = [
    { name: 'states', shape: [1, rows, stateWidth(layout)] },
    { name: 'actions', shape: [1, rows, layout.actions] },
  ];
  const program: TensorProgram = (inputs) => {
    const forAll = (name: string) => tf.tile(named(inputs, name), [members, 1, 1]);
    const predicted = predictorOf(model, arrayConstants(arrays)).predict(forAll('states'), forAll('actions'));
    return { deviations: normalisedIgnorance(layout, predicted, model.normaliser.targetStd) };
  };
  const compiled = await engine.compile(program, specs, { name: 'known territory', threads });
  return {
    limit,
    async deviations(states, actions) {
      const { deviations } = await compiled.run({ states, actions });
      return deviations as Float32Array;
    },
    dispose: () => compiled.dispose(),
  };
}

/**
 * The limit of d for a model, from the transitions that it learned from. Null where nobody can tell: a single member
 * without a closed form of what it does not know, or no transitions.
 */
export async function knownTerritoryOf(
  engine: Engine,
  model: DynamicsModel,
  episodes: readonly TrainingEpisode[],
  threads: number,
): Promise<number | null> {
  const { summary } = model;
  const layout = modelLayout(summary);
  const { history } = summary.options;
  const { count, states, actions } = collectTransitions(summary, episodes, { history, rewardHead: false });
  if (count === 0) return null;
  const wanted = Math.min(count, MOST_ROWS);
  const [width, actionWidth] = [stateWidth(layout), layout.actions];
  const territory = await compileTerritory(engine, model, { rows: BATCH, limit: 0, threads });
  const all: number[] = [];
  try {
    for (let done = 0; done < wanted; done += BATCH) {
      const batch = Math.min(BATCH, wanted - done);
      const s = new Float32Array(BATCH * width);
      const a = new Float32Array(BATCH * actionWidth);
      for (let i = 0; i < batch; i++) {
        const row = Math.floor(((done + i) * count) / wanted);
        s.set(states.subarray(row * width, (row + 1) * width), i * width);
        a.set(actions.subarray(row * actionWidth, (row + 1) * actionWidth), i * actionWidth);
      }
      all.push(...(await territory.deviations(s, a)).subarray(0, batch));
    }
  } finally {
    await territory.dispose();
  }
  const limit = quantile(all, KNOWN);
  // One member agrees with itself everywhere; that says nothing.
  return Number.isFinite(limit) && limit > 0 ? limit : null;
}
