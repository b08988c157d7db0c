import { ForesightError } from '../../shared/errors';
import type { PropagationOptions } from '../../shared/plan';
import { mean, shareOf, sum } from '../../shared/statistics';
import type { ModelLayout } from '../dynamics/layout';
import type { Scores } from './method';
import type { RolloutResult, RolloutSource } from './source';

type Judging = Pick<PropagationOptions, 'objective' | 'pessimism' | 'risk' | 'limitPenalty'>;

/**
 * What is made of every candidate's futures; −∞ where one of them diverged. With R_p the return of particle
 * p, V the variance and L the violation of RolloutResult:
 *
 *   mean          1/P Σ_p R_p
 *   pessimistic   1/P Σ_p R_p − λ V
 *   worst-member  min_m mean over the particles of member m of R_p
 *   cvar          mean of the ⌈risk · P⌉ smallest R_p       (Rockafellar & Uryasev 2000, of the empirical distribution)
 *
 * each minus limitPenalty · L. λ and limitPenalty are in units of the reward. Differences of scores that the rounding of the best
 * candidate's returns can explain are none.
 * @param members as Rollout.members
 */
export function scoresOf(
  result: Pick<RolloutResult, 'returns' | 'rounding' | 'variance' | 'violation'>,
  { candidates, members }: { candidates: number; members: number },
  judging: Judging,
): Scores {
  const { returns, rounding, variance, violation } = result;
  const particles = returns.length / candidates;
  const judge = JUDGES[judging.objective];
  const values = new Float64Array(candidates);
  let best: number | undefined;
  for (let i = 0; i < candidates; i++) {
    const own = returns.subarray(i * particles, (i + 1) * particles);
    let score = judge(own, { ...judging, variance: variance?.[i] ?? 0, members });
    if (judging.limitPenalty > 0) score -= judging.limitPenalty * (violation?.[i] ?? 0);
    // A sum, so that one future that is no number makes the candidate one, whatever was made of the others.
    values[i] = Number.isFinite(score) && Number.isFinite(sum(own)) ? score : Number.NEGATIVE_INFINITY;
    if (Number.isFinite(values[i]) && (best === undefined || values[i] > values[best])) best = i;
  }
  const resolution =
    best === undefined ? 0 : mean(rounding.subarray(best * particles, (best + 1) * particles));
  return { values, resolution };
}

interface Futures {
  pessimism: number;
  risk: number;
  variance: number;
  members: number;
}
type Judge = (returns: Float64Array, futures: Futures) => number;

const JUDGES: Record<PropagationOptions['objective'], Judge> = {
  mean: (returns) => mean(returns),
  pessimistic: (returns, { pessimism, variance }) => mean(returns) - pessimism * variance,
  'worst-member': (returns, { members }) => Math.min(...memberMeans(returns, members)),
  cvar: (returns, { risk }) => mean(returns.toSorted().subarray(0, shareOf(risk, returns.length))),
};

/** [members] mean return in the eyes of every member, particle p being member p mod members. */
function memberMeans(returns: Float64Array, members: number): number[] {
  return Array.from({ length: Math.min(members, returns.length) }, (_, m) =>
    mean(returns.filter((_return, p) => p % members === m)),
  );
}

/** Does it change what a rollout must compute? */
export const needsVariance = ({ objective }: Pick<Judging, 'objective'>): boolean =>
  objective === 'pessimistic';

/** Whose returns "worst-member" compares: the members', or of a model that stands for many functions each particle's own. */
export const judgedMembers = (
  { members, knowsIgnorance }: Pick<RolloutSource, 'members' | 'knowsIgnorance'>,
  particles: number,
): number => (knowsIgnorance ? particles : members);

/**
 * Can futures so chosen be judged so?
 * @param source members that predict, 1 for a simulator; and whether they know what they do not know
 * @throws wrong-use with what to choose instead
 */
export function requireObjective(
  { objective, members: mode, particles, sampleNoise, risk }: PropagationOptions,
  { members, knowsIgnorance = false }: Pick<RolloutSource, 'members' | 'knowsIgnorance'>,
): void {
  // One future and no doubt about it: all objectives are the mean.
  if (members <= 1 && !sampleNoise && !knowsIgnorance) return;
  if (mode === 'moment' && particles < 2) {
    throw wrongUse(
      'Moment matching draws the particles of a candidate anew from their own mean and variance, and one particle has none.',
      `Choose 2 particles or more, best a multiple of the ${members} members.`,
    );
  }
  if (objective === 'worst-member') {
    if (mode !== 'fixed') {
      throw wrongUse(
        'The worst member is known only where every particle is predicted by one member all along.',
        `Choose members "fixed" and ${members} particles or a multiple of them, or another objective.`,
      );
    }
    if (particles % members !== 0) {
      throw wrongUse(
        `The worst member is found where each of the ${members} members predicts equally many particles, which ${particles} cannot be.`,
        `Choose ${members} particles or a multiple of them.`,
      );
    }
  }
  if (objective === 'pessimistic' || (objective === 'cvar' && risk < 1)) {
    const what = objective === 'cvar' ? 'CVaR takes the worst of' : 'Pessimism looks at the variance of';
    if (particles < 2) {
      throw wrongUse(
        `${what} several futures of a candidate, and there is one.`,
        `Choose 2 particles or more (${Math.max(2, members)} to 20 are usual), or the objective "mean".`,
      );
    }
    if (mode === 'once' && !sampleNoise) {
      throw wrongUse(
        `${what} several futures of a candidate, and one member without noise predicts the same one every time.`,
        'Sample the noise, choose members "fixed" or "step", or the objective "mean".',
      );
    }
  }
}

/** @throws wrong-use for a model that cannot be asked for a reward */
export function requireLearnedReward(model: string, { reward }: Pick<ModelLayout, 'reward'>): void {
  if (reward) return;
  throw wrongUse(
    `The model "${model}" has not learned the reward, so a plan cannot use it.`,
    "Plan with the task's formula, or train a model that learns the reward.",
  );
}

function wrongUse(message: string, next: string): ForesightError {
  return new ForesightError('wrong-use', message, next);
}
