import type { PolicyStudyFile, PolicyUnit } from '../../../shared/policy-study';
import { type Figure, lineChart } from '../../figures';
import { anchorSeries, curveSeries } from '../common/curves';
import { evaluationCurve } from './measures';

/** Curves of evaluation with their range over seeds, beside the published ones. */
export function policyFigures(study: PolicyStudyFile, units: readonly PolicyUnit[]): Record<string, Figure> {
  const variants = Object.keys(study.variants).filter((name) => units.some((unit) => unit.variant === name));
  if (variants.length === 0) return {};
  const of = (variant: string) =>
    units.filter((unit) => unit.variant === variant).map((unit) => evaluationCurve(unit.curve));
  return {
    [study.name]: lineChart({
      ...{ title: study.title, width: 720, height: 420 },
      x: { label: 'steps' },
      y: { label: 'return without exploration' },
      series: [
        ...variants.map((variant) => curveSeries(of(variant), variant)),
        ...anchorSeries(study.anchors),
      ],
    }),
  };
}
