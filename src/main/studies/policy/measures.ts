import type { PolicyPoint } from '../../../shared/policy';
import type { PolicyBar, PolicyStudyFile, PolicyUnit } from '../../../shared/policy-study';
import { mean, median } from '../../../shared/statistics';
import { judgeVariants, type VariantBarResult } from '../common/bars';
import { type Curve, valueAt } from '../common/curves';

/** The points of a curve at which it was evaluated, [steps, mean return]. */
export const evaluationCurve = (curve: readonly PolicyPoint[]): Curve =>
  curve.flatMap(({ steps, evaluated }) => (evaluated === null ? [] : [[steps, evaluated] as const]));

/** The newest evaluation by then; null before the first one. */
const evaluatedAt = (curve: readonly PolicyPoint[], steps: number): number | null =>
  valueAt(evaluationCurve(curve), steps);

/** Steps at the first evaluation that returned at least so much; null where none did. */
const firstReaching = (curve: readonly PolicyPoint[], wanted: number): number | null =>
  evaluationCurve(curve).find(([, evaluated]) => evaluated >= wanted)?.[0] ?? null;

const medianOf = (values: number[]): number | null => (values.length === 0 ? null : median(values));

/** Variance of the gradient's estimate, median over a curve; null where it says nothing. */
export const varianceOver = (curve: readonly PolicyPoint[]): number | null =>
  medianOf(curve.flatMap((point) => point.gradientVariance ?? []));

type Estimator = keyof NonNullable<PolicyPoint['estimatorVariances']>;

/** How many times one estimator varies as much as another on the same episodes, median over a curve. */
export const fallOf = (curve: readonly PolicyPoint[], from: Estimator, to: Estimator): number | null =>
  medianOf(curve.flatMap(({ estimatorVariances: each }) => (each ? [each[from] / each[to]] : [])));

/**
 * What a policy earns in the end more than random motion, as a share of what its planner does, all from the same starts: 1 is as
 * good as the planner, 0 no better than chance, whatever sign returns have. Null without a planner, or where that is no better
 * than chance itself.
 */
export function plannerShare({ curve, planner }: PolicyUnit): number | null {
  const own = evaluatedAt(curve, Number.POSITIVE_INFINITY);
  if (!planner?.random || own === null) return null;
  const [chance, its] = [mean(planner.random), mean(planner.returns)];
  return its > chance ? (own - chance) / (its - chance) : null;
}

/** The number that a bar is about; Infinity for a return that was never reached, null where there is none. */
export function measureOf(unit: PolicyUnit, bar: PolicyBar): number | null {
  switch (bar.measure) {
    case 'evaluated':
      return evaluatedAt(unit.curve, bar.at ?? Number.POSITIVE_INFINITY);
    case 'reachedAt':
      return firstReaching(unit.curve, bar.reaches ?? 0) ?? Number.POSITIVE_INFINITY;
    case 'gradientVariance':
      return varianceOver(unit.curve);
    case 'plainOverRewardToGo':
      return fallOf(unit.curve, 'plain', 'rewardToGo');
    case 'rewardToGoOverBaseline':
      return fallOf(unit.curve, 'rewardToGo', 'baseline');
    case 'plannerShare':
      return plannerShare(unit);
    case 'actionMs':
      return unit.actionMs.p99;
    case 'wallSeconds':
      return unit.wallSeconds;
  }
}

/**
 * judgeVariants of a study's units. A variant that others are relative to and that never got there counts with the steps that
 * it was given: the others needed at most that share.
 */
export function judgePolicyBar(
  study: PolicyStudyFile,
  bar: PolicyBar,
  units: readonly PolicyUnit[],
): VariantBarResult {
  const of = (variant: string, seed: number) =>
    units.find((unit) => unit.variant === variant && unit.seed === seed);
  return judgeVariants(
    bar,
    { variants: Object.keys(study.variants), seeds: study.seeds },
    (variant, seed) => {
      const unit = of(variant, seed);
      const own = unit && measureOf(unit, bar);
      if (own === undefined || own === null || bar.relativeTo === undefined) return own;
      const other = of(bar.relativeTo, seed);
      const base = other && measureOf(other, bar);
      if (!other || base === null || base === undefined) return null;
      return own / (base === Number.POSITIVE_INFINITY ? other.steps : base);
    },
  );
}
