import type { ChannelInfo } from '../../../shared/episode';
import { ForesightError } from '../../../shared/errors';
import type { ClassOptions, LossOptions } from '../../../shared/model-options';
import { modelClass } from '../classes';
import type { Gathered } from '../data/gather';
import { prepareData, type TrainingData } from '../data/training-data';
import type { DynamicsModel, Normaliser } from '../types';
import type { TrainRequest } from './request';

/**
 * Going on from a model when new episodes have arrived: its weights are where training starts, and its normaliser stays,
 * because the weights mean nothing under another. The optimiser starts afresh.
 */

/** @throws wrong-use or bad-data, naming the first thing in which the model and the training differ */
export function requireContinuable(from: DynamicsModel, { channels, options }: TrainRequest): void {
  const { summary } = from;
  const called = `"${summary.name}" (${summary.hash.slice(0, 8)})`;
  const refuse = (what: string, was: unknown, wanted: unknown, code: 'wrong-use' | 'bad-data') => {
    throw new ForesightError(
      code,
      `The training cannot go on from the model ${called}: it has ${what} ${was}, and the training asks for ${wanted}.`,
      code === 'wrong-use'
        ? 'Use the same class, network and loss as the model, or train a new one.'
        : 'Choose episodes with the channels and control period of the model, or train a new one.',
    );
  };
  const words = (list: ChannelInfo[]) =>
    list.map(({ name, unit, angle }) => `${name} (${unit}${angle ? ', angle' : ''})`).join(', ');
  const kinds = [
    ['the observations', words(summary.observations), words(channels.observations)],
    ['the actions', words(summary.actions), words(channels.actions)],
    ['a control period in seconds of', summary.periodSeconds, channels.periodSeconds],
  ] as const;
  for (const [what, was, wanted] of kinds) if (was !== wanted) refuse(what, was, wanted, 'bad-data');
  const pairs = [
    ['the class', summary.options.class, options.class],
    ['the loss', summary.options.loss, options.loss],
  ] as const;
  for (const [what, was, wanted] of pairs) {
    if (was.name !== wanted.name) refuse(what, was.name, wanted.name, 'wrong-use');
    const other = firstDifference(was, wanted);
    if (other) refuse(`"${other.key}"`, other.was, other.wanted, 'wrong-use');
  }
  for (const key of ['history', 'rewardHead'] as const) {
    if (summary.options[key] !== options[key]) {
      refuse(`"${key}"`, summary.options[key], options[key], 'wrong-use');
    }
  }
}

/** Options that say for how long something learns, not what. */
const AMOUNTS = new Set(['encoderSteps', 'encoderMore']);

function firstDifference<T extends ClassOptions | LossOptions>(was: T, wanted: T) {
  const key = Object.keys({ ...was, ...wanted }).find(
    (name) => !AMOUNTS.has(name) && was[name as keyof T] !== wanted[name as keyof T],
  );
  return key === undefined ? undefined : { key, was: was[key as keyof T], wanted: wanted[key as keyof T] };
}

/**
 * The data of a training that goes on from a model, in the model's own units. A channel that never changed for the model
 * and does now has none there: it gets those of the new data, and the notes say so. A class that is fitted in its own way
 * starts afresh, on all the data, and its notes say that.
 * @throws bad-data as `prepareData`
 */
export function continuedData(
  { channels, options }: Pick<TrainRequest, 'channels' | 'options'>,
  gathered: Gathered,
  { summary, normaliser }: DynamicsModel,
): TrainingData {
  const fresh = prepareData(channels, gathered, options);
  const called = `"${summary.name}" (${summary.hash.slice(0, 8)})`;
  if (modelClass(options.class.name).kind === 'direct') {
    const note = `A model of the class "${options.class.name}" does not go on from old weights: it was fitted anew to all the data.`;
    return { ...fresh, notes: [...fresh.notes, note] };
  }
  const input = awakened(fresh, normaliser, 'input');
  const target = awakened(fresh, normaliser, 'target');
  const used: Normaliser = {
    ...{ inputMean: input.mean, inputStd: input.std },
    ...{ targetMean: target.mean, targetStd: target.std },
  };
  const { inputNames, targetNames } = fresh.transitions;
  const data = prepareData(channels, gathered, options, used);
  return {
    ...data,
    notes: [
      ...data.notes,
      ...input.columns.map(
        (column) =>
          `Input "${inputNames[column]}" never changed for ${called}; from now on the model looks at it.`,
      ),
      ...target.columns.map(
        (column) =>
          `"${targetNames[column]}" always changed by the same amount for ${called}; from now on it is predicted.`,
      ),
      `Went on from ${called}, which may have learned from some of what is held out here, so the hold-out loss looks better than it is.`,
    ],
  };
}

const stillColumns = (std: Float32Array): number[] => [...std.keys()].filter((column) => std[column] === 0);

/** The model's mean and standard deviation, but those of the data for the columns that only the data has changing. */
function awakened(fresh: TrainingData, normaliser: Normaliser, of: 'input' | 'target') {
  const [mean, std] = [normaliser[`${of}Mean`].slice(), normaliser[`${of}Std`].slice()];
  const columns = stillColumns(std).filter((column) => fresh.normaliser[`${of}Std`][column] !== 0);
  for (const column of columns) {
    mean[column] = fresh.normaliser[`${of}Mean`][column];
    std[column] = fresh.normaliser[`${of}Std`][column];
  }
  return { mean, std, columns };
}
