import * as tf from '@tensorflow/tfjs-core';
import { predictedMembers, predictionArrays, predictorOf } from '../../src/main/dynamics/classes';
import { collectTransitions } from '../../src/main/dynamics/data/transitions';
import { arrayConstants } from '../../src/main/dynamics/predictor';
import type { DynamicsModel, TrainingEpisode } from '../../src/main/dynamics/types';
import { openEngine } from '../../src/main/tensor';

/** Mean over the predicting members and both parts of the variance, [rows, targets] row-major, SI units. */
export interface Moments {
  mean: Float64Array;
  noise: Float64Array;
  /** Disagreement of the members' means, and what each does not know. */
  ignorance: Float64Array;
}

/** What a model predicts for states and actions, by the graph that everything else uses. */
export async function momentsOf(
  model: DynamicsModel,
  states: ArrayLike<number>,
  actions: ArrayLike<number>,
  rows: number,
): Promise<Moments> {
  const arrays = predictionArrays(model);
  const members = predictedMembers(arrays);
  const specs = [
    { name: 'state', shape: [1, rows, states.length / rows] },
    { name: 'action', shape: [1, rows, actions.length / rows] },
  ];
  const compiled = await (await openEngine()).compile(
    ({ state, action }) => {
      const [s, a] = [state, action].map((x) => tf.tile(x as tf.Tensor3D, [members, 1, 1]));
      const predictor = predictorOf(model, arrayConstants(arrays));
      const { mean, logVariance, ignorance } = predictor.predict(s as tf.Tensor3D, a as tf.Tensor3D);
      return { mean, noise: tf.exp(logVariance), ...(ignorance && { ignorance }) };
    },
    specs,
    { name: 'moments' },
  );
  const feeds = { state: Float32Array.from(states), action: Float32Array.from(actions) };
  const result = await compiled.run(feeds);
  await compiled.dispose();
  const mean = result.mean as Float32Array;
  const size = mean.length / members;
  const average = (values: ArrayLike<number>) =>
    Float64Array.from({ length: size }, (_, i) => {
      let sum = 0;
      for (let member = 0; member < members; member++) sum += values[member * size + i];
      return sum / members;
    });
  const centre = average(mean);
  const spread = average(mean.map((value, i) => (value - centre[i % size]) ** 2));
  const own = result.ignorance && average(result.ignorance);
  return {
    mean: centre,
    noise: average(result.noise as Float32Array),
    ignorance: spread.map((value, i) => value + (own?.[i] ?? 0)),
  };
}

/** Negative log-likelihood of recorded transitions, nats a target, SI units. */
export async function negativeLogLikelihood(
  model: DynamicsModel,
  episodes: readonly TrainingEpisode[],
): Promise<number> {
  const { states, actions, targets, count } = collectTransitions(model.summary, episodes);
  const { mean, noise, ignorance } = await momentsOf(model, states, actions, count);
  let sum = 0;
  for (const [i, target] of targets.entries()) {
    const variance = noise[i] + ignorance[i];
    sum += 0.5 * (Math.log(2 * Math.PI * variance) + (target - mean[i]) ** 2 / variance);
  }
  return sum / targets.length;
}
