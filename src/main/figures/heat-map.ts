import { viridis } from '../../shared/colours';
import {
  element,
  type Figure,
  FONT,
  fitted,
  moved,
  type Theme,
  type ThemeName,
  text,
  textWidth,
  themeOf,
} from './figure';
import { type ChartFrame, framed } from './frame';
import { type Axis, type Scale, scaleFor } from './scale';

export interface HeatMap extends ChartFrame {
  /** Edges of the cells, ascending, one more than there are cells. */
  x: { label?: string; unit?: string; edges: readonly number[] };
  y: { label?: string; unit?: string; edges: readonly number[] };
  /** [y][x]; null for a cell without a value, which stays empty. */
  values: readonly (readonly (number | null)[])[];
  /** The scale of the colours: dark is low, bright is high (viridis). */
  colour: Axis;
  theme?: ThemeName;
}

/** Width of the colour bar and of what stands around it, px. */
const BAR = 12;
const BAR_GAP = 16;

/** A value for every cell of a grid, as colour, with the scale beside it. */
export function heatMap(chart: HeatMap): Figure {
  const { values, colour, width = 420, height = 320 } = chart;
  const theme = themeOf(chart.theme);
  const scale = scaleFor(values.flat(), colour, 5);
  const room =
    BAR_GAP + BAR + 6 + Math.max(0, ...scale.ticks.map(({ label }) => textWidth(label, FONT.tick)));
  const beside = colour.label || colour.unit ? room + 18 : room;
  const edge = ({ label, unit, edges }: HeatMap['x']): Axis => ({
    ...(label !== undefined && { label }),
    ...(unit !== undefined && { unit }),
    range: [edges[0] ?? 0, edges.at(-1) ?? 1],
  });
  const [x, y] = [edge(chart.x), edge(chart.y)];
  const axes = {
    ...{ x, y, gridLines: false },
    xScale: scaleFor([], x, Math.max(2, Math.floor((width - beside) / 70))),
    yScale: scaleFor([], y, Math.max(2, Math.floor(height / 55))),
  };
  let area = { top: 0, height: 0 };
  const content = framed({ ...chart, width: width - beside, height }, axes, [], theme, (plot) => {
    area = { top: chart.title ? 28 : 10, height: plot.height };
    const empty = element('rect', { width: plot.width, height: plot.height, fill: theme.nothing });
    const cells = values.flatMap((row, j) =>
      row.map((value, i) => {
        if (value === null || !Number.isFinite(value) || (scale.log && value <= 0)) return '';
        const [left, right] = [plot.x(chart.x.edges[i] ?? 0), plot.x(chart.x.edges[i + 1] ?? 0)];
        const [bottom, top] = [plot.y(chart.y.edges[j] ?? 0), plot.y(chart.y.edges[j + 1] ?? 0)];
        // A hair of overlap: without it the background shines through between cells.
        const size = { width: right - left + 0.3, height: bottom - top + 0.3 };
        return element('rect', { x: left, y: top, ...size, fill: colourAt(scale.at(value)) });
      }),
    );
    return [empty, ...cells].filter(Boolean).join('\n');
  });
  const bar = colourBar(scale, colour, area.height, theme);
  return {
    ...{ width, height, theme },
    content: `${content}\n${moved(width - beside + BAR_GAP - 8, area.top, bar)}`,
  };
}

const colourAt = (share: number): string =>
  `#${viridis(share)
    .map((part) =>
      Math.round(part * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

const BAR_STEPS = 48;

function colourBar(scale: Scale, { label = '', unit }: Axis, height: number, theme: Theme): string {
  const step = height / BAR_STEPS;
  const widest = Math.max(0, ...scale.ticks.map((tick) => textWidth(tick.label, FONT.tick)));
  const words = unit ? `${label} (${unit})`.trim() : label;
  return [
    ...Array.from({ length: BAR_STEPS }, (_, i) =>
      element('rect', {
        ...{ x: 0, y: height - (i + 1) * step, width: BAR, height: step + 0.3 },
        fill: colourAt((i + 0.5) / BAR_STEPS),
      }),
    ),
    ...scale.ticks.map(({ value, label: number }) =>
      text(number, { x: BAR + 5, y: (1 - scale.at(value)) * height + 4, fill: theme.faint }),
    ),
    words &&
      text(fitted(words, FONT.label, height + 20), {
        ...{ x: 0, y: 0, 'text-anchor': 'middle', fill: theme.ink, size: FONT.label },
        transform: `translate(${Math.round(BAR + 5 + widest + 16)} ${Math.round(height / 2)}) rotate(-90)`,
      }),
  ]
    .filter(Boolean)
    .join('\n');
}
