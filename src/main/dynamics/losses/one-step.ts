import type { TrainingData } from '../data/training-data';
import { inputsOf } from '../data/transitions';
import { inputCount, stateWidth, targetCount } from '../layout';
import { named } from '../mlp';
import type { LossMethod } from './types';

/**
 * Equation error (lecture v0): every transition on its own,
 *   max_θ Σ_(s, a, s') ln p_θ(s' − s | s, a)
 * with whatever likelihood the model class has.
 */
export const oneStep: LossMethod<'one-step'> = {
  name: 'one-step',
  stages: () => [{ steps: 1, share: 1, title: '' }],
  feeds: (layout) => [
    { name: 'inputs', shape: [inputCount(layout)] },
    { name: 'targets', shape: [targetCount(layout)] },
  ],
  fill(data, _stage, start, feeds, to, jitter) {
    const { all } = data;
    copyRow(all.inputs, all.rows, start, feeds.inputs as Float32Array, to);
    copyRow(all.targets, all.rows, start, feeds.targets as Float32Array, to);
    if (jitter) disturb(data, start, feeds, to, jitter);
  },
  starts: ({ split }, _stage, which) => split[which],
  loss: (_options, _stage, { modelClass, batch, ...context }) =>
    modelClass.loss({ ...context, inputs: named(batch, 'inputs'), targets: named(batch, 'targets') }),
  judge: (_options, _stage, { modelClass, batch, ...context }) =>
    modelClass.judge({ ...context, inputs: named(batch, 'inputs'), targets: named(batch, 'targets') }),
};

/** Row `from` of a matrix with `rows` rows to row `to` of another of the same width. */
export function copyRow(
  source: Float32Array | Float64Array,
  rows: number,
  from: number,
  target: Float32Array,
  to: number,
): void {
  const width = source.length / rows;
  for (let column = 0; column < width; column++) {
    target[to * width + column] = source[from * width + column];
  }
}

/** The row as it would be had its observations been read with this error (training-data.ts says what follows). */
function disturb(
  { layout, transitions, normaliser }: TrainingData,
  start: number,
  feeds: Record<string, Float32Array>,
  to: number,
  jitter: ArrayLike<number>,
): void {
  const width = stateWidth(layout);
  const state = transitions.states.slice(start * width, (start + 1) * width);
  for (let i = 0; i < jitter.length; i++) state[i] = state[i] + jitter[i];
  const action = transitions.actions.subarray(start * layout.actions, (start + 1) * layout.actions);
  const [inputs, targets] = [feeds.inputs as Float32Array, feeds.targets as Float32Array];
  const expanded = inputsOf(layout, state, action);
  expanded.forEach((value, column) => {
    const std = normaliser.inputStd[column];
    inputs[to * expanded.length + column] = std === 0 ? 0 : (value - normaliser.inputMean[column]) / std;
  });
  const size = targetCount(layout);
  for (let channel = 0; channel < layout.angles.length; channel++) {
    const std = normaliser.targetStd[channel];
    if (std === 0) continue;
    const at = to * size + channel;
    targets[at] = targets[at] - jitter[channel] / std;
  }
}
