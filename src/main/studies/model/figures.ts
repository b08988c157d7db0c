import type { ModelStudyFile, StudyUnit } from '../../../shared/model-study';
import { spread } from '../../../shared/statistics';
import { barChart, type Figure, grid, lineChart, type Series } from '../../figures';
import { errorInSpreads, unitsOf } from './measures';

/** More lines in one chart would share colours. */
const MOST_LINES = 8;

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
    figures[`${base}-error`] = errorFigure(study, units, source, variants);
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
}

/** One chart; where there are more lines than can be told apart, one for every class (the words before a comma). */
function errorFigure(
  study: ModelStudyFile,
  units: readonly StudyUnit[],
  source: string,
  variants: readonly string[],
): Figure {
  const title = `${source}: error against horizon`;
  const x = { label: 'steps ahead', log: true, ticks: study.horizons };
  const y = { label: 'error in units of spread', log: true };
  const references = [{ y: 1, label: 'no better than the mean' }];
  const lines = variants.map((variant) => errorLine(study, unitsOf(units, source, variant), variant));
  const trivial = trivialLines(study, units, source);
  if (variants.length <= MOST_LINES) {
    return lineChart({
      ...{ title, x, y, references, width: 720, height: 420 },
      series: [...lines, ...trivial],
    });
  }
  const groups = [...new Set(lines.map(({ name }) => classOf(name)))];
  const all = [...lines, ...trivial].flatMap((line) => line.y.filter((value) => value !== null && value > 0));
  const range: [number, number] = [Math.min(1, ...(all as number[])), Math.max(1, ...(all as number[]))];
  const panels = groups.map((group) =>
    lineChart({
      ...{ title: group, x, y: { ...y, range }, references, width: 400, height: 320 },
      series: [...lines.filter(({ name }) => classOf(name) === group), ...trivial],
    }),
  );
  return grid(panels, { title });
}

const classOf = (variant: string): string => variant.split(',')[0] ?? variant;

/** What needs no model, in grey. The same for every variant of a source. */
function trivialLines({ horizons }: ModelStudyFile, units: readonly StudyUnit[], source: string): Series[] {
  const unit = units.find((one) => one.source === source);
  if (unit === undefined) return [];
  return (['last', 'velocity'] as const).map((predictor, i) => ({
    name: predictor === 'last' ? 'last value stays' : 'last change repeats',
    x: horizons,
    y: horizons.map((_, h) => errorInSpreads(unit, h, predictor)),
    colour: i === 0 ? '#8a9099' : '#b4b9c0',
    mark: 'dashed',
  }));
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
