import { inputCount, targetCount } from '../layout';
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
  fill({ all }, _stage, start, feeds, to) {
    copyRow(all.inputs, all.rows, start, feeds.inputs as Float32Array, to);
    copyRow(all.targets, all.rows, start, feeds.targets as Float32Array, to);
  },
  starts: ({ split }, _stage, which) => split[which],
  loss: (_options, _stage, { modelClass, batch, ...context }) =>
    modelClass.loss({ ...context, inputs: named(batch, 'inputs'), targets: named(batch, 'targets') }),
};

/** Row `from` of a matrix with `rows` rows to row `to` of another of the same width. */
export function copyRow(
  source: Float32Array,
  rows: number,
  from: number,
  target: Float32Array,
  to: number,
): void {
  const width = source.length / rows;
  for (let column = 0; column < width; column++) {
    target[to * width + column] = source[from * width + column] as number;
  }
}
