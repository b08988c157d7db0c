import * as tf from '@tensorflow/tfjs-core';
import type { Predictor } from '../dynamics/network';
import type { TensorTask } from '../task';
import type { TensorProgram, TensorSpec } from '../tensor';

/** Sizes of one rollout graph. Rows lie in `groups` equal blocks, block m being predicted by member m. */
export interface RolloutShape {
  horizon: number;
  /** Ensemble members that predict (the elites). */
  groups: number;
  /** Rows in each block. */
  rowsPerGroup: number;
  observations: number;
  actions: number;
  /**
   * TS1 (Chua et al. 2018): rows change to another block, so to another member, before every step but the first.
   * Otherwise a row stays with its member (TS∞).
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
 *   start   [observations]
 *   actions [horizon, places, actions]   action of the row that lies at that place at that step
 *   moves   [horizon − 1, places] int32  place at the step before of the row that lies here now
 *   places  [horizon · candidates · particles] int32  place of every row at every step, plus step × places
 *   noise   [horizon, places, observations]  standard normal
 */
export function rolloutInputs(shape: RolloutShape): TensorSpec[] {
  const places = rowsOf(shape);
  const { horizon, observations, actions } = shape;
  const specs: TensorSpec[] = [
    { name: 'start', shape: [observations] },
    { name: 'actions', shape: [horizon, places, actions] },
  ];
  if (movesRows(shape)) {
    specs.push(
      { name: 'moves', shape: [horizon - 1, places], dtype: 'int32' },
      { name: 'places', shape: [horizon * shape.candidates * shape.particles], dtype: 'int32' },
    );
  }
  if (shape.noise) specs.push({ name: 'noise', shape: [horizon, places, observations] });
  return specs;
}

/** One member has nobody to change with, and one step no time to. */
export const movesRows = ({ shuffle, groups, horizon }: RolloutShape): boolean =>
  shuffle && groups > 1 && horizon > 1;

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
  const { groups, rowsPerGroup, observations, actions, horizon } = shape;
  const places = rowsOf(shape);
  return (inputs): Record<string, tf.Tensor> => {
    const predictor = predict(inputs);
    const start = input(inputs, 'start');
    const allActions = input(inputs, 'actions');
    const blocks = (x: tf.Tensor, channels: number): tf.Tensor3D =>
      tf.reshape(x, [groups, rowsPerGroup, channels]);
    const before: tf.Tensor[] = [];
    const after: tf.Tensor[] = [];
    let state = tf.mul(tf.reshape(start, [1, 1, observations]), tf.ones([groups, rowsPerGroup, 1]));
    for (let t = 0; t < horizon; t++) {
      if (t > 0 && movesRows(shape)) {
        const moves = tf.reshape(tf.slice(input(inputs, 'moves'), [t - 1, 0], [1, places]), [places]);
        state = blocks(
          tf.gather(tf.reshape(state, [places, observations]), moves as tf.Tensor1D),
          observations,
        );
      }
      const action = blocks(tf.slice(allActions, [t, 0, 0], [1, places, actions]), actions);
      const { mean, logVariance } = predictor.predictResidual(state as tf.Tensor3D, action);
      let next: tf.Tensor = tf.add(state, mean);
      if (shape.noise) {
        const noise = blocks(
          tf.slice(input(inputs, 'noise'), [t, 0, 0], [1, places, observations]),
          observations,
        );
        next = tf.add(next, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5))));
      }
      before.push(tf.reshape(state, [1, places, observations]));
      after.push(tf.reshape(next, [1, places, observations]));
      state = next;
    }
    const states = tf.concat(after, 0);
    const returns = discountlessReturns(shape, task, inputs, tf.concat(before, 0), allActions, states);
    return shape.trajectories ? { returns, states } : { returns };
  };
}

/** [candidates] from the transitions of all steps, [horizon, places, channels] each. */
function discountlessReturns(
  shape: RolloutShape,
  task: TensorTask,
  inputs: Record<string, tf.Tensor>,
  before: tf.Tensor,
  action: tf.Tensor,
  after: tf.Tensor,
): tf.Tensor {
  const { horizon, candidates, particles } = shape;
  const rows = candidates * particles;
  /** From [horizon, places] to [horizon, rows]. */
  const byRow = (x: tf.Tensor): tf.Tensor => {
    if (!movesRows(shape)) return tf.slice(x, [0, 0], [horizon, rows]);
    const places = input(inputs, 'places') as tf.Tensor1D;
    return tf.reshape(tf.gather(tf.reshape(x, [-1]), places), [horizon, rows]);
  };
  let rewards = byRow(task.reward(before, action, after));
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
