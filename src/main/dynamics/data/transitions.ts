import { wrapAngle } from '../../../shared/angles';
import type { ChannelInfo } from '../../../shared/episode';
import { ForesightError } from '../../../shared/errors';
import type { TrainOptions } from '../../../shared/model-options';
import { inputCount, type ModelLayout, modelLayout, stateWidth, targetCount } from '../layout';
import type { ModelChannels, TrainingEpisode } from '../types';
import { regularSteps, stepsOf } from './regular-runs';

/** Fewer transitions than this teach nothing about any rig. */
export const MIN_TRANSITIONS = 8;
/** Models compute in single precision, and squares of what they compute must fit in too. */
const MAX_FLOAT32 = 1e18;

/** What the columns of transitions are called. */
export interface TransitionNames {
  /** Names of the network's inputs, in order: "theta" for a plain channel, "sin(theta)", "cos(theta)" for an angle. */
  inputNames: string[];
  /** [inputs] the channel that each input is read from. */
  inputChannels: string[];
  targetNames: string[];
}

/**
 * Transitions (s, a, s') as a model learns them, row-major, SI units, not normalised (layout.ts says what they mean), written
 * out in full: for some thousands of them. What a training learns from is kept in less room (step-rows.ts).
 */
export interface TransitionTable extends TransitionNames {
  count: number;
  /** Steps left out because they did not take one control period: an observation that came late or not at all. */
  irregular: number;
  /** [count, stateWidth] */
  states: Float64Array;
  /** [count, actions] */
  actions: Float64Array;
  /** [count, inputs] the order of expandInputs. */
  inputs: Float64Array;
  /** [count, targets] residual s' − s, of angles wrapped to [−π, π); then the reward where it is learned. */
  targets: Float64Array;
  /** [count] the transition that begins where this one ends, −1 where there is none. */
  following: Int32Array;
}

/**
 * All transitions of the episodes that took one control period, in order (regular-runs.ts says why only those); the same
 * holds for every step of a state's history.
 * @throws bad-data with a sentence for a value that is no number, for a matrix that does not fit the channels and for
 *   a reward that is to be learned and was not recorded
 */
export function collectTransitions(
  channels: ModelChannels,
  episodes: readonly TrainingEpisode[],
  { history, rewardHead }: Pick<TrainOptions, 'history' | 'rewardHead'> = { history: 1, rewardHead: false },
): TransitionTable {
  const { observations, actions } = channels;
  const layout = modelLayout({ ...channels, options: { history, rewardHead } });
  for (const episode of episodes) checkEpisode(channels, episode, rewardHead);
  const steps = episodes.map(({ columns }) => regularSteps(columns, channels.periodSeconds));
  const usable = steps.map((rows) => withHistory(rows, history));
  const count = usable.reduce((sum, rows) => sum + rows.length, 0);
  const regular = steps.reduce((sum, rows) => sum + rows.length, 0);
  const [width, stateSize] = [observations.length, stateWidth(layout)];
  const [inputSize, targetSize] = [inputCount(layout), targetCount(layout)];
  const result: TransitionTable = {
    count,
    irregular: stepsOf(episodes) - regular,
    ...namesOf(channels, { history, rewardHead }),
    states: new Float64Array(count * stateSize),
    actions: new Float64Array(count * actions.length),
    inputs: new Float64Array(count * inputSize),
    targets: new Float64Array(count * targetSize),
    following: new Int32Array(count).fill(-1),
  };
  let index = 0;
  for (const [episode, { columns }] of episodes.entries()) {
    let before = Number.NaN;
    for (const row of usable[episode] ?? []) {
      const state = result.states.subarray(index * stateSize, (index + 1) * stateSize);
      const action = columns.actions.subarray(row * actions.length, (row + 1) * actions.length);
      for (let age = 0; age < history; age++) {
        const at = row - age;
        state.set(columns.observations.subarray(at * width, (at + 1) * width), age * width);
        if (age === 0) continue;
        const past = columns.actions.subarray(at * actions.length, (at + 1) * actions.length);
        state.set(past, history * width + (age - 1) * actions.length);
      }
      result.actions.set(action, index * actions.length);
      result.inputs.set(inputsOf(layout, state, action), index * inputSize);
      const target = index * targetSize;
      observations.forEach(({ angle }, channel) => {
        const now = columns.observations[row * width + channel];
        const next = columns.observations[(row + 1) * width + channel];
        result.targets[target + channel] = angle ? wrapAngle(next - now) : next - now;
      });
      if (rewardHead) result.targets[target + width] = columns.reward?.[row + 1] ?? Number.NaN;
      if (row === before + 1) result.following[index - 1] = index;
      before = row;
      index++;
    }
  }
  return result;
}

