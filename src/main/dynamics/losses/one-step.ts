import { readAction, readState } from '../data/step-rows';
import { type Rows, rowWriter, type TrainingData } from '../data/training-data';
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
  filler(data) {
    const write = rowWriter(data);
    return (start, feeds, to, jitter) => {
      write(start, feeds as unknown as Rows, to);
      if (jitter) disturb(data, start, feeds, to, jitter);
    };
  },
  starts: ({ split }, _stage, which) => split[which],
  loss: (_options, _stage, { modelClass, batch, ...context }) =>
    modelClass.loss({ ...context, inputs: named(batch, 'inputs'), targets: named(batch, 'targets') }),
  judge: (_options, _stage, { modelClass, batch, ...context }) =>
    modelClass.judge({ ...context, inputs: named(batch, 'inputs'), targets: named(batch, 'targets') }),
};

/** The row as it would be had its observations been read with this error (training-data.ts says what follows). */
function disturb(
  { layout, transitions, normaliser }: TrainingData,
  start: number,
  feeds: Record<string, Float32Array>,
  to: number,
  jitter: ArrayLike<number>,
): void {
  const [state, action] = [new Float64Array(stateWidth(layout)), new Float64Array(layout.actions)];
  readState(transitions, start, state);
  readAction(transitions, start, action);
  for (let i = 0; i < jitter.length; i++) state[i] = state[i] + jitter[i];
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
