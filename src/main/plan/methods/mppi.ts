import type { MppiOptions } from '../../../shared/plan';
import { candidateCount, type PlanMethod, type PlanSpace, putProposals } from '../method';
import { softmax } from './choice';
import { drawSequence, middleOf, refit, startDistribution } from './distribution';
import { correlatedNoise } from './noise';

/**
 * Model predictive path integral control (Williams et al. 2017; lecture v1): a distribution over action sequences
 * is tilted towards those of high return,
 *
 *   p(a) ← p(a) · exp(R(a) / λσ) / Z,
 *
 * and represented by its mean μ, sampled with time-correlated noise (Nagabandi et al. 2019, eq. 5):
 *
 *   n_t = β n_{t−1} + √(1−β²) ε_t,  ε_t ~ N(0, Σ)     a^i = clip(μ + n^i)
 *   μ ← Σ_i w_i a^i,   w_i = exp((R_i − max R) / λσ) / Z
 *
 * with σ the spread of the returns. A few iterations refine μ; the next step starts from it, shifted by one. Of a
 * discrete action μ is a chance a value, its weighted frequency; share `noise` of the draws are of any value.
 *
 * Candidate 0 is μ itself without noise, so a good plan is never lost to the noise around it. Equal returns
 * leave p(a) as it is, as the equation says: averaging the candidates would only add their noise to μ.
 */
export function mppi(options: MppiOptions, space: PlanSpace): PlanMethod {
  const { iterations, temperature, correlation } = options;
  const size = space.horizon * space.low.length;
  const buffer = new Float32Array(options.candidates * size);
  const noise = new Float64Array(size);
  const draw = correlatedNoise(correlation, space.low.length);
  const surprise = Math.min(1, options.noise);
  return async (context) => {
    const { step, previous, evaluate, random } = context;
    const tried = buffer.subarray(0, candidateCount(options.candidates, context) * size);
    let distribution = startDistribution(space, previous, step, { std: options.noise, surprise });
    const { std } = distribution;
    for (let iteration = 0; iteration < iterations; iteration++) {
      tried.set(middleOf(space, distribution));
      for (let begin = size; begin < tried.length; begin += size) {
        draw(random, noise);
        drawSequence(space, distribution, noise, tried, begin);
      }
      if (iteration === 0) putProposals(tried, context, size);
      const weighted = softmax(await evaluate(tried), tried, temperature);
      if (!weighted) continue;
      distribution = { ...refit(space, distribution, tried, weighted, { momentum: 0, surprise }), std };
    }
    return { firstStep: step, actions: middleOf(space, distribution) };
  };
}
