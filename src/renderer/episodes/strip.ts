import { useCallback, useEffect, useRef } from 'react';
import type uPlot from 'uplot';
import { drawQueue } from '../charts/draw-queue';
import { fadeOutside, verticalLine } from '../charts/marks';
import { axis, type PlotTheme } from '../charts/Plot';
import { leastSpan, limitLines, roomyRange, tickLabels } from '../charts/scales';
import { type Pointed, pointing } from './pointing';
import type { Span } from './rows';

/** What the strips of one time axis have in common: how much of it they show, and the moment that is looked at. */
interface StripLook extends Pointed {
  span: Span;
  second: number;
  /** What is going to be kept of it; the rest is drawn faded. */
  kept?: Span | null;
}

interface Strip {
  limits: readonly [number, number] | null;
  /** It bears the time axis for all of them. */
  last: boolean;
  look(): StripLook;
}

/** How a strip over time is drawn, all but its curves. */
export function stripOptions(theme: PlotTheme, { limits, last, look }: Strip) {
  return {
    padding: [4, 16, last ? 0 : 4, 0] as uPlot.Padding,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (): [number, number] => [look().span.from, look().span.to] },
      y: {
        range: (_: uPlot, low: number | null, high: number | null) =>
          roomyRange(low, high, leastSpan(limits)),
      },
    },
    axes: [
      axis(theme, {
        size: last ? 22 : 0,
        values: last ? (_, s) => s.map((v) => `${v} s`) : () => [],
      }),
      axis(theme, { size: 52, values: tickLabels, space: 15 }),
    ],
    plugins: [
      limitLines(limits, theme.axis),
      {
        hooks: {
          draw: (u: uPlot) => {
            const { kept, second } = look();
            if (kept) fadeOutside(u, kept, theme.dark ? '#1a1b1e' : '#ffffff');
            verticalLine(u, second, theme.text);
          },
          ready: (u: uPlot) => pointing(u, look),
        },
      },
    ],
  };
}

/**
 * Draws a plot again when what is marked in it has moved; for its `onReady`.
 * @param mark changes with what is marked
 */
export function useMark(mark: number | string): (made: uPlot) => void {
  const plot = useRef<uPlot | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the mark is what is drawn anew for
  useEffect(() => {
    const made = plot.current;
    if (made) drawQueue.ask(made, () => made.redraw(false, false));
  }, [mark]);
  return useCallback((made) => {
    plot.current = made;
  }, []);
}
