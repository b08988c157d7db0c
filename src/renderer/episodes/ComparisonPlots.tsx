import { useRef } from 'react';
import type { EpisodeWindow } from '../../shared/episode-window';
import { channelColour } from '../charts/colours';
import { Plot } from '../charts/Plot';
import { stripsHeight } from '../charts/scales';
import { ChannelName, useChannelTitles } from '../ui/ChannelName';
import { formatNumber, unitLabel } from '../ui/format';
import type { ComparedLook } from './compared-look';
import { overEachOther, rowsOf, type SharedChannel, traceOf } from './comparison';
import { stripOptions, useMark } from './strip';

/** Each in its colour, in every strip. */
export const episodeColour = channelColour;

/** What episodes have in common over the time since each began; pointing reads all at the same moment. */
export function ComparisonPlots({ look, channels }: { look: ComparedLook; channels: SharedChannel[] }) {
  return (
    <div className="strips detail-plots" style={stripsHeight(channels.length)} data-testid="comparison-plots">
      {channels.map((channel, i) => (
        <ComparedStrip key={channel.name} channel={channel} look={look} last={i === channels.length - 1} />
      ))}
    </div>
  );
}

function ComparedStrip({
  channel,
  look,
  last,
}: {
  channel: SharedChannel;
  look: ComparedLook;
  last: boolean;
}) {
  const { name, unit, limits } = channel;
  const { windows, readings, span, second } = look;
  const rig = windows[0]?.summary.rig ?? '';
  const ids = windows.map(({ summary }) => summary.id);
  const title = useChannelTitles(rig)(name);
  const at = useRef(look);
  at.current = look;
  const marked = useMark(second);
  const reading = (window: EpisodeWindow, side: number) =>
    formatNumber(readings[side]?.(traceOf(window, channel, side), rowsOf(channel, side)));
  return (
    <div className={last ? 'strip strip-last' : 'strip'}>
      <div className="strip-head">
        <ChannelName rig={rig} name={name} className="strip-name" />
        {windows.map((window, side) => (
          <span
            key={window.summary.id}
            className={side === 0 ? 'reading' : 'reading reading-next'}
            data-testid={`reading-${name}-${window.summary.id}`}
          >
            <span className="swatch swatch-inline" style={{ background: episodeColour(side) }} />{' '}
            {reading(window, side)}
          </span>
        ))}
        <span className="strip-unit">{unitLabel(unit)}</span>
      </div>
      <Plot
        id={`${ids.join(' ')} ${name} ${last}`}
        label={`${title} over episodes ${listOf(ids)}`}
        data={() => overEachOther(windows, channel)}
        version={`${windows.map((w) => `${w.from} ${w.to} ${w.bucket}`).join()} ${span.from} ${span.to}`}
        onReady={marked}
        options={(theme) => ({
          ...stripOptions(theme, { limits, last, look: () => at.current }),
          series: [
            {},
            ...ids.map((_, side) => ({ stroke: episodeColour(side), width: 1.75, points: { show: false } })),
          ],
        })}
      />
    </div>
  );
}

/** "3, 5 and 9" */
export const listOf = (ids: readonly number[]): string => `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`;
