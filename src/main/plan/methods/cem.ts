import type { CemOptions } from '../../../shared/plan';
import { shareOf } from '../../../shared/statistics';
import { candidateCount, type PlanMethod, type PlanSpace, putProposals } from '../method';
import { elites } from './choice';
import { type Distribution, drawSequence, middleOf, refit, startDistribution } from './distribution';
import { truncatedNoise } from './noise';

/** A discrete value that no elite has keeps a chance; a step's values start half from the plan, half from anywhere. */
export const SURPRISE = 0.05;
export const START_SURPRISE = 0.5;
/** Deviations that a draw may be from its mean. */
const TRUNCATION = 2;
/** What is left of a step's first deviation where the mean is at a limit, so that it comes away from there again. */
const FLOOR = 0.5;

/**
 * The cross-entropy method (Botev et al. 2013; for planning on learned models Chua et al. 2018, with the details of their
 * program and of mbrl-lib). Each step's action is Gaussian, truncated at ±2 deviations:
 *
 *   a^i ~ clip(N₂(μ, σ'²))       σ' = min(σ, max(σ₀/2, min(μ − low, high − μ)/2))        i = 1 … N
 *   E  = the ⌈share · N⌉ sequences with the best scores
 *   μ ← α μ + (1 − α) mean(E)        σ² ← α σ² + (1 − α) var(E)
 *
 * a few times. The deviation that is drawn with is capped by the distance to the limits, as in both programs, but not below
 * half of the first one, σ₀: theirs is zero at a limit, and a plan that has gone there needs 10 to 20 steps to turn round,
 * for want of any other candidate. The next step starts from μ, shifted, with σ as wide as ever. The plan is μ, the elites' mean, never the best sequence that
 * was tried: among hundreds of samples the best is the one that the model is most wrong about (mbrl-lib, pull request 70).
 */
export function cem(options: CemOptions, space: PlanSpace): PlanMethod {
  const { iterations, initialStd, eliteShare, momentum } = options;
  const size = space.horizon * space.low.length;
  const buffer = new Float32Array(options.candidates * size);
  const noise = new Float64Array(size);
  const draw = truncatedNoise(TRUNCATION);
  return async (context) => {
    const { step, previous, evaluate, random } = context;
    const tried = buffer.subarray(0, candidateCount(options.candidates, context) * size);
    let distribution = startDistribution(space, previous, step, {
      std: initialStd,
      surprise: previous ? START_SURPRISE : 1,
    });
    for (let iteration = 0; iteration < iterations; iteration++) {
      const within = withinLimits(space, distribution, initialStd);
      for (let begin = 0; begin < tried.length; begin += size) {
        draw(random, noise);
        drawSequence(space, within, noise, tried, begin);
      }
      if (iteration === 0) putProposals(tried, context, size);
      const best = elites(await evaluate(tried), tried, shareOf(eliteShare, tried.length / size));
      if (best) distribution = refit(space, distribution, tried, best, { momentum, surprise: SURPRISE });
    }
    return { firstStep: step, actions: middleOf(space, distribution) };
  };
}

/** The distribution with deviations that keep ± 2 of them within the limits, but for the floor. */
function withinLimits(
  { low, high }: PlanSpace,
  distribution: Distribution,
  initialStd: number,
): Distribution {
  const std = distribution.std.map((deviation, j) => {
    const a = j % low.length;
    const mean = distribution.mean[j];
    const room = Math.min(mean - low[a], high[a] - mean);
    const floor = (FLOOR * initialStd * (high[a] - low[a])) / 2;
    return Math.min(deviation, Math.max(floor, room / TRUNCATION));
  });
  return { ...distribution, std };
}
