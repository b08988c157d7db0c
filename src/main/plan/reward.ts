import type { TaskFile } from '../../shared/task';
import { predictionArrays } from '../dynamics/classes';
import { modelLayout } from '../dynamics/layout';
import type { DynamicsModel, NamedArray } from '../dynamics/types';
import { compileTensorTask, type TensorTask } from '../task';
import { requireLearnedReward } from './objective';
import type { RolloutResult } from './source';

/**
 * What the returns of a plan on a model are sums of: the task's formula, or the reward as the model has learned it, each
 * without what every step pays alike (`offset`). A learned reward has its mean for that: a network gives what differs.
 */
export interface SummedReward extends TensorTask {
  /** What the model predicts with; of a learned reward without its mean. */
  arrays: Record<string, NamedArray>;
}

/** @throws wrong-use for a model that has not learned the reward; bad-formula */
export function summedReward(model: DynamicsModel, task: TaskFile, learned: boolean): SummedReward {
  const { summary } = model;
  const arrays = predictionArrays(model);
  const compiled = compileTensorTask(task, summary);
  if (!learned) return { ...compiled, arrays };
  requireLearnedReward(summary.name, modelLayout(summary));
  const { shape, values: means } = arrays['target/mean'];
  const values = means.slice();
  values[values.length - 1] = 0;
  return {
    ...compiled,
    offset: means[means.length - 1],
    arrays: { ...arrays, 'target/mean': { shape, values } },
  };
}

/** What rounding may change of a sum, as a share of it: float32's in a graph, float64's in numbers. */
export const ROUNDING = { float32: 1e-6, float64: 1e-12 } as const;

/**
 * Returns from sums of what varies: a step before which an episode ended does not pay the offset either, and what all steps
 * of all episodes would pay is left out.
 * @param sums Σ_t alive_t · varying_t
 * @param summed.steps of an episode as long as the horizon, discounted where rewards are
 * @param summed.rounding share of a sum that is nothing but rounding
 * @param steps of every episode, counted alike; left out where they are all as long as the horizon
 */
export function relativeReturns(
  sums: ArrayLike<number>,
  { offset, steps: whole, rounding }: { offset: number; steps: number; rounding: number },
  steps?: ArrayLike<number>,
): Pick<RolloutResult, 'returns' | 'rounding'> {
  const returns = Float64Array.from(sums);
  const moved = returns.map((sum) => rounding * Math.abs(sum));
  if (steps && offset !== 0) {
    for (let i = 0; i < returns.length; i++) returns[i] += offset * (steps[i] - whole);
  }
  return { returns, rounding: moved };
}
