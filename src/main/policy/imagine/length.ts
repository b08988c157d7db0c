import type { AlgorithmOptionsOf } from '../../../shared/policy';

export type LengthOptions = Pick<
  AlgorithmOptionsOf<'mbpo'>,
  'rolloutLength' | 'rolloutFirst' | 'rolloutLast' | 'rolloutFrom' | 'rolloutUntil'
>;

/**
 * Steps of a rollout after so many steps of the rig (MBPO, Janner et al. 2019, appendix C):
 *
 *   schedule  k(n) = ⌊k₀ + (k₁ − k₀) (n − n₀) / (n₁ − n₀)⌋, k₀ before n₀ and k₁ after n₁
 *   auto      as many as the model's verdict trusts it for, at least k₀ and at most k₁
 *
 * @param trusted steps ahead that the model is trusted for, null where nobody has judged it yet
 */
export function rolloutSteps(options: LengthOptions, steps: number, trusted: number | null): number {
  const { rolloutLength, rolloutFirst, rolloutLast, rolloutFrom, rolloutUntil } = options;
  if (rolloutLength === 'auto') {
    return Math.max(rolloutFirst, Math.min(trusted ?? rolloutFirst, rolloutLast));
  }
  if (steps >= rolloutUntil) return rolloutLast;
  if (steps <= rolloutFrom) return rolloutFirst;
  const share = (steps - rolloutFrom) / (rolloutUntil - rolloutFrom);
  return Math.floor(rolloutFirst + (rolloutLast - rolloutFirst) * share);
}

/** "rollouts of 5 steps; the model is trusted for 12". */
export function lengthWords(steps: number, trusted: number | null): string {
  const rollouts = `rollouts of ${steps === 1 ? '1 step' : `${steps} steps`}`;
  if (trusted === null) return `${rollouts}; nobody has judged the model yet`;
  if (trusted === 0) return `${rollouts}; the model is not trusted for one step`;
  return `${rollouts}; the model is trusted for ${trusted}`;
}
