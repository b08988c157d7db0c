import { paletteColour } from '../../shared/colours';
import { element, type Figure, FONT, line, round, type Theme, type ThemeName, text, themeOf } from './figure';
import { type ChartFrame, framed, type Plot } from './frame';
import type { LegendEntry } from './legend';
import { type Axis, scaleFor } from './scale';

export interface Series {
  name: string;
  x: readonly number[];
  /** null (and, on a logarithmic axis, 0 and below) leaves a gap. */
  y: readonly (number | null)[];
  /** Index into the palette, or #rrggbb; the series' place when left out. */
  colour?: number | string;
  /** A line, dashes, single points, or a line through points; "line" when left out. */
  mark?: 'line' | 'dashed' | 'points' | 'line-points';
  /** A shaded range around the line, as over seeds. */
  band?: { low: readonly (number | null)[]; high: readonly (number | null)[] };
}

export interface LineChart extends ChartFrame {
  x: Axis;
  y: Axis;
  series: readonly Series[];
  /** Thin straight lines across the plot at a value, named at their left (a level) or upper (a place) end. */
  references?: readonly { x?: number; y?: number; label?: string }[];
  /** Straight lines between two points, as a diagonal. */
  segments?: readonly { from: [number, number]; to: [number, number] }[];
  /** Above the plot; on when there is more than one series. */
  legend?: boolean;
  theme?: ThemeName;
}

/**
 * Lines over a common axis.
 * Example: writeFigure('error.png', lineChart({
 *   title: 'theta', x: { label: 'steps ahead', log: true }, y: { label: 'error', unit: 'rad', log: true },
 *   series: [{ name: 'ensemble', x: [1, 10], y: [0.01, 0.2] }, { name: 'last value', x: [1, 10], y: [0.1, 1], mark: 'dashed' }],
 * }));
 */
export function lineChart(chart: LineChart): Figure {
  const { x, y, series, width = 420, height = 280 } = chart;
  const theme = themeOf(chart.theme);
  const xs = [...series.flatMap((one) => [...one.x]), ...(chart.references ?? []).map((r) => r.x ?? null)];
  const ys = [
    ...series.flatMap((one) => [...one.y, ...(one.band?.low ?? []), ...(one.band?.high ?? [])]),
    ...(chart.references ?? []).map((r) => r.y ?? null),
  ];
  const xScale = scaleFor(xs, { ...x, range: x.range ?? tight(xs, x) }, Math.max(2, Math.floor(width / 60)));
  const yScale = scaleFor(ys, y, Math.max(2, Math.floor(height / 55)));
  const inside = (plot: Plot) =>
    [
      ...(chart.segments ?? []).map(({ from, to }) =>
        line(plot.x(from[0]), plot.y(from[1]), plot.x(to[0]), plot.y(to[1]), {
          stroke: theme.axis,
          'stroke-dasharray': '3 3',
        }),
      ),
      ...(chart.references ?? []).map((reference) => referenceLine(reference, plot, theme)),
      ...series.map((one, i) => band(one, i, plot, y)),
      ...series.map((one, i) => drawn(one, i, plot, y)),
      ...(chart.references ?? []).map((reference) => referenceName(reference, plot, theme)),
    ].join('\n');
  const entries = (chart.legend ?? series.length > 1) ? legendOf(series) : [];
  const content = framed(chart, { x, y, xScale, yScale }, entries, theme, inside);
  return { width, height, content, theme };
}

/** What a legend says about these series, for a legend that several charts share. */
export const legendOf = (series: readonly Series[]): LegendEntry[] =>
  series.map((one, i) => ({
    name: one.name,
    colour: colourOf(one, i),
    mark: one.mark === 'dashed' || one.mark === 'points' ? one.mark : 'line',
  }));

const colourOf = ({ colour }: Series, index: number): string =>
  typeof colour === 'string' ? colour : paletteColour(colour ?? index);

