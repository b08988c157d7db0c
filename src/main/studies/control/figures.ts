import type { ControlStudyFile, ControlUnit } from '../../../shared/control-study';
import { mean, spread } from '../../../shared/statistics';
import { type Figure, lineChart, rangeChart } from '../../figures';
import { anchorSeries, curveSeries } from '../common/curves';
import { returnsOf } from './measures';

/** Figures by base name: curves with their range and the published ones, or what evaluation came to with its range. */
export function controlFigures(
  study: ControlStudyFile,
  units: readonly ControlUnit[],
): Record<string, Figure> {
  if (units.length === 0) return {};
  const variants = Object.keys(study.variants).filter((name) => units.some((unit) => unit.variant === name));
  const of = (variant: string) => units.filter((unit) => unit.variant === variant);
  if (study.protocol.kind === 'learning-curve') {
    return {
      [study.name]: lineChart({
        ...{ title: study.title, width: 720, height: 420 },
        x: { label: 'transitions' },
        y: { label: study.protocol.maxSoFar ? 'largest return so far' : 'return' },
        series: [
          ...variants.map((variant) =>
            curveSeries(
              of(variant).map((unit) => returnsOf(study, unit)),
              variant,
            ),
          ),
          ...anchorSeries(study.anchors),
        ],
      }),
    };
  }
  const settings = [
    ...new Set(
      units.flatMap((unit) => unit.evaluations.map(({ at, disturbance }) => `${at}|${disturbance}`)),
    ),
  ].map((key) => key.split('|') as [string, string]);
  // What all have in common tells none apart.
  const oneSize = new Set(settings.map(([at]) => at)).size === 1;
  const nameOf = (at: string, disturbance: string) => {
    const size = oneSize && settings.length > 1 ? [] : [`${at} transitions`];
    const disturbed = disturbance === 'none' ? (size.length === 0 ? ['undisturbed'] : []) : [disturbance];
    return [...size, ...disturbed].join(', ');
  };
  const kinds = (value: (row: ControlUnit['evaluations'][number]) => number) =>
    settings.map(([at, disturbance]) => {
      const found = variants.map((variant) =>
        spread(
          of(variant).map((unit) => {
            const row = unit.evaluations.find(
              (one) => String(one.at) === at && one.disturbance === disturbance,
            );
            return row ? value(row) : null;
          }),
        ),
      );
      return {
        name: nameOf(at, disturbance),
        values: found.map((one) => one?.median ?? null),
        low: found.map((one) => one?.low ?? null),
        high: found.map((one) => one?.high ?? null),
      };
    });
  return {
    [`${study.name}-return`]: rangeChart({
      ...{ categories: variants, title: `${study.title}: return`, x: { label: 'return' } },
      kinds: kinds((row) => mean(row.returns)),
    }),
    [`${study.name}-outside`]: rangeChart({
      ...{ categories: variants, title: `${study.title}: steps outside of limits` },
      x: { label: 'steps', fromZero: true },
      kinds: kinds((row) => row.stepsOutside),
    }),
  };
}
