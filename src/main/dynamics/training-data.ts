import { ForesightError } from '../../shared/errors';
import type { TrainOptions } from '../../shared/model-options';
import { Random } from '../../shared/random';
import {
  collectTransitions,
  fitNormaliser,
  MIN_TRANSITIONS,
  normalise,
  type Split,
  splitTransitions,
  type Transitions,
} from './dataset';
import { type ModelLayout, modelLayout } from './layout';
import { smoothEpisodes } from './smoothing';
import type { ModelChannels, Normaliser, TrainingEpisode } from './types';

/** Rows of normalised numbers, row-major. */
export interface Rows {
  /** [rows, inputs] */
  inputs: Float32Array;
  /** [rows, targets] */
  targets: Float32Array;
  rows: number;
}

/** Everything a training learns from. */
export interface TrainingData {
  layout: ModelLayout;
  /** SI units, everything there is. */
  transitions: Transitions;
  /** Indices into the transitions. */
  split: Split;
  normaliser: Normaliser;
  /** All transitions, normalised, in their order. */
  all: Rows;
  notes: string[];
}

/**
 * Smooths, collects, splits and normalises.
 * @param normaliser of the model that a training goes on with; fitted to the data when left out
 * @throws bad-data for too few transitions and whatever `collectTransitions` finds
 */
export function prepareData(
  channels: ModelChannels,
  episodes: readonly TrainingEpisode[],
  options: TrainOptions,
  normaliser?: Normaliser,
): TrainingData {
  const smoothed = smoothEpisodes(channels, episodes, options.smoothingSeconds);
  const transitions = collectTransitions(channels, smoothed.episodes, options);
  if (transitions.count < MIN_TRANSITIONS) {
    throw new ForesightError(
      'bad-data',
      `There are ${transitions.count} transitions in ${episodes.length} episodes; a model needs at least ${MIN_TRANSITIONS}.`,
      'Record more, or choose more episodes.',
    );
  }
  const split = splitTransitions(
    transitions.count,
    options.holdOut,
    new Random(options.seed).fork('hold-out'),
  );
  const fitted = fitNormaliser(transitions, split.train);
  const notes = [...fitted.notes, ...smoothed.notes];
  if (transitions.irregular > 0) {
    notes.push(
      `${transitions.irregular} steps that did not take one control period on the device's clock were left out.`,
    );
  }
  if (split.holdOut.length === 0 && options.holdOut > 0) {
    notes.push(
      'Too few transitions for a hold-out: the training loss decided when to stop and who is an elite.',
    );
  }
  if (split.train.length < options.batchSize) {
    notes.push(
      `The batch was cut from ${options.batchSize} to ${split.train.length} transitions, all there are to learn from.`,
    );
  }
  return withTransitions(
    {
      layout: modelLayout({ ...channels, options }),
      split,
      normaliser: normaliser ?? fitted.normaliser,
      notes,
    },
    transitions,
  );
}

/** The same with other transitions, normalised as before. */
export function withTransitions(
  data: Omit<TrainingData, 'transitions' | 'all'>,
  transitions: Transitions,
): TrainingData {
  const { inputMean, inputStd, targetMean, targetStd } = data.normaliser;
  const every = Int32Array.from({ length: transitions.count }, (_, row) => row);
  return {
    ...data,
    transitions,
    all: {
      rows: transitions.count,
      inputs: normalise(transitions.inputs, inputMean, inputStd, every),
      targets: normalise(transitions.targets, targetMean, targetStd, every),
    },
  };
}

/** Some of the rows, copied. */
export function pickRows({ inputs, targets, rows }: Rows, indices: Int32Array): Rows {
  const pick = (values: Float32Array) => {
    const width = values.length / rows;
    const picked = new Float32Array(indices.length * width);
    indices.forEach((row, i) => {
      picked.set(values.subarray(row * width, (row + 1) * width), i * width);
    });
    return picked;
  };
  return { rows: indices.length, inputs: pick(inputs), targets: pick(targets) };
}
