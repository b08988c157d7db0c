import { paletteColour } from '../../shared/colours';
import { element, type Figure, FONT, fitted, line, moved, type ThemeName, text, themeOf } from './figure';
import { type ChartFrame, framed, type Plot } from './frame';
import { type Axis, scaleFor } from './scale';

export interface Bars {
  name: string;
  /** One value a category; null for none. */
  values: readonly (number | null)[];
  /** Index into the palette, or #rrggbb; the place among the bars when left out. */
  colour?: number | string;
  /** Ends of a thin line over the bar, as the range over seeds. */
  low?: readonly (number | null)[];
  high?: readonly (number | null)[];
}

export interface BarChart extends ChartFrame {
  /** Names along the x axis. */
  categories: readonly string[];
  xLabel?: string;
  y: Axis;
  bars: readonly Bars[];
  /** On top of each other instead of side by side. */
  stacked?: boolean;
  /** Above the plot; on when there is more than one kind of bar. */
  legend?: boolean;
  theme?: ThemeName;
}

/** Share of a category's room that its bars fill. */
const FILLED = 0.72;

/** Bars from zero over named categories, side by side or stacked. */
export function barChart(chart: BarChart): Figure {
  const { categories, bars, stacked = false, width = 420, height = 280 } = chart;
  const theme = themeOf(chart.theme);
  const totals = categories.map((_, i) => bars.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  const heights = stacked
    ? totals
    : bars.flatMap(({ values, low = [], high = [] }) => [...values, ...low, ...high]);
  const y: Axis = { fromZero: true, ...chart.y };
  const yScale = scaleFor(heights, y, Math.max(2, Math.floor(height / 55)));
  const base = y.log ? yScale.low : Math.max(yScale.low, Math.min(0, yScale.high));
  const x: Axis = { label: chart.xLabel ?? '', range: [0, Math.max(1, categories.length)], ticks: [] };
  const colours = bars.map(({ colour }, i) =>
    typeof colour === 'string' ? colour : paletteColour(colour ?? i),
  );
  const entries =
    (chart.legend ?? bars.length > 1)
      ? bars.map(({ name }, i) => ({ name, colour: colours[i] ?? '', mark: 'bar' as const }))
      : [];
  const bar = (plot: Plot, left: number, wide: number, from: number, to: number, fill: string) => {
    const [a, b] = [plot.y(Math.max(from, yScale.low)), plot.y(Math.max(to, yScale.low))];
    return element('rect', { x: left, y: Math.min(a, b), width: wide, height: Math.abs(a - b), fill });
  };
  let plotted: Plot | undefined;
  const content = framed(chart, { x, y, xScale: scaleFor([], x), yScale }, entries, theme, (plot) => {
    plotted = plot;
    const room = plot.width / Math.max(1, categories.length);
    const wide = (room * FILLED) / (stacked ? 1 : Math.max(1, bars.length));
    return categories
      .flatMap((_, i) => {
        let top = base;
        return bars.flatMap(({ values, low, high }, b) => {
          const value = values[i];
          if (value === null || value === undefined || !Number.isFinite(value)) return [];
          const left = (i + (1 - FILLED) / 2) * room + (stacked ? 0 : b * wide);
          const from = top;
          if (stacked) top += value;
          const drawn = bar(plot, left, Math.max(1, wide - 1), from, stacked ? top : value, colours[b] ?? '');
          const [l, h] = [low?.[i] ?? null, high?.[i] ?? null];
          if (l === null || h === null) return [drawn];
          const middle = left + wide / 2;
          return [
            drawn,
            line(middle, plot.y(l), middle, plot.y(h), { stroke: theme.ink, 'stroke-width': 1.5 }),
          ];
        });
      })
      .join('\n');
  });
  const names = plotted ? categoryNames(categories, plotted, chart, theme.faint) : '';
  return { width, height, theme, content: `${content}\n${names}` };

  function categoryNames(list: readonly string[], plot: Plot, frame: ChartFrame, fill: string): string {
    const room = plot.width / Math.max(1, list.length);
    const left = (frame.width ?? width) - plot.width - 12;
    const top = (frame.height ?? height) - (chart.xLabel ? 44 : 26);
    return moved(
      left,
      top + 16,
      list
        .map((name, i) =>
          text(fitted(name, FONT.tick, room), { x: (i + 0.5) * room, y: 0, fill, 'text-anchor': 'middle' }),
        )
        .join('\n'),
    );
  }
}
