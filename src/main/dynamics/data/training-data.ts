import { ForesightError } from '../../../shared/errors';
import type { TrainOptions } from '../../../shared/model-options';
import { Random } from '../../../shared/random';
import { type ModelLayout, modelLayout } from '../layout';
import type { ModelChannels, Normaliser, TrainingEpisode } from '../types';
import { fitNormaliser, normalise, stillNotes } from './normalise';
import { irregularNote } from './regular-runs';
import { smoothEpisodes } from './smoothing';
import { type Split, splitTransitions } from './splits';
import { collectTransitions, MIN_TRANSITIONS, type Transitions } from './transitions';
import { judgedOver, noWindowError, windowStarts } from './windows';

/** Where what is newer weighs more, held-out stretches are short enough for so many in a half-life. */
const STRETCHES_A_HALF_LIFE = 10;

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
  /** Recorded transitions, the first ones; what a loss adds stands behind them. */
  recorded: number;
  /**
   * [observations] standard deviation, SI units, of the noise that every observation learned from is disturbed with anew
   * each time; absent for none. The target goes on pointing to the observation that truly followed, so it is corrected by
   * the noise on the newest observation: from beside the data the model learns the way back to it (Sanchez-Gonzalez et
   * al. 2020; with the target left as it was, an error would be carried on for good). Of the observations before, in a
   * history, only the input is disturbed: there the model learns to rely on no single one.
   */
  jitter?: Float64Array;
  /** [transitions] how often each is learned from and judged on, relative to the others; absent for all alike. */
  weights?: Float64Array;
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
    const { history } = options;
    const each = history === 1 ? '' : ` with ${history - 1} steps before each`;
    throw new ForesightError(
      'bad-data',
      `There are ${transitions.count} transitions${each} in ${episodes.length} episodes; a model needs at least ${MIN_TRANSITIONS}.`,
      history === 1
        ? 'Record more, or choose more episodes.'
        : 'Record longer episodes, choose more of them, or a shorter history.',
    );
  }
  const { steps, stretch } = judgedOver(options.loss);
  const random = new Random(options.seed).fork('hold-out');
  const split = splitTransitions(transitions.following, options.holdOut, random, {
    ...(stretch > 1 && { least: stretch }),
    ...(options.recencyHalfLife > 0 && { most: Math.round(options.recencyHalfLife / STRETCHES_A_HALF_LIFE) }),
  });
  if (options.loss.name === 'k-step' && windowStarts({ transitions, split }, steps, 'train').length === 0) {
    throw noWindowError({ transitions }, steps);
  }
  const layout = modelLayout({ ...channels, options });
  const used = normaliser ?? fitNormaliser(transitions, split.train);
  return withTransitions(
    {
      ...{ layout, split, normaliser: used, recorded: transitions.count },
      notes: [
        ...stillNotes(transitions, used),
        ...smoothed.notes,
        ...remarks(transitions, split, options),
        ...episodeRemarks(episodes),
      ],
      ...(options.inputNoise > 0 && {
        jitter: spreadsOf(layout, used.inputStd).map((spread) => options.inputNoise * spread),
      }),
      ...(options.recencyHalfLife > 0 && {
        weights: recencyWeights(transitions.count, options.recencyHalfLife),
      }),
    },
    transitions,
  );
}

/** What was remarkable about the data, one sentence each. */
function remarks(transitions: Transitions, split: Split, options: TrainOptions): string[] {
  const notes = irregularNote(transitions.irregular);
  if (split.holdOut.length === 0 && options.holdOut > 0) {
    notes.push(
      'Too few transitions for a hold-out: the training loss decided when to stop and who is an elite.',
    );
  } else if (
    options.loss.name === 'k-step' &&
    split.holdOut.length > 0 &&
    windowStarts({ transitions, split }, options.loss.steps, 'holdOut').length === 0
  ) {
    notes.push(
      `No ${options.loss.steps} held-out transitions follow one another: the training loss decided when to stop and who is an elite.`,
    );
  }
  if (split.train.length < options.batchSize) {
    notes.push(
      `The batch was cut from ${options.batchSize} to ${split.train.length} transitions, all there are to learn from.`,
    );
  }
  return notes;
}

/** Episodes that add nothing, and those that add the same twice. */
function episodeRemarks(episodes: readonly TrainingEpisode[]): string[] {
  const notes = episodes
    .filter(({ columns }) => columns.rows < 2)
    .map(
      ({ id, columns }) =>
        `Episode ${id} has ${columns.rows === 1 ? '1 row' : 'no rows'}, so there is no transition in it.`,
    );
  const same = (a: Float64Array, b: Float64Array) => a.every((value, i) => Object.is(value, b[i]));
  episodes.forEach(({ id, columns }, i) => {
    if (columns.rows < 2) return;
    const copy = episodes
      .slice(0, i)
      .find(
        (other) =>
          other.columns.rows === columns.rows &&
          same(other.columns.observations, columns.observations) &&
          same(other.columns.actions, columns.actions),
      );
    if (copy === undefined) return;
    notes.push(
      `Episodes ${copy.id} and ${id} hold the same recording: it counts twice, and the hold-out loss looks better than it is.`,
    );
  });
  return notes;
}

/** Half as much for every `halfLife` transitions that came later. */
export function recencyWeights(count: number, halfLife: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => 2 ** (-(count - 1 - index) / halfLife));
}

/**
 * [observations] spread of every observation channel, SI units, from the spreads of the inputs. Of an angle it is what
 * sine and cosine have together: on the unit circle a small turn moves by as much as it is.
 */
export function spreadsOf(layout: ModelLayout, inputStd: Float32Array): Float64Array {
  const spreads = new Float64Array(layout.angles.length);
  let column = 0;
  layout.angles.forEach((angle, channel) => {
    const spread = inputStd[column];
    spreads[channel] = angle ? Math.hypot(spread, inputStd[column + 1]) : spread;
    column += angle ? 2 : 1;
  });
  return spreads;
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
