import type { IcemOptions } from '../../../shared/plan';
import { shareOf } from '../../../shared/statistics';
import { candidateCount, type Plan, type PlanMethod, type PlanSpace, putProposals } from '../method';
import { START_SURPRISE, SURPRISE } from './cem';
import { elites } from './choice';
import { drawSequence, middleOf, refit, startDistribution } from './distribution';
import { colouredNoise } from './noise';

/**
 * Improved CEM (Pinneri et al. 2020, algorithm 1): CEM for budgets of a few hundred rollouts. In iteration i of a plan
 *
 *   N_i = max(N γ^{−i}, 2K) sequences        K = ⌈share · N⌉ elites, γ the decay
 *   a   = clip(μ + σ n),  n of power spectrum 1/f^β and unit variance
 *
 * and among the N_i are the best ⌈ξK⌉ elites of the iteration before (of the previous step's last one in the first,
 * shifted, their ends drawn anew), and in the last iteration μ itself. μ and σ follow the elites as in CEM.
 *
 * The authors' program executes the best sequence of the last iteration, on the true simulator; mbrl-lib has a switch. Here
 * the plan is μ as in CEM: on a learned model the best sample is the one that the model is most wrong about (cem.ts). Kept
 * sequences count towards N_i instead of coming on top, so that a plan costs what its options say.
 */
export function icem(options: IcemOptions, space: PlanSpace): PlanMethod {
  const { iterations, initialStd, eliteShare, momentum, decay, keepShare, noiseExponent } = options;
  const size = space.horizon * space.low.length;
  const buffer = new Float32Array(options.candidates * size);
  const noise = new Float64Array(size);
  const draw = colouredNoise(space.horizon, noiseExponent, space.low.length);
  return async (context) => {
    const { step, previous, evaluate, random } = context;
    const most = candidateCount(options.candidates, context);
    const eliteCount = shareOf(eliteShare, most);
    const keepCount = shareOf(keepShare, eliteCount);
    let distribution = startDistribution(space, previous, step, {
      std: initialStd,
      surprise: previous ? START_SURPRISE : 1,
    });
    const drawInto = (out: Float32Array, begin = 0) => {
      draw(random, noise);
      drawSequence(space, distribution, noise, out, begin);
    };
    let kept = shiftedElites(previous, step, space, keepCount, drawInto);
    for (let iteration = 0; iteration < iterations; iteration++) {
      const count = Math.min(most, Math.max(Math.round(most / decay ** iteration), 2 * eliteCount));
      const tried = buffer.subarray(0, count * size);
      const again = iteration === iterations - 1 ? [middleOf(space, distribution), ...kept] : kept;
      for (let i = 0; i < count; i++) {
        const known = again[i];
        if (known) tried.set(known, i * size);
        else drawInto(tried, i * size);
      }
      if (iteration === 0) putProposals(tried, context, size, kept.length + 1);
      const best = elites(await evaluate(tried), tried, eliteCount);
      if (!best) continue;
      kept = best.candidates.slice(0, keepCount).map((i) => tried.slice(i * size, (i + 1) * size));
      distribution = refit(space, distribution, tried, best, { momentum, surprise: SURPRISE });
    }
    return { firstStep: step, actions: middleOf(space, distribution), memory: kept };
  };
}

/** Populations that get graphs of their own. */
const MOST_POPULATIONS = 6;

/** Populations of the iterations after the first. */
export function icemPopulations({ candidates, decay, iterations }: IcemOptions): number[] {
  return Array.from({ length: Math.min(MOST_POPULATIONS, iterations) - 1 }, (_, i) =>
    Math.max(2, Math.round(candidates / decay ** (i + 1))),
  );
}

/** The previous plan's elites as they stand at `step`: shifted forward, their ends drawn. */
function shiftedElites(
  previous: Plan | null,
  step: number,
  { horizon, low }: PlanSpace,
  count: number,
  drawInto: (out: Float32Array) => void,
): Float32Array[] {
  const passed = Math.max(0, step - (previous?.firstStep ?? step));
  if (passed >= horizon) return [];
  const size = horizon * low.length;
  const memory: unknown[] = Array.isArray(previous?.memory) ? previous.memory : [];
  const elites = memory.filter((one) => one instanceof Float32Array && one.length === size) as Float32Array[];
  return elites.slice(0, count).map((elite) => {
    const shifted = new Float32Array(elite.length);
    drawInto(shifted);
    shifted.set(elite.subarray(passed * low.length));
    return shifted;
  });
}
