import { paletteColour } from '../../shared/colours';
import type { Bars } from './bar-chart';
import { element, type Figure, line, type ThemeName, themeOf } from './figure';
import { framed } from './frame';
import { type Axis, type Scale, scaleFor } from './scale';

export interface RangeChart {
  title?: string;
  /** px; 720 when left out. The height follows from the rows. */
  width?: number;
  /** Names beside the rows, from the top. */
  categories: readonly string[];
  x: Axis;
  /** Within each category one row a kind: a dot at the value, a line from `low` to `high`. */
  kinds: readonly Bars[];
  theme?: ThemeName;
}

/** px of a row, and between the rows of two categories. */
const ROW = 14;
const BETWEEN = 12;
/** px that a title, the axis' ticks and its label take, and a row of the legend. */
const AROUND = 72;
const LEGEND = 26;

/**
 * A dot with its range a row. Many categories with long names stand below each other here, where bars would need a
 * picture that is wider than a page; and where only differences count no bar has to begin at zero.
 */
export function rangeChart(chart: RangeChart): Figure {
  const { categories, kinds, title, width = 720 } = chart;
  const theme = themeOf(chart.theme);
  const values = kinds.flatMap(({ values: own, low = [], high = [] }) => [...own, ...low, ...high]);
  const colours = kinds.map(({ colour }, i) =>
    typeof colour === 'string' ? colour : paletteColour(colour ?? i),
  );
  const entries =
    kinds.length > 1
      ? kinds.map(({ name }, i) => ({ name, colour: colours[i] ?? '', mark: 'points' as const }))
      : [];
  const count = Math.max(1, categories.length);
  const each = kinds.length * ROW + BETWEEN;
  const height = count * each + AROUND + (entries.length > 0 ? LEGEND * Math.ceil(entries.length / 4) : 0);
  const yScale: Scale = {
    ...{ low: 0, high: count, log: false },
    ticks: categories.map((label, i) => ({ value: i + 0.5, label })),
    at: (value) => 1 - value / count,
  };
  const content = framed(
    { ...(title !== undefined && { title }), width, height },
    { x: chart.x, y: {}, xScale: scaleFor(values, chart.x, 8), yScale },
    entries,
    theme,
    (plot) =>
      categories
        .flatMap((_, i) =>
          kinds.flatMap(({ values: own, low, high }, k) => {
            const value = own[i];
            if (value === null || value === undefined || !Number.isFinite(value)) return [];
            const share = (k + 0.5) / kinds.length;
            const inside = (each - BETWEEN) / each;
            const y = plot.y(i + (1 - inside) / 2 + share * inside);
            const [from, to] = [low?.[i] ?? value, high?.[i] ?? value];
            const fill = colours[k] ?? '';
            return [
              line(plot.x(from), y, plot.x(to), y, { stroke: fill, 'stroke-width': 2, opacity: 0.55 }),
              element('circle', { cx: plot.x(value), cy: y, r: 3, fill }),
            ];
          }),
        )
        .join('\n'),
  );
  return { width, height, theme, content };
}
