import { element, FONT, fitted, line, moved, type Theme, text, textWidth } from './figure';
import { type LegendEntry, legend } from './legend';
import type { Axis, Scale } from './scale';

/** What every chart has around its plot. */
export interface ChartFrame {
  title?: string;
  /** px; 420 × 280 when left out. */
  width?: number;
  height?: number;
}

/** The rectangle that data is drawn in, and where values lie in it. */
export interface Plot {
  width: number;
  height: number;
  x(value: number): number;
  y(value: number): number;
}

/** px that marks at the very edge may stick out of the plot. */
const ROOM = 3;

/**
 * Title, legend, axes with ticks and labels, and inside of them what `draw` gives, clipped to the plot. The margins
 * follow from the widths of what stands in them.
 */
export function framed(
  { title, width = 420, height = 280 }: ChartFrame,
  axes: { x: Axis; y: Axis; xScale: Scale; yScale: Scale; gridLines?: boolean },
  entries: readonly LegendEntry[],
  theme: Theme,
  draw: (plot: Plot) => string,
): string {
  const { xScale, yScale, gridLines = true } = axes;
  const [xLabel, yLabel] = [labelOf(axes.x), labelOf(axes.y)];
  const widestTick = Math.max(0, ...yScale.ticks.map(({ label }) => textWidth(label, FONT.tick)));
  const left = 10 + (yLabel ? 18 : 0) + widestTick + 6;
  const lastTick = xScale.ticks.at(-1)?.label ?? '';
  const right = Math.max(12, textWidth(lastTick, FONT.tick) / 2 + 4);
  const key = legend(entries, width - left - right, theme);
  const top = (title ? 28 : 10) + (key.height > 0 ? key.height + 6 : 0);
  const bottom = 22 + (xLabel ? 18 : 0) + 4;
  const plot: Plot = {
    width: width - left - right,
    height: height - top - bottom,
    x: (value) => xScale.at(value) * plot.width,
    y: (value) => (1 - yScale.at(value)) * plot.height,
  };
  const grid = { stroke: theme.gridLine, 'stroke-width': 1 };
  const tick = { fill: theme.faint, size: FONT.tick };
  const parts = [
    title &&
      text(fitted(title, FONT.title, width - left - right), {
        ...{ x: left, y: 18, fill: theme.ink, size: FONT.title, 'font-weight': 600 },
      }),
    key.height > 0 && moved(left, title ? 26 : 8, key.content),
    ...xScale.ticks.flatMap(({ value, label }) => {
      const x = left + plot.x(value);
      return [
        gridLines && line(x, top, x, top + plot.height, grid),
        text(label, { ...tick, x, y: top + plot.height + 16, 'text-anchor': 'middle' }),
      ];
    }),
    ...yScale.ticks.flatMap(({ value, label }) => {
      const y = top + plot.y(value);
      return [
        gridLines && line(left, y, left + plot.width, y, grid),
        text(label, { ...tick, x: left - 6, y: y + 4, 'text-anchor': 'end' }),
      ];
    }),
    element(
      'svg',
      {
        ...{ x: left - ROOM, y: top - ROOM, width: plot.width + 2 * ROOM, height: plot.height + 2 * ROOM },
        overflow: 'hidden',
      },
      moved(ROOM, ROOM, draw(plot)),
    ),
    line(left, top + plot.height, left + plot.width, top + plot.height, { stroke: theme.axis }),
    line(left, top, left, top + plot.height, { stroke: theme.axis }),
    xLabel &&
      text(xLabel, {
        ...{ x: left + plot.width / 2, y: top + plot.height + 34, 'text-anchor': 'middle' },
        ...{ fill: theme.ink, size: FONT.label },
      }),
    yLabel &&
      text(fitted(yLabel, FONT.label, plot.height + 20), {
        ...{ x: 0, y: 0, 'text-anchor': 'middle', fill: theme.ink, size: FONT.label },
        transform: `translate(16 ${Math.round(top + plot.height / 2)}) rotate(-90)`,
      }),
  ];
  return parts.filter(Boolean).join('\n');
}

function labelOf({ label = '', unit }: Axis): string {
  return unit ? `${label} (${unit})`.trim() : label;
}
