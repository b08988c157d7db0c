import type { Normaliser } from '../types';
import { readInputs, readTargets, type Transitions } from './step-rows';

/** Below this share of its largest value, what a channel does is lost in float32's 24 bits. */
const FLOAT32_RESOLUTION = 1e-6;
/** Below this share of what it was computed from, a number is the rounding of that computation in float64. */
const ROUNDING = 1e-12;

/** The same of an angle's sine and cosine, which come from an angle in single precision. */
const ROUNDING_ON_CIRCLE = 3e-7;

/**
 * Mean and standard deviation of the training transitions, in one pass and float64 (Welford 1962). A column that does not change has a
 * standard deviation of 0 (types.ts says what follows); so has one that changes by rounding only, as the sine of an angle
 * that stands at ±π does and the change of a smoothed channel that stands still.
 */
export function fitNormaliser(transitions: Transitions, rows: Int32Array): Normaliser {
  const { inputNames, inputChannels, targetNames } = transitions;
  const isOnCircle = (column: number) =>
    /^(sin|cos)\(/.test((inputNames[column] ?? '').replace(inputChannels[column] ?? '', ''));
  const [inputs, targets] = [new Moments(inputNames.length), new Moments(targetNames.length)];
  const [input, target] = [new Float64Array(inputNames.length), new Float64Array(targetNames.length)];
  for (const row of rows) {
    readInputs(transitions, row, input);
    readTargets(transitions, row, target);
    inputs.add(input);
    targets.add(target);
  }
  const largest = largestStates(transitions);
  const ofInputs = inputs.result((column) => (isOnCircle(column) ? ROUNDING_ON_CIRCLE : 0));
  const ofTargets = targets.result((column) => ROUNDING * (largest[column] ?? 0));
  return {
    ...{ inputMean: ofInputs.mean, inputStd: ofInputs.std },
    ...{ targetMean: ofTargets.mean, targetStd: ofTargets.std },
  };
}

/** [observations] what a target was computed from: the observation that changes by it; the reward is recorded itself. */
function largestStates({ rows: { layout, origin, observations } }: Transitions): Float64Array {
  const width = layout.angles.length;
  const largest = new Float64Array(width);
  for (let at = 0, channel = 0; at < observations.length; at++, channel = (channel + 1) % width) {
    largest[channel] = Math.max(largest[channel], Math.abs(observations[at] + origin[channel]));
  }
  return largest;
}

/** Mean and squared deviations of columns, row by row. */
class Moments {
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  readonly #largest: Float64Array;
  #rows = 0;

  constructor(width: number) {
    this.#mean = new Float64Array(width);
    this.#squares = new Float64Array(width);
    this.#largest = new Float64Array(width);
  }

  add(row: Float64Array): void {
    const [mean, squares, largest] = [this.#mean, this.#squares, this.#largest];
    const share = 1 / ++this.#rows;
    for (let column = 0; column < row.length; column++) {
      const value = row[column];
      const difference = value - mean[column];
      mean[column] = mean[column] + difference * share;
      squares[column] = squares[column] + difference * (value - mean[column]);
      if (Math.abs(value) > largest[column]) largest[column] = Math.abs(value);
    }
  }

  /** @param rounding of a column: deviations up to it are none */
  result(rounding: (column: number) => number): { mean: Float32Array; std: Float32Array } {
    const deviations = this.#squares.map((sum) => Math.sqrt(sum / this.#rows));
    const lost = (column: number) =>
      Math.max(FLOAT32_RESOLUTION * this.#largest[column], rounding(column), 1e-30);
    return {
      mean: Float32Array.from(this.#mean),
      std: Float32Array.from(deviations, (deviation, column) => (deviation <= lost(column) ? 0 : deviation)),
    };
  }
}

/**
 * What the model does not look at, one sentence a channel: a channel is read several times (sine and cosine, every age of
 * the history) and predicted once.
 */
export function stillNotes(transitions: Transitions, { inputStd, targetStd }: Normaliser): string[] {
  const { inputNames, inputChannels, targetNames } = transitions;
  const changes = changing(
    transitions,
    [...inputStd.keys()].filter((column) => inputStd[column] === 0),
  );
  const stays = (channel: string) => targetStd[targetNames.indexOf(channel)] === 0;
  const notes: string[] = [];
  const told = new Set<string>();
  for (const channel of new Set(inputChannels)) {
    const columns = inputChannels.flatMap((name, column) => (name === channel ? [column] : []));
    const still = columns.filter((column) => inputStd[column] === 0);
    if (still.length === columns.length) {
      const what = still.some((column) => changes.has(column))
        ? `"${channel}" changes by less than a millionth of its value in this data, which single precision does not resolve`
        : `"${channel}" never changes in this data`;
      notes.push(
        stays(channel)
          ? `${what}: the model does not look at it and predicts that it goes on so.`
          : `${what}, so the model does not look at it.`,
      );
      told.add(channel);
    } else {
      for (const column of still) {
        notes.push(
          `Input "${inputNames[column]}" never changes in this data, so the model does not look at it.`,
        );
      }
    }
  }
  targetNames.forEach((name, target) => {
    if (targetStd[target] !== 0 || told.has(name)) return;
    notes.push(
      name === 'reward' && !inputChannels.includes(name)
        ? 'The reward never changes in this data, and is predicted to stay what it is.'
        : `"${name}" always changes by the same amount in this data, and is predicted to go on so.`,
    );
  });
  return notes;
}

/** Of the columns, those whose inputs are not all the same number. */
function changing(transitions: Transitions, columns: readonly number[]): Set<number> {
  const found = new Set<number>();
  const [first, row] = [0, 0].map(() => new Float64Array(transitions.inputNames.length)) as [
    Float64Array,
    Float64Array,
  ];
  for (let index = 0; index < transitions.count && found.size < columns.length; index++) {
    readInputs(transitions, index, index === 0 ? first : row);
    if (index === 0) continue;
    for (const column of columns) if (row[column] !== first[column]) found.add(column);
  }
  return found;
}
