import * as tf from '@tensorflow/tfjs-core';
import type { ModelSummary } from '../../shared/model';

/**
 * What a model's tensors mean, whatever its class.
 *
 * **State**: what a prediction starts from, SI units. The newest observation, then the `history` − 1 before it
 * (newest first), then the `history` − 1 actions between them (newest first):
 *   s_t = [o_t, o_{t−1}, …, a_{t−1}, …], `stateWidth` numbers. With a history of 1 it is the observation.
 * **Inputs**: what a network sees: the newest observation with every angle as sine and cosine, the changes that led to it,
 * the past actions, then the action; normalised.
 * **Targets**: what it predicts: the change of every observation channel over one control period, angles by the shorter
 * way, then the reward of the step where it is learned (itself, not its change).
 */
export interface ModelLayout {
  /** One entry an observation channel, in order: is it an angle? */
  angles: boolean[];
  /** Action channels. */
  actions: number;
  /** Observations in a state, 1 or more. */
  history: number;
  /** Is the reward the last target? */
  reward: boolean;
}

/** The layout of a model, from its summary or from what it will be trained with. */
export function modelLayout({
  observations,
  actions,
  options,
}: Pick<ModelSummary, 'observations' | 'actions'> & {
  options: Pick<ModelSummary['options'], 'history' | 'rewardHead'>;
}): ModelLayout {
  return {
    angles: observations.map((channel) => channel.angle),
    actions: actions.length,
    history: options.history,
    reward: options.rewardHead,
  };
}

export const stateWidth = ({ angles, actions, history }: ModelLayout): number =>
  history * angles.length + (history - 1) * actions;

/** Network inputs: one a plain observation channel and two an angle, one a change of either, one an action. */
export const inputCount = ({ angles, actions, history }: ModelLayout): number =>
  angles.reduce((sum, angle) => sum + (angle ? 2 : 1), 0) + (history - 1) * angles.length + history * actions;

/** Network inputs of the state alone. */
export const stateInputCount = (layout: ModelLayout): number => inputCount(layout) - layout.actions;

export const targetCount = ({ angles, reward }: ModelLayout): number => angles.length + (reward ? 1 : 0);

/** Columns [begin, end) of the last axis. */
function columns(x: tf.Tensor3D, begin: number, end: number): tf.Tensor3D {
  const width = x.shape[2];
  return begin === 0 && end === width ? x : tf.slice3d(x, [0, 0, begin], [-1, -1, end - begin]);
}

/**
 * State and action to the network's inputs before normalisation. Order: the newest observation's plain channels and angles
 * as they come, an angle as sine then cosine; for every observation before, newest first, how much each channel changed
 * from it to the one after, an angle by the shorter way; the past actions as they lie in the state; the action. Changes and
 * not the older observations themselves, because what the history is there for, a velocity or what a late action did, is
 * their difference: beside the spread of a position it would be lost.
 * @param state [members or 1, batch, stateWidth], SI units; angles need not be wrapped
 * @param action [members or 1, batch, actions]
 * @returns [members or 1, batch, inputs]
 */
export const expandInputs = (layout: ModelLayout, state: tf.Tensor3D, action: tf.Tensor3D): tf.Tensor3D =>
  tf.concat([...expandedParts(layout, state), action], 2);

/** The same without the action: what a network of the state alone sees, [members or 1, batch, stateInputCount]. */
export const expandState = (layout: ModelLayout, state: tf.Tensor3D): tf.Tensor3D =>
  tf.concat(expandedParts(layout, state), 2);

function expandedParts(layout: ModelLayout, state: tf.Tensor3D): tf.Tensor3D[] {
  const { angles, history } = layout;
  const width = angles.length;
  const observed = history * width;
  const parts: tf.Tensor3D[] = [];
  for (let begin = 0, end = 0; begin < width; begin = end) {
    end = begin + 1;
    // A run of plain columns is one slice; an angle is one alone, to keep sine beside cosine.
    if (!angles[begin]) while (end < width && !angles[end]) end++;
    const run = columns(state, begin, end);
    if (angles[begin]) parts.push(tf.sin(run), tf.cos(run));
    else parts.push(run);
  }
  if (history > 1) {
    const changes: tf.Tensor3D = tf.sub(columns(state, 0, observed - width), columns(state, width, observed));
    const isAngle = Array.from({ length: observed - width }, (_, column) => angles[column % width] === true);
    parts.push(shorterWay(changes, isAngle));
    const past = stateWidth(layout);
    if (past > observed) parts.push(columns(state, observed, past));
  }
  return parts;
}

