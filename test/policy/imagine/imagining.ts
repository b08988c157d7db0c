import * as tf from '@tensorflow/tfjs-core';
import { predictedMembers, predictionArrays, predictorOf } from '../../../src/main/dynamics/classes';
import { stateWidth } from '../../../src/main/dynamics/layout';
import { arrayConstants } from '../../../src/main/dynamics/predictor';
import type { DynamicsModel, ModelChannels } from '../../../src/main/dynamics/types';
import { plainNormaliser } from '../../../src/main/policy/normaliser';
import { initialActor } from '../../../src/main/policy/representation/actor';
import type { PolicySpace } from '../../../src/main/policy/representation/space';
import type { Actor } from '../../../src/main/policy/representation/types';
import { openEngine } from '../../../src/main/tensor';
import type { ActorShape } from '../../../src/shared/policy';
import { Random } from '../../../src/shared/random';

/** An angle and a speed, moved by two motors. */
export const TURNING: ModelChannels = {
  observations: [
    { name: 'turn', unit: 'rad', angle: true, limits: null },
    { name: 'speed', unit: 'm/s', angle: false, limits: null },
  ],
  actions: [
    { name: 'left', unit: 'V', angle: false, limits: [-2, 6] },
    { name: 'right', unit: 'V', angle: false, limits: [-1, 1] },
  ],
  periodSeconds: 0.1,
};

export const spaceOf = ({ observations, actions }: ModelChannels, history = 1): PolicySpace => ({
  layout: { angles: observations.map(({ angle }) => angle), actions: actions.length, history, reward: false },
  limits: observations.map(({ limits }) => limits),
  actions: actions.map(({ name, limits }) => ({
    ...{ name, low: limits?.[0] ?? -1, high: limits?.[1] ?? 1, values: null },
  })),
});

/** An actor that learned nothing. */
export function untrainedActor(space: PolicySpace, kind: ActorShape['kind'], seed = 1): Actor {
  const shape: ActorShape = { kind, hiddenLayers: 1, hiddenUnits: 8, activation: 'tanh' };
  const arrays = new Map([...initialActor(space, shape, new Random(seed)), ...plainNormaliser(space)]);
  return { shape, arrays };
}

/** Models without noise: what a member predicts is what comes of it. */
export function quiet(model: DynamicsModel): DynamicsModel {
  for (const name of ['logVariance/min', 'logVariance/max']) model.weights.get(name)?.values.fill(-60);
  return model;
}

/**
 * What every member predicts of some rows, by the model's own predictor and not the folded one.
 * @returns of every member and row the targets, and their standard deviations
 */
export async function predictedRows(
  model: DynamicsModel,
  space: PolicySpace,
  states: Float32Array,
  actions: Float32Array,
): Promise<{ mean: Float32Array; std: Float32Array; members: number }> {
  const arrays = predictionArrays(model);
  const rows = states.length / stateWidth(space.layout);
  const program = await (await openEngine()).compile(
    ({ states, actions }) => {
      const { mean, logVariance } = predictorOf(model, arrayConstants(arrays)).predict(
        states as tf.Tensor3D,
        actions as tf.Tensor3D,
      );
      return { mean, std: tf.exp(tf.mul(logVariance, 0.5)) };
    },
    [
      { name: 'states', shape: [1, rows, stateWidth(space.layout)] },
      { name: 'actions', shape: [1, rows, space.actions.length] },
    ],
    { name: 'rows' },
  );
  const found = (await program.run({ states, actions })) as Record<'mean' | 'std', Float32Array>;
  await program.dispose();
  return { ...found, members: predictedMembers(arrays) };
}
