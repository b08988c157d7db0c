import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { drawQueue, GROWING_REST_MS } from './draw-queue';

export interface PlotTheme {
  dark: boolean;
  axis: string;
  grid: string;
  text: string;
  font: string;
}

export function plotTheme(dark: boolean): PlotTheme {
  return {
    dark,
    axis: dark ? '#4a4e55' : '#c9ced6',
    grid: dark ? '#2c2f34' : '#eceff3',
    text: dark ? '#9da3ad' : '#6b7280',
    font: '11px system-ui, "Segoe UI", Roboto, sans-serif',
  };
}

/** Axis in the house style: small tabular numerals, faint grid. */
export function axis(theme: PlotTheme, more: uPlot.Axis = {}): uPlot.Axis {
  return {
    stroke: theme.text,
    font: theme.font,
    labelFont: theme.font,
    labelSize: 16,
    labelGap: 0,
    grid: { stroke: theme.grid, width: 1 },
    ticks: { stroke: theme.axis, width: 1, size: 4 },
    gap: 4,
    ...more,
  };
}

export interface PlotProps {
  /** Builds the options for a theme; called again when `id` or the theme changes. */
  options: (theme: PlotTheme) => Omit<uPlot.Options, 'width' | 'height'>;
  /** Changes when the options must be built anew. */
  id: string;
  /** The data to draw, asked for when it is drawn. */
  data: () => uPlot.AlignedData;
  /** Registers for redrawing; returns how to stop. Without it, `version` redraws. */
  watch?: (redraw: () => void) => () => void;
  /** A new value draws anew. */
  version?: unknown;
  label: string;
  /** Called with the plot after it was made. */
  onReady?: (plot: uPlot) => void;
}

/**
 * A uPlot that fills its parent. Data stay outside React: a redraw asks for them, in the window's draw queue, and
 * changes nothing in the component tree.
 */
export function Plot({ options, id, data, watch, version, label, onReady }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ options, data, onReady });
  latest.current = { options, data, onReady };
  const dark = useComputedColorScheme('light') === 'dark';

  // biome-ignore lint/correctness/useExhaustiveDependencies: id stands for everything that options depend on
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const size = () => ({
      width: Math.max(40, Math.floor(element.clientWidth)),
      height: Math.max(30, Math.floor(element.clientHeight)),
    });
    const made = new uPlot(
      { ...latest.current.options(plotTheme(dark)), ...size() },
      latest.current.data(),
      element,
    );
    plot.current = made;
    latest.current.onReady?.(made);
    const observer = new ResizeObserver(() => {
      const next = size();
      if (next.width !== made.width || next.height !== made.height) made.setSize(next);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawQueue.forget(made);
      made.destroy();
      plot.current = null;
    };
  }, [id, dark]);

  useEffect(() => {
    if (!watch) return;
    return watch(() => {
      const made = plot.current;
      if (made && made.width > 40)
        drawQueue.ask(made, () => made.setData(latest.current.data()), GROWING_REST_MS);
    });
  }, [watch]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: version is there to draw anew
  useEffect(() => {
    const made = plot.current;
    if (made) drawQueue.ask(made, () => made.setData(latest.current.data()));
  }, [version]);

  return <div className="plot" ref={host} role="img" aria-label={label} />;
}
