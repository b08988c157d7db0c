import type {
  ControlBar,
  ControlStudyFile,
  ControlUnit,
  CurvePoint,
  EvaluationRow,
} from '../../../shared/control-study';
import { mean } from '../../../shared/statistics';
import { judgeVariants, type VariantBarResult } from '../common/bars';
import type { Curve } from '../common/curves';

/** Every return replaced by the largest one so far. */
export function maxSoFar<T extends CurvePoint>(curve: readonly T[]): T[] {
  let largest = Number.NEGATIVE_INFINITY;
  return curve.map((point) => {
    largest = Math.max(largest, point.return);
    return { ...point, return: largest };
  });
}

/** Return of the last trial that was over by then; null before the first one. */
export function returnAt(curve: readonly CurvePoint[], transitions: number): number | null {
  return curve.findLast((point) => point.transitions <= transitions)?.return ?? null;
}

/** Transitions after the first trial that returned at least so much; null where none did. */
export function firstReaching(curve: readonly CurvePoint[], wanted: number): number | null {
  return curve.find((point) => point.return >= wanted)?.transitions ?? null;
}

const curveOf = (study: ControlStudyFile, unit: ControlUnit) =>
  study.protocol.kind === 'learning-curve' && study.protocol.maxSoFar ? maxSoFar(unit.curve) : unit.curve;

/** The same as [transitions, return]. */
export const returnsOf = (study: ControlStudyFile, unit: ControlUnit): Curve =>
  curveOf(study, unit).map((point) => [point.transitions, point.return]);

export function rowOf(unit: ControlUnit, at: number | undefined, disturbance: string | undefined) {
  return unit.evaluations.find(
    (row) =>
      (at === undefined || row.at === at) && (disturbance === undefined || row.disturbance === disturbance),
  );
}

/** The number that a bar is about; Infinity for a return that was never reached, null where there is none. */
export function measureOf(study: ControlStudyFile, unit: ControlUnit, bar: ControlBar): number | null {
  const ofRow = (value: (row: EvaluationRow) => number | null) => {
    const row = rowOf(unit, bar.at, bar.disturbance);
    return row === undefined ? null : value(row);
  };
  switch (bar.measure) {
    case 'return':
      return returnAt(curveOf(study, unit), bar.at ?? 0);
    case 'solvedAt':
      return firstReaching(unit.curve, bar.reaches ?? 0) ?? Number.POSITIVE_INFINITY;
    case 'evaluation':
      return ofRow((row) => mean(row.returns));
    case 'stepsOutside':
      return ofRow((row) => row.stepsOutside);
    case 'stepReward':
      return ofRow(({ returns, steps }) =>
        steps ? returns.reduce((sum, one) => sum + one, 0) / steps : null,
      );
    case 'success':
      return ofRow((row) => row.success ?? null);
    case 'successShare':
      return ofRow((row) => row.successShare ?? null);
    case 'planMs':
      return ofRow((row) => row.planMs);
  }
}

/** judgeVariants of a control study's units. */
export const judgeControlBar = (
  study: ControlStudyFile,
  bar: ControlBar,
  units: readonly ControlUnit[],
): VariantBarResult =>
  judgeVariants(bar, { variants: Object.keys(study.variants), seeds: study.seeds }, (variant, seed) => {
    const unit = units.find((one) => one.variant === variant && one.seed === seed);
    return unit && measureOf(study, unit, bar);
  });
