import { useEffect, useMemo, useRef } from 'react';
import type uPlot from 'uplot';
import type { EpisodeView } from '../../shared/contract';
import { channelColour, PREDICTED_COLOUR, UNKNOWN_COLOUR, withAlpha } from '../charts/colours';
import { drawQueue } from '../charts/draw-queue';
import { axis, Plot } from '../charts/Plot';
import { leastSpan, limitLines, roomyRange, stripsHeight, tickLabels } from '../charts/scales';
import { formatNumber, unitLabel } from '../ui/format';
import { type InsightStrip, insightStrips } from './insight';
import { nearestRow } from './rows';

interface Channel {
  name: string;
  unit: string;
  limits: readonly [number, number] | null;
  colour: string;
  values: readonly (number | null)[];
  predicted: readonly (number | null)[] | null;
  std: readonly (number | null)[] | null;
  /** The reading's significant digits. */
  digits?: number;
}

function channelsOf(view: EpisodeView): Channel[] {
  const { observations, actions } = view.summary;
  return [
    ...observations.map((c, i) => ({
      ...c,
      colour: channelColour(i),
      values: view.observations[i] ?? [],
      predicted: view.predicted[i]?.some((v) => v !== null) ? (view.predicted[i] ?? null) : null,
      std: view.predictedStd[i] ?? null,
    })),
    ...actions.map((c, i) => ({
      ...c,
      colour: channelColour(observations.length + i),
      values: view.actions[i] ?? [],
      predicted: null,
      std: null,
    })),
  ];
}

const INSIGHT_COLOURS: Record<InsightStrip['key'], string> = {
  return: PREDICTED_COLOUR,
  disagreement: UNKNOWN_COLOUR,
  known: '#0d9488',
};

/** What the plans of a run said of themselves, as channels like any other. */
function insightChannels(view: EpisodeView): Channel[] {
  return insightStrips(view).map(({ key, name, unit, values, expected }) => ({
    ...{ name, unit, values, limits: null },
    colour: INSIGHT_COLOURS[key],
    predicted: expected?.mean ?? null,
    std: expected?.std ?? null,
    ...(key !== 'return' && { digits: 2 }),
  }));
}

/** All channels of an episode over time, then what the plans behind it said; pointing moves the same row that the scrubber and the 3D view show. */
export function EpisodePlots({
  view,
  row,
  onScrub,
}: {
  view: EpisodeView;
  row: number;
  onScrub: (row: number) => void;
}) {
  const channels = useMemo(() => [...channelsOf(view), ...insightChannels(view)], [view]);
  return (
    <div className="strips detail-plots" style={stripsHeight(channels.length)}>
      {channels.map((channel, i) => (
        <ChannelPlot
          key={channel.name}
          id={view.summary.id}
          channel={channel}
          seconds={view.seconds}
          row={row}
          last={i === channels.length - 1}
          onScrub={onScrub}
        />
      ))}
    </div>
  );
}

function ChannelPlot({
  id,
  channel,
  seconds,
  row,
  last,
  onScrub,
}: {
  id: number;
  channel: Channel;
  seconds: number[];
  row: number;
  last: boolean;
  onScrub: (row: number) => void;
}) {
  const { colour, predicted, std } = channel;
  const plot = useRef<uPlot | null>(null);
  const at = useRef({ row, onScrub });
  at.current = { row, onScrub };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row moves the marker, nothing else
  useEffect(() => {
    const made = plot.current;
    if (made) drawQueue.ask(made, () => made.redraw(false, false));
  }, [row]);
  const data = (): uPlot.AlignedData => {
    const band = (sign: number) =>
      (predicted ?? []).map((p, i) => (p === null ? null : p + sign * 2 * (std?.[i] ?? 0)));
    return [
      seconds,
      channel.values as (number | null)[],
      ...(predicted ? [predicted as (number | null)[], band(-1), band(1)] : []),
    ] as uPlot.AlignedData;
  };
  return (
    <div className={last ? 'strip strip-last' : 'strip'}>
      <div className="strip-head">
        <span className="swatch" style={{ background: colour }} />
        <span className="strip-name">{channel.name}</span>
        <span className="reading" data-testid={`reading-${channel.name}`}>
          {formatNumber(channel.values[row], channel.digits ?? 4)}
        </span>
        <span className="strip-unit">{unitLabel(channel.unit)}</span>
      </div>
      <Plot
        id={`${id} ${channel.name} ${last} ${predicted !== null}`}
        label={`${channel.name} over the episode`}
        data={data}
        version={seconds.length}
        onReady={(made) => {
          plot.current = made;
        }}
        options={(theme) => {
          const soft = theme.dark ? '#c9cdd4' : '#3f4550';
          return {
            padding: [4, 16, last ? 0 : 4, 0],
            legend: { show: false },
            cursor: { show: false },
            scales: {
              x: { time: false, range: (_, low, high) => [low ?? 0, high ?? 1] },
              y: { range: (_, low, high) => roomyRange(low, high, leastSpan(channel.limits)) },
            },
            axes: [
              axis(theme, {
                size: last ? 22 : 0,
                values: last ? (_, s) => s.map((v) => `${v} s`) : () => [],
              }),
              axis(theme, { size: 52, values: tickLabels, space: 15 }),
            ],
            series: [
              {},
              { stroke: colour, width: 1.75, points: { show: false } },
              ...(predicted
                ? [
                    { stroke: soft, width: 1.25, dash: [5, 4], points: { show: false } },
                    { stroke: 'transparent', width: 0, points: { show: false } },
                    { stroke: 'transparent', width: 0, points: { show: false } },
                  ]
                : []),
            ],
            bands: predicted ? [{ series: [4, 3], fill: withAlpha(soft, 0.16) }] : [],
            plugins: [
              limitLines(channel.limits, theme.axis),
              {
                hooks: {
                  draw: (u) => markRow(u, seconds[at.current.row] ?? 0, theme.text),
                  ready: (u) => scrubOn(u, seconds, (next) => at.current.onScrub(next)),
                },
              },
            ],
          };
        }}
      />
    </div>
  );
}

function markRow(plot: uPlot, second: number, colour: string): void {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(second, 'x', true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function scrubOn(plot: uPlot, seconds: readonly number[], onScrub: (row: number) => void): void {
  const pick = (event: PointerEvent) => {
    const box = plot.over.getBoundingClientRect();
    onScrub(nearestRow(seconds, plot.posToVal(event.clientX - box.left, 'x')));
  };
  plot.over.addEventListener('pointerdown', (event) => {
    plot.over.setPointerCapture(event.pointerId);
    pick(event);
  });
  plot.over.addEventListener('pointermove', (event) => event.buttons === 1 && pick(event));
}
