import { useEffect, useState } from 'react';
import type { ListedEpisode } from '../../shared/episode-list';
import type { EpisodeRows } from '../../shared/episode-rows';
import type { EpisodeWindow, Trace } from '../../shared/episode-window';
import { useEpisodeRows, useEpisodeWindow, usePrepared } from '../store/queries';
import { useUi } from '../store/ui-state';
import { moved, rowAt, type Span, secondOf, zoomed } from './rows';

/** Buckets of a window; plots are some hundred pixels wide, sharper screens have twice as many. */
export const POINTS = 1000;

export const stampOf = ({ state, steps }: ListedEpisode): string => `${state} ${steps}`;

/** All of an episode as plots show it; a long one that was never looked at is gone through first. */
export function useWhole(summary: ListedEpisode) {
  const prepared = usePrepared(summary.id, stampOf(summary));
  const view = useEpisodeWindow(summary.id, stampOf(summary), {
    ...{ span: null, points: POINTS, enabled: prepared.data === true },
  });
  return {
    view: view.data,
    share: prepared.share,
    error: prepared.error ?? view.error,
    retry: () => void (prepared.error ? prepared : view).refetch(),
  };
}

/** @param share that a long episode has been gone through; null while nothing is known */
export function preparingWords(share: number | null): string {
  return share ? `Going through the episode: ${Math.floor(100 * share)} %` : 'Loading the episode …';
}

/** What is looked at of an episode: a row, and a span of its time; null for all of it. */
export function useLook(whole: EpisodeWindow) {
  const { summary } = whole;
  const asked = useUi((s) => s.episodeRow);
  const [row, setRow] = useState(asked);
  const [span, setSpan] = useState<Span | null>(null);
  // A link asks for a row once; the next episode begins at its beginning.
  useEffect(() => {
    if (asked === 0) return;
    setRow(asked);
    useUi.setState({ episodeRow: 0 });
  }, [asked]);
  const at = Math.min(row, summary.steps);
  const all: Span = { from: whole.wholeSeconds[0], to: whole.wholeSeconds[1] };
  const second = secondOf(whole, at);
  // Whoever looks at a part of it is taken along with the row.
  useEffect(() => {
    setSpan((now) => {
      if (now === null || (second >= now.from && second <= now.to)) return now;
      return moved(now, { from: whole.wholeSeconds[0], to: whole.wholeSeconds[1] }, second - now.from);
    });
  }, [second, whole]);
  const part = useEpisodeWindow(summary.id, stampOf(summary), {
    span,
    points: POINTS,
    enabled: span !== null,
  });
  const window = span === null ? whole : (part.data ?? whole);
  return {
    ...{ row: at, setRow, second, span: span ?? all, isPart: span !== null, window },
    pick: (moment: number) => setRow(rowAt(window, moment)),
    zoom: (factor: number, about = second) => setSpan((now) => zoomed(now ?? all, all, factor, about)),
    pan: (share: number) => setSpan((now) => now && moved(now, all, share * (now.to - now.from))),
    showAll: () => setSpan(null),
    reading: useReading(summary, window, at),
  };
}
export type Look = ReturnType<typeof useLook>;

/** The numbers of a row: of the window where it shows rows, else of the rows around it once they are here. */
export function useReading(summary: ListedEpisode, window: EpisodeWindow, row: number) {
  return readingOf(window, row, useEpisodeRows(summary.id, stampOf(summary), row).data);
}

export const readingOf =
  (window: EpisodeWindow, row: number, page: { from: number; rows: EpisodeRows } | undefined) =>
  (
    trace: Trace | undefined,
    ofRows: (rows: EpisodeRows) => readonly (number | null)[] | undefined,
  ): number | null | undefined => {
    if (window.bucket === 1 && row >= window.from && row < window.to) return trace?.first[row - window.from];
    return page && ofRows(page.rows)?.[row - page.from];
  };
export type Reading = ReturnType<typeof readingOf>;
