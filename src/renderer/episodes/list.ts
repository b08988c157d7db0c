import { useMemo, useState } from 'react';
import type { ListedEpisode } from '../../shared/episode-list';
import { api } from '../api';
import { restoreEpisodes } from '../store/actions';
import { attempt, notify } from '../store/notify';
import { useEpisodes } from '../store/queries';
import { useUi } from '../store/ui-state';
import { formatCount } from '../ui/format';
import { ANY, type EpisodeFilter, matches } from './filter';

/** Episodes that pass the filter, the newest first. */
export function listed(all: readonly ListedEpisode[], filter: EpisodeFilter): ListedEpisode[] {
  return all.filter((episode) => matches(episode, filter)).sort((a, b) => b.id - a.id);
}

/**
 * What a button that acts on episodes acts on: those picked among the listed, the one that is looked at where none is
 * picked. What the filter hides is not acted on, looked at or not.
 */
export function actedOn(
  rows: readonly ListedEpisode[],
  picked: ReadonlySet<number>,
  shown: ListedEpisode | undefined,
): number[] {
  if (picked.size > 0) return rows.filter(({ id }) => picked.has(id)).map(({ id }) => id);
  return shown && rows.some(({ id }) => id === shown.id) ? [shown.id] : [];
}

/** The two that are picked among the listed, the older first; null unless there are two. */
export function pickedPair(rows: readonly ListedEpisode[], picked: ReadonlySet<number>): Pair | null {
  const [a, b, ...more] = rows.filter(({ id }) => picked.has(id)).map(({ id }) => id);
  if (a === undefined || b === undefined || more.length > 0) return null;
  return a < b ? [a, b] : [b, a];
}
type Pair = readonly [number, number];

/** The room's list: what is filtered, picked and looked at, and what follows from it. */
export function useEpisodeList() {
  const [filter, setFilter] = useState<EpisodeFilter>(ANY);
  const [deletedToo, setDeletedToo] = useState(false);
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const shown = useUi((s) => s.episode);
  const { data: all, error, refetch } = useEpisodes(deletedToo);
  const rows = useMemo(() => listed(all ?? [], filter), [all, filter]);
  const detail = all?.find(({ id }) => id === shown);
  const chosen = actedOn(rows, picked, detail);
  const pair = useMemo(() => pickedPair(rows, picked), [rows, picked]);
  const [comparing, setComparing] = useState<{ pair: Pair; beside: number | null } | null>(null);
  // Whoever goes to another episode, here or from elsewhere, has done with comparing.
  const [one, other] = (comparing?.beside === shown ? comparing.pair : []).map((id) =>
    all?.find((episode) => episode.id === id),
  );
  const remove = async () => {
    const ids = chosen.filter((id) => all?.find((episode) => episode.id === id)?.deletedAt === null);
    if (!(await attempt(() => api().episodes.remove({ ids })))) return;
    setPicked(new Set());
    const what = ids.length === 1 ? `Episode ${ids[0]}` : formatCount(ids.length, 'episode');
    // This deletion, whatever was changed after it.
    notify('info', `${what} deleted.`, '', { label: 'Undo', run: () => restoreEpisodes(ids) });
  };
  return {
    ...{ all, error, refetch, rows, shown, detail, chosen, remove },
    ...{ filter, setFilter, deletedToo, setDeletedToo, picked, setPicked },
    ...{ compared: one && other ? ([one, other] as const) : null, endComparison: () => setComparing(null) },
    /** Left out where there are not two to compare. */
    compare: pair ? () => setComparing({ pair, beside: shown }) : undefined,
  };
}
export type EpisodeList = ReturnType<typeof useEpisodeList>;
