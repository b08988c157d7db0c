import { spread } from '../../../shared/statistics';
import type { Series } from '../../figures';
import { markdownTable, short, spreadWords } from './tables';

/** What one seed came to over what it had used, [x, y] with x ascending. */
export type Curve = readonly (readonly [number, number])[];

export interface Anchor {
  label: string;
  source: string;
  points: [number, number][];
}

/** Rows of a curve's table at most, beside those of published points. */
const MOST_ROWS = 20;

/** The newest value by then; null before the first one. */
export const valueAt = (curve: Curve, x: number): number | null =>
  curve.findLast(([at]) => at <= x)?.[1] ?? null;

/** Median over seeds wherever any of them has a value, from where all have one to where the longest ends, with the range. */
export function curveSeries(all: readonly Curve[], name: string): Series {
  const curves = all.filter((curve) => curve.length > 0);
  const first = Math.max(...curves.map((curve) => curve[0]?.[0] ?? 0));
  const places = [...new Set(curves.flatMap((curve) => curve.map(([x]) => x)))]
    .filter((x) => x >= first)
    .sort((a, b) => a - b);
  const found = places.map((x) => spread(curves.map((curve) => valueAt(curve, x))));
  return {
    ...{ name, x: places, y: found.map((one) => one?.median ?? null), mark: 'line-points' },
    band: { low: found.map((one) => one?.low ?? null), high: found.map((one) => one?.high ?? null) },
  };
}

/** What was published, beside them. */
export const anchorSeries = (anchors: readonly Anchor[]): Series[] =>
  anchors.map(({ label, points }, i) => ({
    ...{ name: label, x: points.map(([x]) => x), y: points.map(([, y]) => y) },
    ...{ mark: points.length > 1 ? 'dashed' : 'points', colour: i === 0 ? '#5f6670' : '#a3a9b1' },
  }));

/**
 * A table of curves beside what was published, in Markdown.
 * @param curves by variant, a curve a seed
 */
export function curveTable(
  heading: string,
  unit: string,
  curves: Readonly<Record<string, readonly Curve[]>>,
  anchors: readonly Anchor[],
): string[] {
  const all = [...new Set(Object.values(curves).flatMap((own) => own.flatMap((one) => one.map(([x]) => x))))];
  const step = Math.max(1, Math.ceil(all.length / MOST_ROWS));
  const own = all.sort((a, b) => a - b).filter((_, i) => i % step === 0 || i === all.length - 1);
  const published = anchors.flatMap(({ points }) => points.map(([x]) => x));
  const places = [...new Set([...own, ...published])].sort((a, b) => a - b);
  const last = Math.max(...all);
  const rows = places.map((x) => [
    String(x),
    // Beside a published point beyond its end a curve has no number.
    ...Object.values(curves).map((own) =>
      x > last ? '–' : spreadWords(spread(own.map((curve) => valueAt(curve, x)))),
    ),
    ...anchors.map(({ points }) => short(points.find(([at]) => at === x)?.[1])),
  ]);
  const header = [unit, ...Object.keys(curves), ...anchors.map(({ label }) => `*${label}*`)];
  return [
    ...[`## ${heading}`, '', ...markdownTable(header, rows), ''],
    ...anchors.filter((one) => one.source !== '').map(({ label, source }) => `*${label}*: ${source}.`),
    '',
  ];
}
