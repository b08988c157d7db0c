import type uPlot from 'uplot';
import { formatNumber } from '../ui/format';

/** Ticks of a logarithmic axis between two positive numbers: 1, 2 and 5 a decade, fewer where there are many decades. */
export function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Math.log10(high / low);
  const steps = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  const every = Math.ceil(decades / 8);
  const ticks: number[] = [];
  for (let power = first; power <= last; power++) {
    if (decades > 8 && (power - first) % every !== 0) continue;
    for (const step of steps) ticks.push(Number(`${step}e${power}`));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** Share of a logarithmic axis that a label needs for itself. */
const LABEL_SHARE = 0.085;

/** Labels of a logarithmic axis' ticks, those left out that would lie over the one before. */
export function logLabels(ticks: readonly number[]): string[] {
  const span = Math.log((ticks.at(-1) ?? 1) / (ticks[0] ?? 1)) || 1;
  let last = Number.NEGATIVE_INFINITY;
  return ticks.map((tick) => {
    const place = Math.log(tick / (ticks[0] ?? 1)) / span;
    if (place - last < LABEL_SHARE) return '';
    last = place;
    return String(tick);
  });
}

/**
 * A range that shows all of the data with a tenth of room, never narrower than `least`, so that noise on a
 * resting channel does not fill the plot.
 */
export function roomyRange(low: number | null, high: number | null, least: number): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high))
    return [-least / 2, least / 2];
  const span = Math.max(high - low, least);
  const middle = (low + high) / 2;
  return [middle - span * 0.55, middle + span * 0.55];
}

/** Least span of a channel's plot: a fiftieth of its limits, or a small number where it has none. */
export function leastSpan(limits: readonly [number, number] | null | undefined): number {
  return limits ? (limits[1] - limits[0]) / 50 : 0.02;
}

/** By this share of its range may a value pass a limit: what rounding on the way, through 32 bits, makes of the limit itself. */
const ROUNDING = 1e-6;

/** Whether a value lies outside its channel's limits. */
export function isBeyond(value: number, limits: readonly [number, number] | null | undefined): boolean {
  if (!limits || Number.isNaN(value)) return false;
  const slack = ROUNDING * (limits[1] - limits[0]);
  return value < limits[0] - slack || value > limits[1] + slack;
}

/** Axis numbers without the noise of binary fractions. */
export function tickLabels(_: uPlot, splits: number[]): string[] {
  return splits.map((value) =>
    formatNumber(Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(6)), shortest(value)),
  );
}

function shortest(value: number): number {
  const [whole = '', fraction = ''] = String(Number(Math.abs(value).toPrecision(6))).split('.');
  const digits = (whole === '0' ? '' : whole) + fraction;
  return Math.max(1, whole === '0' ? fraction.replace(/^0+/, '').length : digits.length);
}

/** Dashed lines at a channel's limits where they are in view. */
export function limitLines(
  limits: readonly [number, number] | null | undefined,
  colour: string,
): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        if (!limits) return;
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = colour;
        ctx.setLineDash([4, 4]);
        ctx.lineWidth = 1;
        for (const value of limits) {
          const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5;
          if (y < bbox.top || y > bbox.top + bbox.height) continue;
          ctx.beginPath();
          ctx.moveTo(bbox.left, y);
          ctx.lineTo(bbox.left + bbox.width, y);
          ctx.stroke();
        }
        ctx.restore();
      },
    },
  };
}

/** Least height of one strip, px; below it a panel scrolls instead of squeezing. */
const STRIP_HEIGHT = 48;

/** Room for `count` strips and their common axis. */
export function stripsHeight(count: number): { minHeight: number } {
  return { minHeight: count * STRIP_HEIGHT + 24 };
}
