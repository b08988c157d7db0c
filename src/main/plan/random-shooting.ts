import type { RandomShootingOptions } from '../../shared/plan';
import {
  bestCandidate,
  type PlanMethod,
  type PlanSpace,
  returnWeights,
  shiftedPlan,
  weightedMean,
} from './method';

/**
 * Random shooting (lecture v0; Nagabandi et al. 2018, section IV-C).
 *
 *   a^i_{0…H−1} ~ U(low, high)            i = 1 … N
 *   R_i = Σ_t r(ŝ_t, a^i_t, ŝ_{t+1})      on the model
 *   argmax:  a = a^{argmax_i R_i}
 *   softmax: a = Σ_i w_i a^i,  w_i = exp(R_i / λσ) / Z
 *
 * As MPC it plans anew at every step and keeps nothing. Open loop it executes all H actions before it plans again.
 */
export function randomShooting(options: RandomShootingOptions, space: PlanSpace): PlanMethod {
  const { horizon, low, high } = space;
  const size = horizon * low.length;
  const candidates = new Float32Array(options.candidates * size);
  return async ({ step, previous, evaluate, random }) => {
    if (options.replan === 'open-loop' && previous && step < previous.firstStep + horizon) return previous;
    for (let i = 0; i < candidates.length; i++) {
      const a = i % low.length;
      candidates[i] = random.uniformIn(low[a] as number, high[a] as number);
    }
    const returns = await evaluate(candidates);
    const best = bestCandidate(returns);
    // Every prediction diverged: nothing is known, so hold.
    if (best === undefined) return { firstStep: step, actions: shiftedPlan(space, null, step) };
    const weights = options.select === 'softmax' ? returnWeights(returns, options.temperature) : undefined;
    const actions = weights
      ? weightedMean(candidates, weights, size)
      : candidates.slice(best * size, (best + 1) * size);
    return { firstStep: step, actions };
  };
}
