import * as tf from '@tensorflow/tfjs-core';
import { type ModelLayout, nextState, observationOf, rewardOf, stateWidth } from '../dynamics/layout';
import type { Predictor } from '../dynamics/predictor';
import type { TensorTask } from '../task';
import type { TensorProgram, TensorSpec } from '../tensor';

/** Sizes of one rollout graph. Rows lie in `groups` equal blocks, block m being predicted by member m. */
export interface RolloutShape {
  horizon: number;
  /** Ensemble members that predict (the elites). */
  groups: number;
  /** Rows in each block. */
  rowsPerGroup: number;
  layout: ModelLayout;
  /** Standard-normal numbers a row and step, when `noise` is on. */
  noiseWidth: number;
  /** Sum the model's own reward instead of the task's formula. */
  learnedReward: boolean;
  /**
   * TS1 (Chua et al. 2018): before every step rows are dealt to the blocks, so to the members, anew. Otherwise
   * row r stays in block ⌊r / rowsPerGroup⌋ (TS∞).
   */
  shuffle: boolean;
  /** Add the members' predicted noise, drawn outside. */
  noise: boolean;
  /** Rows averaged into one return: row r belongs to candidate ⌊r / particles⌋. */
  particles: number;
  /** Candidates whose return comes out; rows beyond candidates × particles only fill the blocks. */
  candidates: number;
  /** Also give every row's states. */
  trajectories: boolean;
}

export const rowsOf = (shape: RolloutShape): number => shape.groups * shape.rowsPerGroup;

/**
 * Inputs of a rollout graph besides the network's arrays. "Place" is where a row lies at a step, "row" is who it
 * is; without shuffling both are the same.
 *   start   [stateWidth] (dynamics/layout.ts)
 *   actions [horizon · groups, rowsPerGroup, actions]  action of the row that lies at that place at that step
 *   moves   [(horizon − 1) · groups, rowsPerGroup] int32  place at the step before of the row that lies here now
 *   places  [horizon · candidates · particles] int32  place of every row at every step, plus step × places
 *   noise   [horizon · groups, rowsPerGroup, noiseWidth]  standard normal
 * Steps lie along the first axis together with the blocks, so that cutting them apart leaves the network's shape.
 */
export function rolloutInputs(shape: RolloutShape): TensorSpec[] {
  const { horizon, groups, rowsPerGroup, layout, noiseWidth } = shape;
  const specs: TensorSpec[] = [
    { name: 'start', shape: [stateWidth(layout)] },
    { name: 'actions', shape: [horizon * groups, rowsPerGroup, layout.actions] },
  ];
  if (shuffles(shape)) {
    specs.push({ name: 'places', shape: [horizon * shape.candidates * shape.particles], dtype: 'int32' });
    if (horizon > 1) {
      specs.push({ name: 'moves', shape: [(horizon - 1) * groups, rowsPerGroup], dtype: 'int32' });
    }
  }
  if (shape.noise) specs.push({ name: 'noise', shape: [horizon * groups, rowsPerGroup, noiseWidth] });
  return specs;
}

/** Whether rows lie in a random order; with one member there is nobody to change with. */
export const shuffles = ({ shuffle, groups }: RolloutShape): boolean => shuffle && groups > 1;

/**
 * A whole rollout as one pure program: s_{t+1} = s_t + f_m(s_t, a_t), return = Σ_t alive_t · r(s_t, a_t, s_{t+1}).
 * The step that terminates still yields its own reward, no step after it does.
 *
 * The reward needs no place inside the loop over time: states of all steps are evaluated together at its end,
 * in few large operations instead of many small ones.
 *
 * Outputs: returns [candidates]; with `trajectories`, states [horizon, places, observations] (s_1 …).
 * @param predict gives the predictor from the program's inputs, so that weights may be inputs or constants
 */
