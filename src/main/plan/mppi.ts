import type { MppiOptions } from '../../shared/plan';
import type { Random } from '../../shared/random';
import { type PlanMethod, type PlanSpace, returnWeights, shiftedPlan, weightedMean } from './method';

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
 * with σ the spread of the returns. A few iterations refine μ; the next step starts from it, shifted by one.
 *
 * Candidate 0 is μ itself without noise, so a good plan is never lost to the noise around it. Equal returns
 * leave p(a) as it is, as the equation says: averaging the candidates would only add their noise to μ.
 */
export function mppi(options: MppiOptions, space: PlanSpace): PlanMethod {
  const size = space.horizon * space.low.length;
  const candidates = new Float32Array(options.candidates * size);
  return async ({ step, previous, evaluate, random }) => {
    let mean = shiftedPlan(space, previous, step);
    for (let iteration = 0; iteration < options.iterations; iteration++) {
      sample(candidates, mean, options, space, random);
      const weights = returnWeights(await evaluate(candidates), options.temperature);
      if (weights) mean = weightedMean(candidates, weights, size);
    }
    return { firstStep: step, actions: mean };
  };
}

/** Fills [candidates, horizon, actions]: the mean itself, then the mean with noise, within the limits. */
function sample(
  candidates: Float32Array,
  mean: Float32Array,
  { noise, correlation }: MppiOptions,
  { low, high }: PlanSpace,
  random: Random,
): void {
  const width = low.length;
  const fresh = Math.sqrt(1 - correlation ** 2);
  const current = new Float64Array(width);
  candidates.set(mean);
  for (let begin = mean.length; begin < candidates.length; begin += mean.length) {
    for (let j = 0; j < mean.length; j++) {
      const a = j % width;
      // The first step's noise is drawn from the stationary distribution, so all steps vary alike.
      current[a] =
        j < width ? random.normal() : correlation * (current[a] as number) + fresh * random.normal();
      const [lowest, highest] = [low[a] as number, high[a] as number];
      const scale = (noise * (highest - lowest)) / 2;
      const action = (mean[j] as number) + scale * (current[a] as number);
      candidates[begin + j] = Math.min(highest, Math.max(lowest, action));
    }
  }
}
