import type { Evaluation, EvaluationReport } from '../../shared/model';
import type { Figure, ThemeName } from './figure';
import { grid } from './grid';
import { heatMap } from './heat-map';
import { legendOf, lineChart, type Series } from './line-chart';

export interface EvaluatedModel {
  name: string;
  evaluation: Evaluation;
}

const LAST = '#8b95a3';
const VELOCITY = '#b58a3c';
/** A model that runs away would flatten everything else: the axis ends at so many times the worst trivial guess. */
const ROOM_ABOVE = 20;
/**
 * The verdict as figures by name: "error" and "reliability" with all models side by side, "uncertainty-<model>" and
 * "coverage-<model>" for each; those that have nothing to show are left out.
 */
export function evaluationFigures(
  models: readonly EvaluatedModel[],
  theme: ThemeName = 'light',
): Record<string, Figure> {
  const figures: Record<string, Figure> = { error: errorFigure(models, theme) };
  const reliability = reliabilityFigure(models, theme);
  if (reliability) figures.reliability = reliability;
  const taken = new Set<string>();
  for (const { name, evaluation } of models) {
    if (!evaluation.report) continue;
    let slug = name.replace(/[^A-Za-z0-9._-]+/g, '-') || 'model';
    while (taken.has(slug)) slug = `${slug}-again`;
    taken.add(slug);
    const uncertainty = uncertaintyFigure(name, evaluation, evaluation.report, theme);
    const coverage = coverageFigure(name, evaluation.report, theme);
    if (uncertainty) figures[`uncertainty-${slug}`] = uncertainty;
    if (coverage) figures[`coverage-${slug}`] = coverage;
  }
  return figures;
}

/** Error against horizon, a panel a channel, a colour a model, the trivial predictors dashed. */
export function errorFigure(models: readonly EvaluatedModel[], theme: ThemeName = 'light'): Figure {
  const first = models[0]?.evaluation;
  const channels = first?.channels ?? [];
  const farthest = Math.max(...models.map(({ evaluation }) => measuredUpTo(evaluation)));
  const range: [number, number] = [1, Math.max(2, farthest)];
  let key: readonly Series[] = [];
  const panels = channels.map((channel) => {
    const own = models.map(({ name, evaluation }, i): Series => {
      const found = evaluation.channels.find((one) => one.name === channel.name);
      return { name, x: evaluation.horizons, y: found?.error ?? [], colour: i };
    });
    const x = first?.horizons ?? [];
    const trivial: Series[] = [
      { name: 'nothing changes', x, y: channel.last, colour: LAST, mark: 'dashed' },
      { name: 'the last change repeats', x, y: channel.velocity, colour: VELOCITY, mark: 'dashed' },
    ];
    const series = [...own, ...trivial];
    key = series;
    const report = first?.report;
    const spread = report?.channels.find(({ name }) => name === channel.name)?.spread;
    const level = spread && report ? report.trustedFraction * spread : undefined;
    const visible = visibleRange(own, trivial, level);
    return lineChart({
      ...{ title: channel.name, width: 380, height: 270, legend: false, theme, series },
      x: { label: 'steps ahead', log: true, range },
      y: { label: 'error', unit: unitOf(channel.unit), log: true, ...(visible && { range: visible }) },
      references:
        level && report
          ? [{ y: level, label: `${Math.round(100 * report.trustedFraction)} % of the spread` }]
          : [],
    });
  });
  return grid(panels, {
    title: 'Error against horizon',
    subtitle: `Root mean square over ${first?.samples[0] ?? 0} start points, open loop`,
    ...{ legend: legendOf(key), theme },
  });
}

/** The farthest horizon that any start reached. */
function measuredUpTo({ horizons, samples }: Evaluation): number {
  return Math.max(1, ...horizons.filter((_, i) => (samples[i] ?? 0) > 0));
}

function visibleRange(
  own: readonly Series[],
  trivial: readonly Series[],
  level: number | undefined,
): [number, number] | undefined {
  const usable = (series: readonly Series[]) =>
    series.flatMap(({ y }) => y.filter((v): v is number => v !== null && Number.isFinite(v) && v > 0));
  const reference = [...usable(trivial), ...(level ? [level] : [])];
  const all = [...usable(own), ...reference];
  if (all.length === 0) return undefined;
  // A trivial predictor that is exact (nothing moves) must not stretch the axis to float's dust either.
  const lowest = Math.min(
    ...(usable(own).length > 0 ? usable(own) : all),
    ...reference.filter((v) => v > 1e-9),
  );
  const highest =
    reference.length > 0 ? Math.min(Math.max(...all), ROOM_ABOVE * Math.max(...reference)) : Math.max(...all);
  return [lowest / 1.2, Math.max(highest * 1.2, lowest * 2)];
}

