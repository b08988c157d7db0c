import type uPlot from 'uplot';
import { axis, Plot } from './Plot';
import { logLabels, logTicks, tickLabels } from './scales';

export interface Line {
  name: string;
  colour: string;
  values: readonly (number | null)[];
  dash?: number[];
  width?: number;
  /** Dots on the points, for curves of a few of them. */
  points?: boolean;
}

/** A logarithmic axis that ends where the data do, not at the next decade. */
function spread(_: uPlot, low: number | null, high: number | null): [number, number] {
  return [(low ?? 1) / 1.15, (high ?? 10) * 1.15];
}

/** What a logarithmic axis has no place for is left out. */
const above = (values: readonly (number | null)[]) => values.map((v) => (v !== null && v > 0 ? v : null));

/** A chart of a few lines over one axis, drawn when its data change. */
export function LineChart({
  x,
  lines,
  label,
  xLabel,
  yLabel,
  logX = false,
  logY = false,
  fromZero = false,
}: {
  x: readonly number[];
  lines: readonly Line[];
  label: string;
  xLabel: string;
  yLabel: string;
  logX?: boolean;
  logY?: boolean;
  fromZero?: boolean;
}) {
  const data = () =>
    [
      x as number[],
      ...lines.map(({ values }) => (logY ? above(values) : (values as (number | null)[]))),
    ] as uPlot.AlignedData;
  return (
    <Plot
      id={`${lines.map((l) => l.name + l.colour).join()} ${xLabel} ${yLabel} ${logX} ${logY} ${fromZero} ${logX ? x.join() : ''}`}
      label={label}
      data={data}
      version={`${x.length} ${x.at(-1)} ${lines.map((l) => `${l.values.at(-1)} ${l.values[0]}`).join()}`}
      options={(theme) => ({
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { size: 5 }, y: false },
        scales: {
          x: { time: false, ...(logX ? { distr: 3 as const, log: 10 as const, range: spread } : {}) },
          y: {
            ...(logY ? { distr: 3 as const, log: 10 as const, range: spread } : {}),
            ...(fromZero
              ? {
                  range: (_: uPlot, __: number, high: number): [number, number] => [
                    0,
                    (high ?? 1) * 1.08 || 1,
                  ],
                }
              : {}),
          },
        },
        axes: [
          axis(theme, {
            size: 24,
            label: xLabel,
            values: logX ? (_, splits) => logLabels(splits) : tickLabels,
            ...(logX ? { splits: () => [...x], filter: (_: uPlot, splits: number[]) => splits } : {}),
          }),
          axis(theme, {
            ...{ size: 56, label: yLabel, values: tickLabels, space: 26 },
            ...(logY
              ? {
                  splits: (_: uPlot, __: number, low: number, high: number) => logTicks(low, high),
                  filter: (_: uPlot, splits: number[]) => splits,
                }
              : {}),
          }),
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.name,
            stroke: line.colour,
            width: line.width ?? 1.75,
            ...(line.dash ? { dash: line.dash } : {}),
            points: line.points ? { show: true, size: 5, fill: line.colour } : { show: false },
            spanGaps: true,
          })),
        ],
      })}
    />
  );
}

/** Names of the lines with their colours, for beside a chart. */
export function LineLegend({ lines }: { lines: readonly Pick<Line, 'name' | 'colour' | 'dash'>[] }) {
  return (
    <div className="legend">
      {lines.map((line) => (
        <span key={line.name} className="legend-entry">
          <svg width="18" height="6" aria-hidden="true">
            <line
              x1="0"
              y1="3"
              x2="18"
              y2="3"
              stroke={line.colour}
              strokeWidth="2"
              strokeDasharray={line.dash?.join(' ')}
            />
          </svg>
          {line.name}
        </span>
      ))}
    </div>
  );
}