/**
 * Differences of angles wrapped to [−π, π), of other columns as they are; the gradient of the turns is zero.
 * @param isAngle one entry a column of the last axis
 */
export function shorterWay(difference: tf.Tensor3D, isAngle: readonly boolean[]): tf.Tensor3D {
  if (!isAngle.includes(true)) return difference;
  const turn = tf.tensor3d(
    isAngle.map((angle) => (angle ? 2 * Math.PI : 0)),
    [1, 1, isAngle.length],
  );
  const turns = tf.floor(tf.add(tf.mul(difference, 1 / (2 * Math.PI)), 0.5));
  return tf.sub(difference, tf.mul(turns, turn));
}

/** The newest observation of a state, [members, batch, observations]. */
export const observationOf = (layout: ModelLayout, state: tf.Tensor3D): tf.Tensor3D =>
  columns(state, 0, layout.angles.length);

/**
 * The state one control period later. Angles are not wrapped.
 * @param target [members, batch, targets] SI units, predicted or recorded
 */
export function nextState(
  layout: ModelLayout,
  state: tf.Tensor3D,
  action: tf.Tensor3D,
  target: tf.Tensor3D,
): tf.Tensor3D {
  const { history, actions } = layout;
  const observations = layout.angles.length;
  const next: tf.Tensor3D = tf.add(observationOf(layout, state), columns(target, 0, observations));
  if (history === 1) return next;
  const observed = history * observations;
  const parts = [next, columns(state, 0, observed - observations), action];
  if (history > 2) parts.push(columns(state, observed, observed + (history - 2) * actions));
  return tf.concat(parts, 2);
}

/** The predicted reward of the step, [members, batch, 1]. @throws RangeError for a model without one */
export function rewardOf(layout: ModelLayout, target: tf.Tensor3D): tf.Tensor3D {
  if (!layout.reward) throw new RangeError('the model does not predict the reward');
  return columns(target, layout.angles.length, layout.angles.length + 1);
}

/**
 * nextState in numbers: the state after an action led to an observation.
 * @param state [stateWidth]
 * @param action [actions] the one that was executed
 * @param observation [observations] what came of it
 * @returns [stateWidth]; `observation` itself where a state is nothing else
 */
export function stateAfter(
  { angles, actions, history }: ModelLayout,
  state: Float32Array,
  action: Float32Array,
  observation: Float32Array,
): Float32Array {
  if (history === 1) return observation;
  const observed = history * angles.length;
  const next = new Float32Array(state.length);
  next.set(observation);
  next.set(state.subarray(0, observed - angles.length), angles.length);
  next.set(action, observed);
  next.set(state.subarray(observed, observed + (history - 2) * actions), observed + actions);
  return next;
}

/**
 * A state from recorded numbers, newest first; what lies before the first row repeats it, with `rest` as the action,
 * as if the rig had stood still.
 * @param observations [rows][observations], the last row being the newest
 * @param actions [rows − 1 or more][actions], action r being executed after row r
 */
export function stateFrom(
  layout: ModelLayout,
  observations: readonly ArrayLike<number>[],
  actions: readonly ArrayLike<number>[],
  rest: ArrayLike<number>,
): Float32Array {
  const width = layout.angles.length;
  const state = new Float32Array(stateWidth(layout));
  const newest = observations.length - 1;
  for (let age = 0; age < layout.history; age++) {
    state.set(observations[Math.max(0, newest - age)] ?? [], age * width);
  }
  for (let age = 1; age < layout.history; age++) {
    const action = newest - age < 0 ? rest : (actions[newest - age] ?? rest);
    state.set(action, layout.history * width + (age - 1) * layout.actions);
  }
  return state;
}
