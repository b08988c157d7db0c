import type {
  ControlBar,
  ControlStudyFile,
  ControlUnit,
  CurvePoint,
  EvaluationRow,
} from '../../../shared/control-study';
import { mean, type Spread } from '../../../shared/statistics';

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

export const curveOf = (study: ControlStudyFile, unit: ControlUnit) =>
  study.protocol.kind === 'learning-curve' && study.protocol.maxSoFar ? maxSoFar(unit.curve) : unit.curve;

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
    case 'planMs':
      return ofRow((row) => row.planMs);
  }
}

export interface ControlBarResult {
  title: string;
  wanted: string;
  met: boolean;
  variants: { variant: string; value: Spread | undefined; met: boolean }[];
}

/** The median over seeds counts; a seed without a number, because its unit failed, is a seed that does not meet it. */
export function judgeControlBar(
  study: ControlStudyFile,
  bar: ControlBar,
  units: readonly ControlUnit[],
): ControlBarResult {
  const variants = (bar.variants ?? Object.keys(study.variants)).map((variant) => {
    const worst = bar.atLeast !== undefined ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const own = units.filter((unit) => unit.variant === variant);
    const values = study.seeds.map((seed) => {
      const unit = own.find((one) => one.seed === seed);
      return (unit && measureOf(study, unit, bar)) ?? worst;
    });
    const value = own.length === 0 ? undefined : spreadWithInfinity(values);
    const met =
      value !== undefined &&
      value.median >= (bar.atLeast ?? Number.NEGATIVE_INFINITY) &&
      value.median <= (bar.atMost ?? Number.POSITIVE_INFINITY);
    return { variant, value, met };
  });
  const wanted = [
    ...(bar.atLeast === undefined ? [] : [`≥ ${bar.atLeast}`]),
    ...(bar.atMost === undefined ? [] : [`≤ ${bar.atMost}`]),
  ].join(' and ');
  return { title: bar.title, wanted, met: variants.every((one) => one.met), variants };
}

/** The middle value (the mean of both where there are two, unless one of them is infinite) and the range. */
export function spreadWithInfinity(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  return {
    median: low === high ? low : (low + high) / 2,
    low: sorted[0],
    high: sorted.at(-1) as number,
  };
}