/** Lines run from edge to edge: along x, round numbers at the ends would only be room for nothing. */
function tight(values: readonly (number | null)[], axis: Axis): [number, number] | undefined {
  const usable = values.filter((v): v is number => v !== null && Number.isFinite(v) && (!axis.log || v > 0));
  if (usable.length === 0) return undefined;
  const low = axis.fromZero && !axis.log ? Math.min(0, ...usable) : Math.min(...usable);
  const high = Math.max(...usable);
  return high > low ? [low, high] : undefined;
}

/** Runs of neighbouring points that can be drawn. */
function runs(x: readonly number[], y: readonly (number | null)[], axis: Axis): number[][] {
  const found: number[][] = [];
  let run: number[] = [];
  x.forEach((_, i) => {
    const value = y[i];
    const usable =
      value !== null && value !== undefined && Number.isFinite(value) && (!axis.log || value > 0);
    if (usable) run.push(i);
    if ((!usable || i === x.length - 1) && run.length > 0) {
      found.push(run);
      run = [];
    }
  });
  return found;
}

function drawn(series: Series, index: number, plot: Plot, axis: Axis): string {
  const { x, y, mark = 'line' } = series;
  const stroke = colourOf(series, index);
  const at = (i: number) => [plot.x(x[i] ?? 0), plot.y(y[i] ?? 0)] as const;
  const parts: string[] = [];
  for (const run of runs(x, y, axis)) {
    // A single number between gaps would be a line of no length.
    const points = mark === 'points' || mark === 'line-points' || run.length === 1;
    if (mark !== 'points' && run.length > 1) {
      parts.push(
        element('polyline', {
          points: run.map((i) => at(i).map(round).join(',')).join(' '),
          ...{ fill: 'none', stroke, 'stroke-width': 2, 'stroke-linejoin': 'round' },
          'stroke-dasharray': mark === 'dashed' ? '5 3' : undefined,
        }),
      );
    }
    if (points) {
      parts.push(...run.map((i) => element('circle', { cx: at(i)[0], cy: at(i)[1], r: 2.5, fill: stroke })));
    }
  }
  return parts.join('\n');
}

function band(series: Series, index: number, plot: Plot, axis: Axis): string {
  if (!series.band) return '';
  const { low, high } = series.band;
  const both = series.x.map((_, i) => (low[i] === null || high[i] === null ? null : (high[i] ?? null)));
  return runs(series.x, both, axis)
    .map((run) => {
      const point = (i: number, values: readonly (number | null)[]) => {
        const value = values[i] ?? 0;
        const y = axis.log && value <= 0 ? plot.height : plot.y(value);
        return `${round(plot.x(series.x[i] ?? 0))},${round(y)}`;
      };
      const outline = [...run.map((i) => point(i, high)), ...run.toReversed().map((i) => point(i, low))];
      return element('polygon', {
        points: outline.join(' '),
        fill: colourOf(series, index),
        'fill-opacity': 0.18,
      });
    })
    .join('\n');
}

type Reference = NonNullable<LineChart['references']>[number];

function referenceLine({ x, y }: Reference, plot: Plot, { axis }: Theme): string {
  const dashes = { stroke: axis, 'stroke-dasharray': '2 3' };
  if (y !== undefined) return line(0, plot.y(y), plot.width, plot.y(y), dashes);
  return line(plot.x(x ?? 0), 0, plot.x(x ?? 0), plot.height, dashes);
}

/** Over the lines, with a rim in the background's colour, so that it stays readable where they cross. */
function referenceName({ x, y, label }: Reference, plot: Plot, { faint, background }: Theme): string {
  if (!label) return '';
  const at = y !== undefined ? { x: 4, y: plot.y(y) - 4 } : { x: plot.x(x ?? 0) + 4, y: 12 };
  const rim = { stroke: background, 'stroke-width': 3, 'stroke-linejoin': 'round', 'paint-order': 'stroke' };
  return text(label, { ...at, ...rim, fill: faint, size: FONT.tick });
}
