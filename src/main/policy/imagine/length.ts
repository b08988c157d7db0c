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

/** Steps that rollouts are owed for before they are made in one call: few, so that each is of a fresh policy and model. */
const OWED_STEPS = 10;
/** Rollouts in one call. */
const ROWS = { least: 10, most: 1000 };

export const rolloutsAtOnce = ({ rolloutsPerStep }: { rolloutsPerStep: number }): number =>
  Math.min(ROWS.most, Math.max(ROWS.least, Math.round(OWED_STEPS * rolloutsPerStep)));

/** Transitions that are imagined between `keptTrainings` trainings of the model: as many are kept. */
export function imaginedRows(options: AlgorithmOptionsOf<'mbpo'>): number {
  const { rolloutsPerStep, modelEverySteps, keptTrainings, rolloutFirst, rolloutLast } = options;
  const longest = Math.max(rolloutFirst, rolloutLast);
  const made = Math.max(rolloutsAtOnce(options), rolloutsPerStep * modelEverySteps * keptTrainings);
  return Math.ceil(made * longest);
}