/** Claimed against observed coverage, before and after recalibration: a row a model, a panel a horizon. */
export function reliabilityFigure(
  models: readonly EvaluatedModel[],
  theme: ThemeName = 'light',
): Figure | undefined {
  let key: readonly Series[] = [];
  const rows = models.flatMap(({ name, evaluation }) =>
    (evaluation.report?.calibration ?? []).map(({ horizon, levels, before, after }) => {
      const series: Series[] = [
        { name: 'as predicted', x: levels, y: before, colour: 1, mark: 'line-points' },
        { name: 'recalibrated', x: levels, y: after, colour: 2, mark: 'line-points' },
      ];
      key = series;
      const shares: [number, number] = [0, 1];
      return lineChart({
        title:
          models.length > 1 ? `${name}, ${horizon}` : `${horizon} ${horizon === 1 ? 'step' : 'steps'} ahead`,
        ...{ width: 300, height: 300, legend: false, theme, series },
        x: { label: 'share claimed', range: shares, ticks: [0, 0.25, 0.5, 0.75, 1] },
        y: { label: 'share observed', range: shares, ticks: [0, 0.25, 0.5, 0.75, 1] },
        segments: [{ from: [0, 0], to: [1, 1] }],
      });
    }),
  );
  if (rows.length === 0) return undefined;
  return grid(rows, {
    title: `Calibration of central intervals${models.length > 1 ? ', by steps ahead' : ''}`,
    subtitle:
      'Below the diagonal: too sure. Recalibration is one factor a channel, judged on other steps than fitted.',
    ...{ columns: Math.max(...models.map((m) => m.evaluation.report?.calibration.length ?? 0)), theme },
    legend: legendOf(key),
  });
}

/** What is not known and what is noise, by horizon, beside the error that was made, a panel a channel. */
export function uncertaintyFigure(
  name: string,
  evaluation: Evaluation,
  report: EvaluationReport,
  theme: ThemeName = 'light',
): Figure | undefined {
  const { horizons: x, channels } = evaluation;
  let key: readonly Series[] = [];
  const panels = report.channels.flatMap((channel, c) => {
    if (channel.aleatoric.every((value) => value === null)) return [];
    const series: Series[] = [
      { name: 'epistemic: what it does not know', x, y: channel.epistemic, colour: 3, mark: 'line-points' },
      { name: 'aleatoric: noise', x, y: channel.aleatoric, colour: 0, mark: 'line-points' },
      { name: 'error that was made', x, y: channels[c]?.error ?? [], colour: LAST, mark: 'dashed' },
    ];
    key = series.filter(({ y }) => y.some((value) => value !== null));
    return lineChart({
      ...{ title: channel.name, width: 380, height: 270, legend: false, theme, series },
      x: { label: 'steps ahead', log: true, range: [1, Math.max(2, measuredUpTo(evaluation))] },
      y: { label: 'standard deviation', unit: unitOf(channels[c]?.unit ?? ''), log: true },
    });
  });
  if (panels.length === 0) return undefined;
  return grid(panels, {
    title: `What ${name} says about its own error`,
    subtitle: 'More data helps against what is not known; against noise it does not.',
    ...{ legend: legendOf(key), theme },
  });
}

/** Where there is data, what one step costs there, and where the model guesses: a row a pair of channels. */
export function coverageFigure(
  name: string,
  { coverage }: EvaluationReport,
  theme: ThemeName = 'light',
): Figure | undefined {
  const panels = coverage.flatMap(({ x, y, count, error, epistemic }) => {
    const axes = {
      ...{ width: 380, height: 300, theme },
      x: { label: x.name, unit: unitOf(x.unit), edges: x.edges },
      y: { label: y.name, unit: unitOf(y.unit), edges: y.edges },
    };
    const filled = count.map((row) => row.map((n) => (n === 0 ? null : n)));
    const maps = [
      heatMap({ ...axes, title: 'Transitions', values: filled, colour: { log: true } }),
      heatMap({
        ...axes,
        title: 'One-step error (share of the spread)',
        values: error,
        colour: { log: true },
      }),
    ];
    const knows = epistemic.some((row) => row.some((value) => value !== null));
    if (!knows) return maps;
    const title = 'Disagreement (share of a step)';
    return [...maps, heatMap({ ...axes, title, values: epistemic, colour: { log: true } })];
  });
  if (panels.length === 0) return undefined;
  return grid(panels, {
    title: `Where ${name} has data, and where it has none`,
    subtitle:
      'Empty cells hold no recorded step. Disagreement is shown everywhere, with the other channels as recorded.',
    ...{ columns: panels.length / coverage.length, theme },
  });
}

const unitOf = (unit: string): string => (unit === '1' ? '' : unit);
