import * as tf from '@tensorflow/tfjs-core';
import type { ActorShape } from '../../../shared/policy';
import { stateWidth } from '../../dynamics/layout';
import type { Tensors } from '../../dynamics/mlp';
import type { TensorSpec } from '../../tensor';
import { noiseWidthOf } from '../representation/acting';
import type { ImaginedModel, Imagining } from './model';
import { imaginedStep } from './step';

/** Imagined rollouts as tensors of one program, step by step, [1, rows, …] each. */
export interface Unrolled {
  /** [steps + 1] */
  states: tf.Tensor3D[];
  /** [steps] each, units of the ranges. */
  actions: tf.Tensor3D[];
  rewards: tf.Tensor3D[];
  /** 1 where the task goes on after the step, 0 where that ended it. */
  continues: tf.Tensor3D[];
  /** 1 where the step is one of the task: none before it ended it. */
  alive: tf.Tensor3D[];
}

/**
 * What an unrolled rollout is fed with: "start", "actionNoise", "modelNoise", and "dealt" [steps, members], of every member the
 * block of rows that it predicts, a permutation for every step.
 * @param rows a multiple of the members
 */
export function unrolledSpecs(
  { space }: Imagining,
  { members, noiseWidth }: ImaginedModel,
  shape: ActorShape,
  { rows, steps }: { rows: number; steps: number },
): TensorSpec[] {
  return [
    { name: 'start', shape: [1, rows, stateWidth(space.layout)] },
    { name: 'actionNoise', shape: [steps, rows, noiseWidthOf(space, shape)] },
    { name: 'modelNoise', shape: [steps * members, rows / members, noiseWidth] },
    { name: 'dealt', shape: [steps, members] },
  ];
}

/**
 * Rollouts of a policy through a model, to be differentiated. The blocks of rows are dealt to the members anew at every step:
 * rows begin in random order, so each meets a random member, and its state stays where it lies. A row whose task ended stands
 * still from then on, so that nothing runs off to infinity that a gradient would come back from.
 * @param tensors the actor's arrays and the model's
 */
export function unrolledRollout(
  imagining: Imagining,
  model: ImaginedModel,
  shape: ActorShape,
  tensors: Tensors,
  feeds: Tensors,
): Unrolled {
  const { members } = model;
  const slices = (name: string): tf.Tensor[] => {
    const all = feeds[name] as tf.Tensor;
    return tf.split(all, feeds.dealt?.shape[0] ?? 1, 0);
  };
  const [noises, modelNoises, dealt] = [slices('actionNoise'), slices('modelNoise'), slices('dealt')];
  const start = feeds.start as tf.Tensor3D;
  const ones: tf.Tensor3D = tf.onesLike(tf.slice3d(start, [0, 0, 0], [-1, -1, 1]));
  const found: Unrolled = { states: [start], actions: [], rewards: [], continues: [], alive: [] };
  let [state, alive] = [start, ones];
  for (const [step, noise] of noises.entries()) {
    const drawn = { action: noise as tf.Tensor3D, model: modelNoises[step] as tf.Tensor3D };
    const order: tf.Tensor1D = tf.cast(tf.reshape(dealt[step] as tf.Tensor, [members]), 'int32');
    const to = members > 1 ? order : undefined;
    const { action, next, reward, ends } = imaginedStep(imagining, model, shape, tensors, state, drawn, to);
    const continues: tf.Tensor3D = ends ? tf.sub(1, ends) : ones;
    found.alive.push(alive);
    found.actions.push(action);
    found.rewards.push(reward);
    found.continues.push(continues);
    if (ends) {
      alive = tf.mul(alive, continues);
      const goesOn = tf.tile(tf.greater(alive, 0.5), [1, 1, next.shape[2]]);
      state = tf.where(goesOn, next, state);
    } else state = next;
    found.states.push(state);
  }
  return found;
}

/**
 * λ-returns (Sutton & Barto 2018, 12.1, as Dreamer has them, Hafner et al. 2020):
 *   R_t = r_t + γ c_t ((1 − λ_t) V(s_{t+1}) + λ_t R_{t+1}),   R_steps = V(s_steps)
 * λ_t is λ, and 0 at the last step of a rollout that is shorter than the program.
 * @param values [steps + 1] V of the states
 * @param lambdas [steps] scalars
 * @returns [steps]
 */
export function lambdaReturns(
  { rewards, continues }: Pick<Unrolled, 'rewards' | 'continues'>,
  values: readonly tf.Tensor3D[],
  lambdas: readonly tf.Tensor[],
  discount: number,
): tf.Tensor3D[] {
  const returns: tf.Tensor3D[] = [];
  let after = values.at(-1) as tf.Tensor3D;
  for (let step = rewards.length - 1; step >= 0; step--) {
    const lambda = tf.reshape(lambdas[step] as tf.Tensor, [1, 1, 1]);
    const value = values[step + 1] as tf.Tensor3D;
    const beyond = tf.add(value, tf.mul(lambda, tf.sub(after, value)));
    after = tf.add(
      rewards[step] as tf.Tensor3D,
      tf.mul(discount, tf.mul(continues[step] as tf.Tensor3D, beyond)),
    );
    returns.unshift(after);
  }
  return returns;
}
