import { useRef } from 'react';
import { channelColour } from '../charts/colours';
import { Plot } from '../charts/Plot';
import { stripsHeight } from '../charts/scales';
import { ChannelName, useChannelTitles } from '../ui/ChannelName';
import { formatNumber, unitLabel } from '../ui/format';
import type { ComparedLook } from './compared-look';
import { overEachOther, rowsOf, type SharedChannel, traceOf } from './comparison';
import { stripOptions, useMark } from './strip';

/** The one and the other, in every strip. */
export const COLOURS = [channelColour(0), channelColour(1)] as const;

/** What two episodes have in common over the time since each began; pointing reads both at the same moment. */
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
  const [{ summary }, other] = windows;
  const title = useChannelTitles(summary.rig)(name);
  const at = useRef(look);
  at.current = look;
  const marked = useMark(second);
  const reading = (side: 0 | 1) =>
    formatNumber(readings[side](traceOf(windows[side], channel, side), rowsOf(channel, side)));
  return (
    <div className={last ? 'strip strip-last' : 'strip'}>
      <div className="strip-head">
        <ChannelName rig={summary.rig} name={name} className="strip-name" />
        {([0, 1] as const).map((side) => (
          <span
            key={side}
            className={side === 0 ? 'reading' : 'reading reading-next'}
            data-testid={`reading-${name}-${windows[side].summary.id}`}
          >
            <span className="swatch swatch-inline" style={{ background: COLOURS[side] }} /> {reading(side)}
          </span>
        ))}
        <span className="strip-unit">{unitLabel(unit)}</span>
      </div>
      <Plot
        id={`${summary.id} ${other.summary.id} ${name} ${last}`}
        label={`${title} over episodes ${summary.id} and ${other.summary.id}`}
        data={() => overEachOther(windows, channel)}
        version={`${windows.map((w) => `${w.from} ${w.to} ${w.bucket}`).join()} ${span.from} ${span.to}`}
        onReady={marked}
        options={(theme) => ({
          ...stripOptions(theme, { limits, last, look: () => at.current }),
          series: [{}, ...COLOURS.map((stroke) => ({ stroke, width: 1.75, points: { show: false } }))],
        })}
      />
    </div>
  );
}
