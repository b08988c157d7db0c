import { useMemo, useRef } from 'react';
import type uPlot from 'uplot';
import type { EpisodeRows } from '../../shared/episode-rows';
import type { Band, EpisodeWindow, Trace } from '../../shared/episode-window';
import { channelColour, PREDICTED_COLOUR, UNKNOWN_COLOUR, withAlpha } from '../charts/colours';
import { Plot } from '../charts/Plot';
import { stripsHeight } from '../charts/scales';
import { ChannelName, useChannelTitles } from '../ui/ChannelName';
import { formatNumber, unitLabel } from '../ui/format';
import { curveOf, edgesOf, isKnown, pointSeconds } from './curves';
import { type InsightStrip, insightStrips } from './insight';
import type { Look } from './look';
import type { Span } from './rows';
import { stripOptions, useMark } from './strip';

interface Channel {
  name: string;
  unit: string;
  limits: readonly [number, number] | null;
  colour: string;
  trace: Trace;
  predicted: { trace: Trace; band: Band } | null;
  /** Its numbers, by row. */
  ofRows(rows: EpisodeRows): readonly (number | null)[] | undefined;
  /** The reading's significant digits. */
  digits?: number;
}

const NOTHING: Trace = { first: [] };

function channelsOf(view: EpisodeWindow): Channel[] {
  const { observations, actions } = view.summary;
  return [
    ...observations.map((c, i): Channel => {
      const trace = view.plans?.predicted[i];
      const band = view.plans?.predictedBand[i];
      return {
        ...c,
        colour: channelColour(i),
        trace: view.observations[i] ?? NOTHING,
        predicted: trace && band && isKnown(trace) ? { trace, band } : null,
        ofRows: (rows) => rows.observations[i],
      };
    }),
    ...actions.map((c, i) => ({
      ...c,
      colour: channelColour(observations.length + i),
      trace: view.actions[i] ?? NOTHING,
      predicted: null,
      ofRows: (rows: EpisodeRows) => rows.actions[i],
    })),
  ];
}

const INSIGHT_COLOURS: Record<InsightStrip['key'], string> = {
  return: PREDICTED_COLOUR,
  disagreement: UNKNOWN_COLOUR,
  known: '#0d9488',
};

/** What the plans of a run said of themselves, as channels like any other. */
function insightChannels(view: EpisodeWindow): Channel[] {
  return insightStrips(view).map(({ key, name, unit, trace, expected, reading }) => ({
    ...{ name, unit, trace, limits: null },
    colour: INSIGHT_COLOURS[key],
    predicted: expected,
    ofRows: reading,
    ...(key !== 'return' && { digits: 2 }),
  }));
}

/**
 * All channels of an episode over time, then what the plans behind it said; pointing moves the same row that the scrubber and the
 * 3D view show, Ctrl and the wheel zoom, Shift and the wheel move along.
 */
export function EpisodePlots({
  look,
  kept = null,
}: {
  look: Look;
  /** What of the episode is going to be kept; null where nothing is going to be cut. */
  kept?: Span | null;
}) {
  const { window } = look;
  const channels = useMemo(() => [...channelsOf(window), ...insightChannels(window)], [window]);
  const seconds = useMemo(() => pointSeconds(window), [window]);
  return (
    <div className="strips detail-plots" style={stripsHeight(channels.length)}>
      {channels.map((channel, i) => (
        <ChannelPlot
          key={channel.name}
          channel={channel}
          look={look}
          kept={kept}
          seconds={seconds}
          last={i === channels.length - 1}
        />
      ))}
    </div>
  );
}

function ChannelPlot({
  channel,
  look,
  kept,
  seconds,
  last,
}: {
  channel: Channel;
  look: Look;
  kept: Span | null;
  seconds: number[];
  last: boolean;
}) {
  const { colour, predicted, trace } = channel;
  const { window, span, second } = look;
  const { id, rig } = window.summary;
  const title = useChannelTitles(rig)(channel.name);
  const at = useRef({ ...look, kept });
  at.current = { ...look, kept };
  const marked = useMark(`${second} ${kept?.from} ${kept?.to}`);
  const data = (): uPlot.AlignedData => {
    const curves = predicted ? [curveOf(predicted.trace), ...edgesOf(predicted.band, window.bucket)] : [];
    return [seconds, curveOf(trace), ...curves] as uPlot.AlignedData;
  };
  return (
    <div className={last ? 'strip strip-last' : 'strip'}>
      <div className="strip-head">
        <span className="swatch" style={{ background: colour }} />
        <ChannelName rig={rig} name={channel.name} className="strip-name" />
        <span className="reading" data-testid={`reading-${channel.name}`}>
          {formatNumber(look.reading(trace, channel.ofRows), channel.digits ?? 4)}
        </span>
        <span className="strip-unit">{unitLabel(channel.unit)}</span>
      </div>
      <Plot
        id={`${id} ${channel.name} ${last} ${predicted !== null}`}
        label={`${title} over the episode`}
        data={data}
        version={`${window.from} ${window.to} ${window.bucket} ${span.from} ${span.to}`}
        onReady={marked}
        options={(theme) => {
          const soft = theme.dark ? '#c9cdd4' : '#3f4550';
          const common = stripOptions(theme, { limits: channel.limits, last, look: () => at.current });
          return {
            ...common,
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
          };
        }}
      />
    </div>
  );
}
