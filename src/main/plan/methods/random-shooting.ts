import type { RandomShootingOptions } from '../../../shared/plan';
import { candidateCount, floatLimits, type PlanMethod, type PlanSpace, putProposals } from '../method';
import { ranked, softmax } from './choice';
import { middleOf, refit, startDistribution } from './distribution';

/**
 * Random shooting (lecture v0; Nagabandi et al. 2018, section IV-C).
 *
 *   a^i_{0…H−1} ~ U(low, high)            i = 1 … N, discrete actions uniform over their values
 *   R_i = Σ_t r(ŝ_t, a^i_t, ŝ_{t+1})      on the model
 *   argmax:  a = a^{argmax_i R_i}
 *   softmax: a = Σ_i w_i a^i,  w_i = exp(R_i / λσ) / Z; of a discrete action the value of most weight
 *
 * As MPC it plans anew at every step and keeps nothing. Open loop it executes all H actions before it plans again.
 */
export function randomShooting(options: RandomShootingOptions, space: PlanSpace): PlanMethod {
  const { horizon, values } = space;
  const { low, high } = floatLimits(space);
  const size = horizon * low.length;
  const buffer = new Float32Array(options.candidates * size);
  return async (context) => {
    const { step, previous, evaluate, random } = context;
    if (options.replan === 'open-loop' && previous && step < previous.firstStep + horizon) return previous;
    const tried = buffer.subarray(0, candidateCount(options.candidates, context) * size);
    for (let i = 0, a = 0; i < tried.length; i++, a = a + 1 === low.length ? 0 : a + 1) {
      const list = values[a];
      tried[i] = list ? list[random.integer(list.length)] : random.uniformIn(low[a], high[a]);
    }
    putProposals(tried, context, size);
    const scores = await evaluate(tried);
    const [best] = ranked(scores, tried);
    const nothing = startDistribution(space, null, step, { std: 0, surprise: 0 });
    // Every prediction diverged: nothing is known, so hold.
    if (best === undefined) return { firstStep: step, actions: middleOf(space, nothing) };
    const weights = options.select === 'softmax' ? softmax(scores, tried, options.temperature) : undefined;
    const actions = weights
      ? middleOf(space, refit(space, nothing, tried, weights, { momentum: 0, surprise: 0 }))
      : tried.slice(best * size, (best + 1) * size);
    return { firstStep: step, actions };
  };
}
