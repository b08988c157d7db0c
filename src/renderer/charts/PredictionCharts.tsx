import { useCallback, useMemo } from 'react';
import type uPlot from 'uplot';
import { onBatch } from '../live/live';
import { ChannelTitle } from '../ui/ChannelName';
import { unitLabel } from '../ui/format';
import { channelColour, withAlpha } from './colours';
import { beyondKnown, changeMarks, unknownFrom, verticalLine } from './marks';
import { axis, Plot } from './Plot';
import { fillPrediction, PAST_STEPS, predictionColumns, shownNow } from './prediction-columns';
import type { StripChannel } from './StripCharts';
import { leastSpan, roomyRange, stripsHeight, tickLabels } from './scales';

export function PredictionCharts({
  channels,
  ahead,
  periodSeconds,
}: {
  channels: StripChannel[];
  ahead: number;
  periodSeconds: number;
}) {
  return (
    <div className="strips" style={stripsHeight(channels.length)} data-testid="prediction-charts">
      {channels.map((channel, i) => (
        <PredictionStrip
          key={channel.name}
          channel={channel}
          ahead={ahead}
          periodSeconds={periodSeconds}
          first={i === 0}
          last={i === channels.length - 1}
        />
      ))}
    </div>
  );
}

function PredictionStrip({
  channel,
  ahead,
  periodSeconds,
  first,
  last,
}: {
  channel: StripChannel;
  ahead: number;
  periodSeconds: number;
  first: boolean;
  last: boolean;
}) {
  const colour = channelColour(channel.colour);
  const columns = useMemo(predictionColumns, []);
  const data = useCallback(() => {
    fillPrediction(columns, channel.index, ahead);
    return columns as uPlot.AlignedData;
  }, [columns, channel, ahead]);
  return (
    <div className={last ? 'strip strip-last' : 'strip'}>
      <div className="strip-head">
        <span className="swatch" style={{ background: colour }} />
        <ChannelTitle channel={channel} className="strip-name" />
        <span className="strip-unit">{unitLabel(channel.unit)}</span>
      </div>
      <Plot
        id={`${channel.name} ${ahead} ${periodSeconds} ${first} ${last}`}
        label={`${channel.name}: measured, predicted ${ahead} steps earlier, and expected next`}
        watch={onBatch}
        data={data}
        options={(theme) => {
          const predicted = theme.dark ? '#c9cdd4' : '#3f4550';
          const line = (stroke: string, more: uPlot.Series = {}): uPlot.Series => ({
            stroke,
            width: 1.5,
            points: { show: false },
            spanGaps: true,
            ...more,
          });
          const edge = line('transparent', { width: 0 });
          // A plan's far end may be a wild guess; it is cut off rather than flattening what was measured.
          const farEdge = { ...edge, auto: false };
          return {
            padding: [4, 16, last ? 0 : 4, 0],
            legend: { show: false },
            cursor: { show: false },
            scales: {
              x: { time: false, range: (_, low, high) => [low ?? -PAST_STEPS, Math.max(high ?? 0, 10)] },
              y: { range: (_, low, high) => roomyRange(low, high, leastSpan(channel.limits)) },
            },
            axes: [
              axis(theme, {
                size: last ? 22 : 0,
                values: last
                  ? (_, splits) =>
                      splits.map((s) =>
                        s === 0
                          ? 'now'
                          : `${s > 0 ? '+' : '−'}${+(Math.abs(s) * periodSeconds).toFixed(2)} s`,
                      )
                  : () => [],
              }),
              axis(theme, { size: 52, values: tickLabels, space: 15 }),
            ],
            series: [
              {},
              line(colour, { width: 2 }),
              line(predicted, { dash: [5, 4], width: 1.25 }),
              edge,
              edge,
              line(colour, { dash: [2, 3], width: 1.5 }),
              farEdge,
              farEdge,
            ],
            bands: [
              { series: [4, 3], fill: withAlpha(predicted, 0.16) },
              { series: [7, 6], fill: withAlpha(colour, 0.2) },
            ],
            plugins: [
              nowLine(theme.axis),
              beyondKnown(() => {
                const zero = shownNow();
                return zero && unknownFrom(zero.now);
              }),
              changeMarks(() => shownNow()?.now ?? null, theme.dark, first),
            ],
          };
        }}
      />
    </div>
  );
}

function nowLine(colour: string): uPlot.Plugin {
  return { hooks: { drawAxes: (plot) => verticalLine(plot, 0, colour) } };
}
