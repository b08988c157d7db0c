import * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import type { TaskFile } from '../../../shared/task';
import { modelClass, predictedMembers, predictionArrays } from '../../dynamics/classes';
import { type ModelLayout, modelLayout, rewardOf, targetCount } from '../../dynamics/layout';
import { named, type Tensors } from '../../dynamics/mlp';
import type { Prediction, Predictor } from '../../dynamics/predictor';
import type { DynamicsModel, ModelChannels } from '../../dynamics/types';
import { plannedPrediction } from '../../plan/prediction';
import { compileTensorTask } from '../../task';
import type { PolicySpace } from '../representation/space';
import type { Arrays } from '../representation/types';

const PREFIX = 'model/';

/**
 * What is subtracted from an imagined reward for what the model does not know, λ · u(s, a), u in units of what a channel
 * usually changes by in one step (the standard deviation of its targets, w = 1 / std):
 *   std           u = max_m √(mean_c (w_c σ_mc)²)              the largest of the members' predicted deviations (MOPO, Yu et al. 2020)
 *   disagreement  u = √(mean_c w_c² Var_m μ_mc)                 what the members do not agree on
 */
interface Penalty {
  kind: 'none' | 'std' | 'disagreement';
  /** λ, units of the reward. */
  weight: number;
}

/** What is imagined, beside the model's arrays. */
export interface Imagining {
  space: PolicySpace;
  task: TaskFile;
  /** The reward as the model has learned it, instead of the task's formula. */
  learnedReward: boolean;
  penalty: Penalty;
}

/** A model as something to act in. A refreshed model of the same shape has the same `key`, and arrays of its own. */
export interface ImaginedModel {
  layout: ModelLayout;
  /** Members that predict. */
  members: number;
  /** Standard-normal numbers a row that a draw needs. */
  noiseWidth: number;
  /** "model/…": everything that a refresh changes. */
  arrays: Arrays;
  /** Programs that were compiled for a model of this key can be fed with its arrays. */
  key: string;
  predictor(tensors: Tensors): Predictor;
  /**
   * r(s, a, s') and whether it ends the task, of single transitions. Traceable.
   * @param target [1, rows, targets] as predicted, for a learned reward
   * @returns reward [1, rows, 1] without penalty; ends [1, rows, 1] 1 or 0, null where nothing ends a task
   */
  judge(transition: { before: tf.Tensor; action: tf.Tensor; after: tf.Tensor; target: tf.Tensor3D }): {
    reward: tf.Tensor3D;
    ends: tf.Tensor3D | null;
  };
}

/** @throws wrong-use for a model without the reward that is asked for, bad-formula */
export function imaginedModel(model: DynamicsModel, { task, learnedReward }: Imagining): ImaginedModel {
  const { summary } = model;
  const layout = modelLayout(summary);
  if (learnedReward) requireReward(model);
  const predicting = predictionArrays(model);
  const prediction = plannedPrediction(model, predicting);
  const { class: options } = summary.options;
  const { offset, varying, terminated } = compileTensorTask(task, summary);
  const unit = {
    shape: [1, 1, targetCount(layout)],
    values: model.normaliser.targetStd.map((std) => (std === 0 ? 0 : 1 / std)),
  };
  const own = { ...prediction.arrays, unit };
  const arrays: Arrays = new Map(Object.entries(own).map(([name, array]) => [PREFIX + name, array]));
  return {
    layout,
    // Not of what it is folded to: where inputs lie far from 0, what is subtracted from them comes first there.
    members: predictedMembers(predicting),
    noiseWidth: modelClass(options.name).noiseWidth(layout, options),
    arrays,
    key: JSON.stringify([
      [...arrays].map(([name, { shape }]) => [name, shape]),
      ...[options, summary.options.history, summary.options.rewardHead, summary.recalibration],
    ]),
    predictor: (tensors) => prediction.predictor(withoutPrefix(tensors)),
    judge({ before, action, after, target }) {
      const rows = (x: tf.Tensor) => tf.reshape(x, [1, -1, 1]) as tf.Tensor3D;
      const reward = learnedReward
        ? rewardOf(layout, target)
        : (tf.add(rows(varying(before, action, after)), offset) as tf.Tensor3D);
      return { reward, ends: terminated && rows(tf.cast(terminated(before, action, after), 'float32')) };
    },
  };
}

const withoutPrefix = (tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), tensor] as const] : [],
    ),
  );

/**
 * u of the penalty. Traceable.
 * @param prediction [members, rows, targets] what every member says of every row
 * @returns [1, rows, 1]
 */
export function uncertainty(
  kind: 'std' | 'disagreement',
  { mean, logVariance, std, ignorance }: Prediction,
  tensors: Tensors,
): tf.Tensor3D {
  const weights = tf.square(named(tensors, `${PREFIX}unit`));
  // The root of what is exactly zero has no slope.
  const root = (squares: tf.Tensor) => tf.sqrt(tf.add(squares, 1e-20)) as tf.Tensor3D;
  if (kind === 'std') {
    const noise = std ? tf.square(std) : tf.exp(logVariance);
    const variance = ignorance ? tf.add(noise, ignorance) : noise;
    return root(tf.max(tf.mean(tf.mul(variance, weights), 2, true), 0, true));
  }
  const apart = tf.mean(tf.square(tf.sub(mean, tf.mean(mean, 0, true))), 0, true);
  const variance = ignorance ? tf.add(apart, tf.mean(ignorance, 0, true)) : apart;
  return root(tf.mean(tf.mul(variance, weights), 2, true));
}

/** @throws wrong-use for a model that has not learned the reward */
export function requireReward({ summary }: DynamicsModel): void {
  if (summary.options.rewardHead) return;
  throw new ForesightError(
    'wrong-use',
    `The model "${summary.name}" has not learned the reward, so nothing can be imagined with it.`,
    "Use the task's formula, or train a model that learns the reward.",
  );
}

/** @throws wrong-use for a model that a policy of this rig and history cannot be learned in, naming the first difference */
export function requireModelOf(
  { summary }: DynamicsModel,
  channels: ModelChannels,
  space: PolicySpace,
): void {
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).join(', ');
  const pairs = [
    ['observations', names(summary.observations), names(channels.observations)],
    ['actions', names(summary.actions), names(channels.actions)],
    ['a control period in seconds of', `${summary.periodSeconds}`, `${channels.periodSeconds}`],
    ['a history of', `${summary.options.history}`, `${space.layout.history}`],
  ] as const;
  const other = pairs.find(([, has, wanted]) => has !== wanted);
  if (other === undefined) return;
  const [what, has, wanted] = other;
  throw new ForesightError(
    'wrong-use',
    `The model "${summary.name}" has ${what} ${has}; the policy needs ${wanted}.`,
    'Choose a model of this rig with the same history, or train one.',
  );
}
