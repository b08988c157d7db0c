import type { TrainOptions } from '../../../shared/model-options';
import { Random } from '../../../shared/random';
import { inputCount, type ModelLayout, modelLayout, targetCount } from '../layout';
import type { ModelChannels, Normaliser, TrainingEpisode } from '../types';
import { sourceOf } from './episode-source';
import { type Gathered, gather } from './gather';
import { fitNormaliser, stillNotes } from './normalise';
import { irregularNote } from './regular-runs';
import { type Split, splitTransitions } from './splits';
import { readInputs, readTargets, type Transitions } from './step-rows';
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
  /** SI units, everything there is; its arrays and those of the split are shared by the threads. */
  transitions: Transitions;
  /** Indices into the transitions. */
  split: Split;
  normaliser: Normaliser;
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
 * Smooths, collects, splits and finds the normaliser.
 * @param episodes or what was gathered of them before
 * @param normaliser of the model that a training goes on with; fitted to the data when left out
 * @throws bad-data for too few transitions and whatever `gather` finds
 */
export function prepareData(
  channels: ModelChannels,
  episodes: readonly TrainingEpisode[] | Gathered,
  options: TrainOptions,
  normaliser?: Normaliser,
): TrainingData {
  const gathered = gatheredOf(channels, episodes, options);
  const { transitions } = gathered;
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
  return {
    ...{ layout, transitions, split, normaliser: used, recorded: transitions.count },
    notes: [
      ...stillNotes(transitions, used),
      ...gathered.smoothed,
      ...remarks(transitions, split, options),
      ...gathered.remarks,
    ],
    ...(options.inputNoise > 0 && {
      jitter: spreadsOf(layout, used.inputStd).map((spread) => options.inputNoise * spread),
    }),
    ...(options.recencyHalfLife > 0 && {
      weights: recencyWeights(transitions.count, options.recencyHalfLife),
    }),
  };
}

/** Episodes gathered, unless they were before. */
export const gatheredOf = (
  channels: ModelChannels,
  episodes: readonly TrainingEpisode[] | Gathered,
  options: TrainOptions,
): Gathered => ('transitions' in episodes ? episodes : gather(channels, sourceOf(episodes), options));

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

/** Half as much for every `halfLife` transitions that came later. */
export function recencyWeights(count: number, halfLife: number): Float64Array {
  const weights = new Float64Array(new SharedArrayBuffer(8 * count));
  for (let index = 0; index < count; index++) weights[index] = 2 ** (-(count - 1 - index) / halfLife);
  return weights;
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

/** Writes the inputs and targets of a transition, normalised, at row `to` of others. Done for every row of every batch. */
export function rowWriter({
  transitions,
  layout,
  normaliser,
}: Learned): (index: number, rows: Rows, to: number) => void {
  const { inputMean, inputStd, targetMean, targetStd } = normaliser;
  const [input, target] = [new Float64Array(inputCount(layout)), new Float64Array(targetCount(layout))];
  const [inputScale, targetScale] = [inputStd, targetStd].map((stds) =>
    Float64Array.from(stds, (std) => (std === 0 ? 0 : 1 / std)),
  ) as [Float64Array, Float64Array];
  const { observations, actions, targets: changes, origin, actionOrigin } = transitions.rows;
  const [width, commands, size] = [layout.angles.length, layout.actions, target.length];
  // A state of one observation without angles is read from its columns without a step between: half the time.
  const plain = layout.history === 1 && !layout.angles.includes(true);
  const recorded = plain ? transitions.count - (transitions.added?.count ?? 0) : 0;
  const originOf = (input: number) => (input < width ? origin[input] : actionOrigin[input - width]) ?? 0;
  const offset = Float64Array.from(inputMean, (mean, i) => mean - originOf(i));
  return (index, { inputs, targets }, to) => {
    let next = to * input.length;
    if (index < recorded) {
      for (let c = 0; c < width; c++) {
        inputs[next++] = (observations[index * width + c] - offset[c]) * inputScale[c];
      }
      for (let c = 0; c < commands; c++) {
        inputs[next++] = (actions[index * commands + c] - offset[width + c]) * inputScale[width + c];
      }
      for (let c = 0; c < size; c++) {
        targets[to * size + c] = (changes[index * size + c] - targetMean[c]) * targetScale[c];
      }
      return;
    }
    readInputs(transitions, index, input);
    readTargets(transitions, index, target);
    for (let c = 0; c < input.length; c++) inputs[next++] = (input[c] - inputMean[c]) * inputScale[c];
    for (let c = 0; c < size; c++) targets[to * size + c] = (target[c] - targetMean[c]) * targetScale[c];
  };
}

type Learned = Pick<TrainingData, 'transitions' | 'layout' | 'normaliser'>;

/** Some of the transitions, normalised, in rows of their own. */
export function pickRows(data: Learned, indices: Int32Array): Rows {
  const rows: Rows = {
    rows: indices.length,
    inputs: new Float32Array(indices.length * inputCount(data.layout)),
    targets: new Float32Array(indices.length * targetCount(data.layout)),
  };
  const write = rowWriter(data);
  indices.forEach((index, to) => {
    write(index, rows, to);
  });
  return rows;
}
