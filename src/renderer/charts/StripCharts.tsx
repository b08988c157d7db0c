import { useCallback, useEffect, useRef } from 'react';
import type uPlot from 'uplot';
import { live, onBatch, onSlowTick } from '../live/live';
import { ChannelTitle } from '../ui/ChannelName';
import { formatReading, unitLabel, withUnit } from '../ui/format';
import { channelColour } from './colours';
import { recordedTint } from './marks';
import { axis, Plot } from './Plot';
import { isBeyond, leastSpan, limitLines, roomyRange, stripsHeight, tickLabels } from './scales';

export interface StripChannel {
  name: string;
  title?: string | undefined;
  unit: string;
  limits?: readonly [number, number] | null | undefined;
  /** Position among the rig's observations, or among its actions. */
  index: number;
  kind: 'observation' | 'action';
  /** Position among all channels, for the colour. */
  colour: number;
}

/** A rig's channels as strip charts want them: observations, then actions. */
export function stripChannels(
  observations: readonly {
    name: string;
    unit: string;
    title?: string | undefined;
    limits?: readonly [number, number] | null | undefined;
  }[],
  actions: readonly {
    name: string;
    unit: string;
    title?: string | undefined;
    limits?: readonly [number, number] | null | undefined;
  }[],
): StripChannel[] {
  return [
    ...observations.map((c, index) => ({ ...c, index, kind: 'observation' as const, colour: index })),
    ...actions.map((c, index) => ({
      ...c,
      index,
      kind: 'action' as const,
      colour: observations.length + index,
    })),
  ];
}

/** The last seconds of every channel, one strip each, with the newest value beside its name. */
export function StripCharts({ channels, seconds }: { channels: StripChannel[]; seconds: number }) {
  return (
    <div className="strips" style={stripsHeight(channels.length)} data-testid="strips">
      {channels.map((channel, i) => (
        <Strip
          key={`${channel.kind} ${channel.name}`}
          channel={channel}
          seconds={seconds}
          last={i === channels.length - 1}
        />
      ))}
    </div>
  );
}

function columnOf(channel: StripChannel): Float64Array | undefined {
  return (channel.kind === 'observation' ? live.ring.observation : live.ring.action)[channel.index];
}

function Strip({ channel, seconds, last }: { channel: StripChannel; seconds: number; last: boolean }) {
  const colour = channelColour(channel.colour);
  const data = useCallback((): uPlot.AlignedData => {
    const column = columnOf(channel);
    if (!column) return [[], []];
    const rows = live.ring.rowsWithin(seconds);
    const newest = live.ring.newest;
    const time = live.ring.read(live.ring.time, rows).map((t) => (t ?? 0) - newest);
    return [time, live.ring.read(column, rows)];
  }, [channel, seconds]);
  return (
    <div className={last ? 'strip strip-last' : 'strip'}>
      <div className="strip-head">
        <span className="swatch" style={{ background: colour }} />
        <ChannelTitle channel={channel} className="strip-name" />
        <LiveValue channel={channel} />
        <span className="strip-unit">{unitLabel(channel.unit)}</span>
      </div>
      <Plot
        id={`${channel.kind}${channel.name}${seconds}${last}`}
        label={`${channel.name} over the last ${seconds} seconds`}
        watch={onBatch}
        data={data}
        options={(theme) => ({
          padding: [4, 16, last ? 0 : 4, 0],
          legend: { show: false },
          cursor: { show: false },
          scales: {
            x: { time: false, range: () => [-seconds, 0] },
            y: { range: (_, low, high) => roomyRange(low, high, leastSpan(channel.limits)) },
          },
          axes: [
            axis(theme, {
              show: true,
              size: last ? 22 : 0,
              values: last
                ? (_, splits) => splits.map((s) => (s === 0 ? 'now' : `${Math.abs(s)} s`))
                : () => [],
            }),
            axis(theme, { size: 52, values: tickLabels, space: 15 }),
          ],
          series: [{}, { stroke: colour, width: 1.5, points: { show: false } }],
          plugins: [recordedTint(seconds, theme.dark), limitLines(channel.limits, theme.axis)],
        })}
      />
    </div>
  );
}

const beyondWords = ({ limits, unit }: StripChannel): string =>
  limits ? `Beyond its limits, ${withUnit(`${limits[0]} to ${limits[1]}`, unit)}` : '';

/** The newest number, written past React; beyond its limits it is coloured. */
export function LiveValue({ channel }: { channel: StripChannel }) {
  const text = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const write = () => {
      const column = columnOf(channel);
      const value = column ? live.ring.latest(column) : Number.NaN;
      if (!text.current) return;
      text.current.textContent = formatReading(value);
      const beyond = isBeyond(value, channel.limits);
      text.current.dataset.beyond = String(beyond);
      text.current.title = beyond ? beyondWords(channel) : '';
    };
    write();
    return onSlowTick(write);
  }, [channel]);
  return (
    <span ref={text} className="reading" data-testid={`value-${channel.name}`}>
      –
    </span>
  );
}
