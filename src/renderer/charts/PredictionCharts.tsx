import { useCallback } from 'react';
import type uPlot from 'uplot';
import { live, onBatch, shownRing } from '../live/live';
import { ChannelTitle } from '../ui/ChannelName';
import { unitLabel } from '../ui/format';
import { channelColour, withAlpha } from './colours';
import { beyondKnown, changeMarks, unknownFrom, verticalLine } from './marks';
import { axis, Plot } from './Plot';
import type { StripChannel } from './StripCharts';
import { leastSpan, roomyRange, stripsHeight, tickLabels } from './scales';

/** Measured steps shown before now. */
const PAST_STEPS = 150;

/**
 * Newest step that is drawn, and its age in the ring. It is of the newest plan's episode: after its end the picture
 * stays until the next one begins.
 */
function shownNow(): { now: number; end: number; episode: number } | null {
  const { plan } = live;
  const ring = shownRing();
  const episode = plan?.episode ?? ring.episode[ring.slot(0)] ?? -1;
  let end = 0;
  while (end < ring.size && ring.episode[ring.slot(end)] !== episode) end += 1;
  const now = end < ring.size ? (ring.step[ring.slot(end)] ?? Number.NaN) : Number.NaN;
  return Number.isFinite(now) ? { now, end, episode } : null;
}

/**
 * What was measured, what had been predicted for it `ahead` steps earlier (with ±2σ), and what the newest plan
 * expects next, on one axis of steps relative to now.
 */
export function predictionColumns(channel: number, ahead: number): uPlot.AlignedData {
  const { plan } = live;
  const ring = shownRing();
  const column = ring.observation[channel];
  const shown = shownNow();
  if (!column || !shown) return [[], [], [], [], [], [], [], []];
  const { now, end, episode } = shown;
  const samePlan = plan !== null && plan.episode === episode ? plan : null;
  const future = samePlan ? samePlan.mean.length : 0;
  const length = PAST_STEPS + 1 + future;
  const blank = () => new Array<number | null>(length).fill(null);
  const x = Array.from({ length }, (_, i) => i - PAST_STEPS);
  const at = (step: number) => step - now + PAST_STEPS;
  const set = (row: (number | null)[], step: number, value: number | undefined) => {
    const i = at(step);
    if (i >= 0 && i < length && value !== undefined && Number.isFinite(value)) row[i] = value;
  };
  const [measured, mean, low, high] = [blank(), blank(), blank(), blank()];
  const [next, nextLow, nextHigh] = [blank(), blank(), blank()];
  for (let age = end; age < Math.min(ring.size, end + PAST_STEPS + 1); age++) {
    const slot = ring.slot(age);
    if (ring.episode[slot] !== episode) break;
    set(measured, ring.step[slot] ?? Number.NaN, column[slot]);
  }
  if (samePlan) {
    for (const forecast of live.plans.forecasts(ahead, now - PAST_STEPS)) {
      if (forecast.step > now) break;
      const m = forecast.mean[channel] ?? Number.NaN;
      const s = forecast.std[channel] ?? 0;
      set(mean, forecast.step, m);
      set(low, forecast.step, m - 2 * s);
      set(high, forecast.step, m + 2 * s);
    }
    samePlan.mean.forEach((row, k) => {
      const m = row[channel] ?? Number.NaN;
      const s = samePlan.std[k]?.[channel] ?? 0;
      set(next, samePlan.step + k, m);
      set(nextLow, samePlan.step + k, m - 2 * s);
      set(nextHigh, samePlan.step + k, m + 2 * s);
    });
  }
  return [x, measured, mean, low, high, next, nextLow, nextHigh];
}

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
  const data = useCallback(() => predictionColumns(channel.index, ahead), [channel, ahead]);
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
