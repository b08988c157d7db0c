import { useState } from 'react';
import type { EpisodeWindow } from '../../shared/episode-window';
import { useEpisodeWindows, useRowsOfAll } from '../store/queries';
import { longest } from './comparison';
import { POINTS, type Reading, readingOf, stampOf } from './look';
import { moved, rowAt, type Span, zoomed } from './rows';

/** What is looked at of several episodes: a moment and a span of the time since each began. */
export function useComparedLook(wholes: readonly EpisodeWindow[]) {
  const [moment, pick] = useState(0);
  const [part, setPart] = useState<Span | null>(null);
  const all: Span = { from: 0, to: longest(wholes) };
  const second = Math.min(all.to, Math.max(0, moment));
  const named = wholes.map(({ summary }) => ({ id: summary.id, stamp: stampOf(summary) }));
  const parts = useEpisodeWindows(
    wholes.map(({ wholeSeconds: [begin] }, i) => ({
      ...(named[i] ?? { id: 0, stamp: '' }),
      span: part && { from: begin + part.from, to: begin + part.to },
      ...{ points: POINTS, enabled: part !== null },
    })),
  );
  const windows = wholes.map((whole, i) => (part === null ? whole : (parts[i]?.data ?? whole)));
  const rows = windows.map((window) => rowAt(window, window.wholeSeconds[0] + second));
  const pages = useRowsOfAll(named.map((one, i) => ({ ...one, row: rows[i] ?? 0 })));
  const readings = windows.map((window, i): Reading => {
    const [begin, end] = window.wholeSeconds;
    const there = readingOf(window, rows[i] ?? 0, pages[i]?.data);
    // Of an episode that is over by then nothing is read.
    return (...of) => (begin + second > end + 1e-9 ? null : there(...of));
  });
  return {
    ...{ second, pick, all, span: part ?? all, isPart: part !== null, windows, readings },
    zoom: (factor: number, about = second) => setPart((now) => zoomed(now ?? all, all, factor, about)),
    pan: (share: number) => setPart((now) => now && moved(now, all, share * (now.to - now.from))),
    showAll: () => setPart(null),
  };
}
export type ComparedLook = ReturnType<typeof useComparedLook>;