export function rolloutProgram(
  shape: RolloutShape,
  predict: (inputs: Record<string, tf.Tensor>) => Predictor,
  task: TensorTask,
): TensorProgram {
  const { groups, rowsPerGroup, horizon, layout } = shape;
  const width = stateWidth(layout);
  const places = rowsOf(shape);
  return (inputs): Record<string, tf.Tensor> => {
    const predictor = predict(inputs);
    const start = tf.reshape(input(inputs, 'start'), [1, 1, width]);
    const actions = steps(input(inputs, 'actions'), horizon);
    const moves = shuffles(shape) && horizon > 1 ? steps(input(inputs, 'moves'), horizon - 1) : [];
    const noise = shape.noise ? steps(input(inputs, 'noise'), horizon) : [];
    const before: tf.Tensor[] = [];
    const after: tf.Tensor[] = [];
    const learned: tf.Tensor[] = [];
    let state = tf.mul(start, tf.ones([groups, rowsPerGroup, 1])) as tf.Tensor3D;
    for (const [t, action] of actions.entries()) {
      const move = moves[t - 1];
      if (move) {
        const byPlace: tf.Tensor = tf.reshape(state, [places, width]);
        state = tf.gather(byPlace, move as tf.Tensor2D) as tf.Tensor3D;
      }
      const drawn = noise[t] as tf.Tensor3D | undefined;
      const done = action as tf.Tensor3D;
      const target = drawn ? predictor.sample(state, done, drawn) : predictor.predict(state, done).mean;
      const next = nextState(layout, state, done, target);
      before.push(observationOf(layout, state));
      after.push(observationOf(layout, next));
      if (shape.learnedReward) learned.push(rewardOf(layout, target));
      state = next;
    }
    const states = tf.concat(after, 0);
    const rewards = learned.length > 0 ? tf.squeeze(tf.concat(learned, 0), [2]) : undefined;
    const returns = totalRewards(shape, task, inputs, tf.concat(before, 0), states, rewards);
    return shape.trajectories
      ? { returns, states: tf.reshape(states, [horizon, places, layout.angles.length]) }
      : { returns };
  };
}

/** [n · groups, …] to n tensors of [groups, …]. */
function steps(x: tf.Tensor, n: number): tf.Tensor[] {
  return n === 1 ? [x] : tf.split(x, n, 0);
}

/** [candidates] from the transitions of all steps, [horizon · groups, rowsPerGroup, channels] each. */
function totalRewards(
  shape: RolloutShape,
  task: TensorTask,
  inputs: Record<string, tf.Tensor>,
  before: tf.Tensor,
  after: tf.Tensor,
  learned: tf.Tensor | undefined,
): tf.Tensor {
  const { horizon, candidates, particles } = shape;
  const action = input(inputs, 'actions');
  const rows = candidates * particles;
  /** Whatever lies at a place, [horizon · groups, rowsPerGroup], by row instead: [horizon, rows]. */
  const byRow = (x: tf.Tensor): tf.Tensor => {
    if (!shuffles(shape)) return tf.slice(tf.reshape(x, [horizon, rowsOf(shape)]), [0, 0], [horizon, rows]);
    const places = input(inputs, 'places') as tf.Tensor1D;
    return tf.reshape(tf.gather(tf.reshape(x, [-1]), places), [horizon, rows]);
  };
  let rewards = byRow(learned ?? task.reward(before, action, after));
  if (task.terminated) {
    const endings = byRow(task.terminated(before, action, after));
    const endedBefore = tf.cumsum(endings, 0, true);
    // where, not a product: a prediction that has left all bounds after the end may give a reward of NaN.
    rewards = tf.where(tf.equal(endedBefore, tf.scalar(0)), rewards, tf.zerosLike(rewards));
  }
  const returns = tf.reshape(tf.sum(rewards, 0), [candidates, particles]);
  return tf.mean(returns, 1);
}

function input(inputs: Record<string, tf.Tensor>, name: string): tf.Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`the rollout has no input "${name}"`);
  return tensor;
}
