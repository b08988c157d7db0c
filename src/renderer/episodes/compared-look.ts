import { useState } from 'react';
import type { EpisodeWindow } from '../../shared/episode-window';
import { useEpisodeWindow } from '../store/queries';
import { longest, type Two } from './comparison';
import { POINTS, type Reading, stampOf, useReading } from './look';
import { moved, rowAt, type Span, zoomed } from './rows';

/** What is looked at of two episodes: a moment and a span of the time since each began. */
export function useComparedLook(wholes: Two<EpisodeWindow>) {
  const [moment, pick] = useState(0);
  const [part, setPart] = useState<Span | null>(null);
  const all: Span = { from: 0, to: longest(wholes) };
  const second = Math.min(all.to, Math.max(0, moment));
  const sides = [useSide(wholes[0], part, second), useSide(wholes[1], part, second)] as const;
  return {
    ...{ second, pick, all, span: part ?? all, isPart: part !== null },
    windows: [sides[0].window, sides[1].window] as const,
    readings: [sides[0].reading, sides[1].reading] as const,
    zoom: (factor: number, about = second) => setPart((now) => zoomed(now ?? all, all, factor, about)),
    pan: (share: number) => setPart((now) => now && moved(now, all, share * (now.to - now.from))),
    showAll: () => setPart(null),
  };
}
export type ComparedLook = ReturnType<typeof useComparedLook>;

function useSide(whole: EpisodeWindow, part: Span | null, second: number) {
  const { summary, wholeSeconds } = whole;
  const [begin, end] = wholeSeconds;
  const span = part && { from: begin + part.from, to: begin + part.to };
  const detail = useEpisodeWindow(summary.id, stampOf(summary), {
    ...{ span, points: POINTS, enabled: span !== null },
  });
  const window = span === null ? whole : (detail.data ?? whole);
  const there = useReading(summary, window, rowAt(window, begin + second));
  // Of an episode that is over by then nothing is read.
  const reading: Reading = (...of) => (begin + second > end + 1e-9 ? null : there(...of));
  return { window, reading };
}
