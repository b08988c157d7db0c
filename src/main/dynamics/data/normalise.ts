import type { Normaliser } from '../types';
import type { Transitions } from './transitions';

/** Below this share of its largest value, what a channel does is lost in float32's 24 bits. */
const FLOAT32_RESOLUTION = 1e-6;
/** Below this share of what it was computed from, a number is the rounding of that computation in float64. */
const ROUNDING = 1e-12;

/**
 * Mean and standard deviation of the training transitions, accumulated in float64. A column that does not change has a
 * standard deviation of 0 (types.ts says what follows); so has one that changes by rounding only, as the sine of an angle
 * that stands at ±π does and the change of a smoothed channel that stands still.
 */
export function fitNormaliser(transitions: Transitions, rows: Int32Array): Normaliser {
  const { inputs, inputNames, inputChannels, targets, targetNames } = transitions;
  const isOnCircle = (column: number) =>
    /^(sin|cos)\(/.test((inputNames[column] ?? '').replace(inputChannels[column] ?? '', ''));
  const input = moments(inputs, inputNames.length, rows, (column) => (isOnCircle(column) ? 1 : 0));
  const target = moments(targets, targetNames.length, rows, (column) => largestState(transitions, column));
  return { inputMean: input.mean, inputStd: input.std, targetMean: target.mean, targetStd: target.std };
}

/** What a target was computed from: the observation that changes by it; the reward is recorded itself. */
function largestState({ states, count, targetNames, inputChannels }: Transitions, target: number): number {
  if (!inputChannels.includes(targetNames[target] ?? '')) return 0;
  const width = states.length / count;
  let largest = 0;
  for (let row = 0; row < count; row++) {
    largest = Math.max(largest, Math.abs(states[row * width + target]));
  }
  return largest;
}

/** @param origin [columns] size of what a column was computed from */
function moments(
  values: Float64Array,
  width: number,
  rows: Int32Array,
  origin: (column: number) => number,
): { mean: Float32Array; std: Float32Array } {
  const mean = new Float32Array(width);
  const std = new Float32Array(width);
  for (let column = 0; column < width; column++) {
    const at = (row: number) => values[row * width + column];
    let sum = 0;
    for (const row of rows) sum += at(row);
    const average = sum / rows.length;
    let squares = 0;
    let largest = 0;
    for (const row of rows) {
      squares += (at(row) - average) ** 2;
      largest = Math.max(largest, Math.abs(at(row)));
    }
    const deviation = Math.sqrt(squares / rows.length);
    const lost = Math.max(FLOAT32_RESOLUTION * largest, ROUNDING * origin(column), 1e-30);
    mean[column] = average;
    std[column] = deviation <= lost ? 0 : deviation;
  }
  return { mean, std };
}

/**
 * What the model does not look at, one sentence a channel: a channel is read several times (sine and cosine, every age of
 * the history) and predicted once.
 */
export function stillNotes(transitions: Transitions, { inputStd, targetStd }: Normaliser): string[] {
  const { inputNames, inputChannels, inputs, targetNames } = transitions;
  const width = inputNames.length;
  const changes = (column: number) => {
    for (let at = column; at < inputs.length; at += width) if (inputs[at] !== inputs[column]) return true;
    return false;
  };
  const stays = (channel: string) => targetStd[targetNames.indexOf(channel)] === 0;
  const notes: string[] = [];
  const told = new Set<string>();
  for (const channel of new Set(inputChannels)) {
    const columns = inputChannels.flatMap((name, column) => (name === channel ? [column] : []));
    const still = columns.filter((column) => inputStd[column] === 0);
    if (still.length === columns.length) {
      const what = still.some(changes)
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

/** Rows of a matrix with mean.length columns, normalised, as float32; 0 where the standard deviation is 0. */
export function normalise(
  values: Float64Array,
  mean: Float32Array,
  std: Float32Array,
  rows: Int32Array,
): Float32Array {
  const width = mean.length;
  const result = new Float32Array(rows.length * width);
  let next = 0;
  for (const row of rows) {
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column];
      const deviation = std[column];
      result[next++] = deviation === 0 ? 0 : (value - mean[column]) / deviation;
    }
  }
  return result;
}
