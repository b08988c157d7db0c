import type { ModelStudyFile, StudyUnit } from '../../shared/model-study';
import { spread } from '../../shared/statistics';
import { barChart, type Figure, lineChart, type Series } from '../figures';
import { errorInSpreads, unitsOf } from './measures';

/** Figures of one source by base name: error against horizon, and what else was measured. */
export function studyFigures(
  study: ModelStudyFile,
  units: readonly StudyUnit[],
  source: string,
): Record<string, Figure> {
  const variants = Object.keys(study.variants).filter(
    (variant) => unitsOf(units, source, variant).length > 0,
  );
  if (variants.length === 0) return {};
  const base = `${study.name}-${source}`;
  const figures: Record<string, Figure> = {};
  const over = (variant: string, value: (unit: StudyUnit) => number | null) =>
    spread(unitsOf(units, source, variant).map(value));
  const bars = (name: string, value: (unit: StudyUnit) => number | null) => {
    const found = variants.map((variant) => over(variant, value));
    return {
      name,
      values: found.map((one) => one?.median ?? null),
      low: found.map((one) => one?.low ?? null),
      high: found.map((one) => one?.high ?? null),
    };
  };
  const width = Math.max(480, 90 * variants.length + 80);
  if (study.measures.includes('errors')) {
    figures[`${base}-error`] = lineChart({
      title: `${source}: error against horizon`,
      ...{ width: 720, height: 420 },
      x: { label: 'steps ahead', log: true, ticks: study.horizons },
      y: { label: 'error in units of spread', log: true },
      series: [
        ...variants.map((variant) => errorLine(study, unitsOf(units, source, variant), variant)),
        ...trivial(),
      ],
      references: [{ y: 1, label: 'no better than the mean' }],
    });
  }
  if (study.measures.includes('auroc')) {
    figures[`${base}-auroc`] = barChart({
      title: `${source}: the withheld region told from the rest`,
      ...{ width, height: 320 },
      categories: variants,
      y: { label: 'AUROC', range: [0, 1] },
      bars: [
        bars('epistemic variance', (unit) => unit.auroc?.epistemic ?? null),
        bars('total variance', (unit) => unit.auroc?.total ?? null),
      ],
    });
  }
  if (study.measures.includes('energyDistance')) {
    figures[`${base}-energy-distance`] = barChart({
      title: `${source}: energy distance between draws and the plant`,
      ...{ width, height: 320 },
      categories: variants,
      y: { label: 'energy distance' },
      bars: [bars('energy distance', (unit) => unit.energyDistance)],
    });
  }
  return figures;

  function trivial(): Series[] {
    const [unit] = units.filter((one) => one.source === source);
    if (unit === undefined) return [];
    return (['last', 'velocity'] as const).map((predictor, i) => ({
      name: predictor === 'last' ? 'last value stays' : 'last change repeats',
      x: study.horizons,
      y: study.horizons.map((_, h) => errorInSpreads(unit, h, predictor)),
      colour: i === 0 ? '#8a9099' : '#b4b9c0',
      mark: 'dashed',
    }));
  }
}

function errorLine({ horizons }: ModelStudyFile, units: readonly StudyUnit[], name: string): Series {
  const found = horizons.map((_, h) => spread(units.map((unit) => errorInSpreads(unit, h))));
  return {
    name,
    x: horizons,
    y: found.map((one) => one?.median ?? null),
    mark: 'line-points',
    band: { low: found.map((one) => one?.low ?? null), high: found.map((one) => one?.high ?? null) },
  };
}