/** Of the rows (ascending), those that the `history` − 1 rows before are there too: one control period each. */
const withHistory = (regular: readonly number[], history: number): number[] =>
  regular.filter((row, at) => regular[at - (history - 1)] === row - (history - 1));

export function namesOf(
  channels: ModelChannels,
  { history, rewardHead }: Pick<TrainOptions, 'history' | 'rewardHead'>,
): TransitionNames {
  const inputs = inputsByName(channels, history);
  return {
    inputNames: inputs.map(({ name }) => name),
    inputChannels: inputs.map(({ channel }) => channel),
    targetNames: [...channels.observations.map(({ name }) => name), ...(rewardHead ? ['reward'] : [])],
  };
}

/** The network's inputs in order, each with the channel that it is read from. */
function inputsByName(
  { observations, actions }: ModelChannels,
  history: number,
): { name: string; channel: string }[] {
  const ages = Array.from({ length: history - 1 }, (_, i) => i + 1);
  const past = (age: number) => `${age} before`;
  return [
    ...observations.flatMap(({ name, angle }) =>
      (angle ? [`sin(${name})`, `cos(${name})`] : [name]).map((one) => ({ name: one, channel: name })),
    ),
    ...ages.flatMap((age) =>
      observations.map(({ name }) => ({ name: `change of ${name} ${past(age)}`, channel: name })),
    ),
    ...ages.flatMap((age) => actions.map(({ name }) => ({ name: `${name} ${past(age)}`, channel: name }))),
    ...actions.map(({ name }) => ({ name, channel: name })),
  ];
}

/** The network's inputs for one state and action, in the order of `expandInputs`, not normalised. */
export function inputsOf(
  { angles, history }: ModelLayout,
  state: ArrayLike<number>,
  action: ArrayLike<number>,
): number[] {
  const width = angles.length;
  const observed = history * width;
  const inputs: number[] = [];
  for (let column = 0; column < state.length; column++) {
    const value = state[column];
    const angle = angles[column % width];
    if (column >= observed) inputs.push(value);
    else if (column >= width) {
      const change = state[column - width] - value;
      inputs.push(angle ? wrapAngle(change) : change);
    } else if (angle) inputs.push(Math.sin(value), Math.cos(value));
    else inputs.push(value);
  }
  for (let column = 0; column < action.length; column++) inputs.push(action[column]);
  return inputs;
}

/** Shape and finite numbers, also in single precision; the action of the last row leads nowhere and may be NaN. */
export function checkEpisode(
  channels: ModelChannels,
  { id, firstRow = 0, columns }: TrainingEpisode,
  withReward = false,
): void {
  const check = (kind: string, list: ChannelInfo[], values: Float64Array, rows: number) => {
    if (values.length !== columns.rows * list.length) {
      throw new ForesightError(
        'bad-data',
        `Episode ${id} has ${values.length} ${kind} values in ${columns.rows} rows, which is not ${list.length} channels.`,
        'Choose episodes that were recorded with the same channels.',
      );
    }
    for (let i = 0; i < rows * list.length; i++) {
      if (Math.abs(values[i]) <= MAX_FLOAT32) continue;
      const row = Math.floor(i / list.length);
      throw new ForesightError(
        'bad-data',
        `Episode ${id} has ${values[i]} in ${kind} channel "${list[i % list.length]?.name}" at row ${firstRow + row}${
          Number.isFinite(values[i]) ? ', which is too large to compute with in single precision' : ''
        }.`,
        'Trim or delete this episode, or leave it out of the training.',
      );
    }
  };
  check('observation', channels.observations, columns.observations, columns.rows);
  check('action', channels.actions, columns.actions, Math.max(0, columns.rows - 1));
  if (!withReward) return;
  for (let row = 1; row < columns.rows; row++) {
    if (Math.abs(columns.reward?.[row] ?? Number.NaN) <= MAX_FLOAT32) continue;
    throw new ForesightError(
      'bad-data',
      `Episode ${id} has no reward at row ${firstRow + row}, so the reward cannot be learned from it.`,
      'Leave the episode out, or train without learning the reward.',
    );
  }
}
