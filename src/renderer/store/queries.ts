import { QueryClient, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ListedEpisode } from '../../shared/episode-list';
import { api, toShape, useLink } from '../api';
import { useLive } from '../live/live';
import { useUi } from './ui-state';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // A refusal will be one again; only what never arrived is worth another try.
      retry: (count, error) => count < 2 && toShape(error).code === 'unavailable',
    },
  },
});

/** True while there is a core to ask. */
const useOpen = () => useLink((s) => s.state === 'open');

export function useAppInfo() {
  return useQuery({ queryKey: ['app'], queryFn: () => api().app.info(), enabled: useOpen() });
}

export function useRigs() {
  return useQuery({ queryKey: ['rigs'], queryFn: () => api().rig.list(), enabled: useOpen() });
}

export function useRig(rig: string | null) {
  return useQuery({
    queryKey: ['rig', rig],
    queryFn: () => api().rig.show({ rig: rig ?? '' }),
    enabled: useOpen() && rig !== null,
    staleTime: 300_000,
  });
}

export function useScene(rig: string | null) {
  return useQuery({
    queryKey: ['scene', rig],
    queryFn: () => api().rig.scene({ rig: rig ?? '' }),
    enabled: useOpen() && rig !== null,
    staleTime: 300_000,
  });
}

export function useEpisodes(includeDeleted = false) {
  return useQuery({
    queryKey: ['episodes', includeDeleted],
    queryFn: async () => {
      const all: ListedEpisode[] = [];
      const asked = { deleted: includeDeleted ? 'too' : 'no', descending: false, limit: 500 } as const;
      for (;;) {
        const page = await api().episodes.list({ ...asked, offset: all.length });
        all.push(...page.episodes);
        if (page.episodes.length < 500) return all;
      }
    },
    enabled: useOpen(),
  });
}

/** What the workspace takes; not asked for while something is recorded, which it would be counted beside. */
export function useWorkspaceSize() {
  const busy = useLive((s) => (s.activity?.kind ?? 'idle') !== 'idle');
  return useQuery({
    queryKey: ['workspace-size'],
    queryFn: () => api().episodes.size(),
    enabled: useOpen() && !busy,
  });
}

export function useEpisodeOrigin(id: number) {
  return useQuery({
    queryKey: ['episode-origin', id],
    queryFn: () => api().episodes.origin({ id }),
    enabled: useOpen(),
  });
}

/** @param stamp changes with what there is of the episode */
export function useEpisodeCameras(id: number, stamp: string) {
  return useQuery({
    queryKey: ['episode-cameras', id, stamp],
    queryFn: () => api().episodes.cameras({ id }),
    enabled: useOpen(),
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
  });
}

/** Rows that are asked for at a time, of episodes that are too long to be shown row by row. */
const PAGE_ROWS = 256;

/** How far a long episode has been gone through that was never looked at; null while nothing is known. */
export function usePrepared(id: number, stamp: string) {
  const [share, setShare] = useState<number | null>(null);
  const query = useQuery({
    queryKey: ['episode-prepared', id, stamp],
    queryFn: async ({ signal }) => {
      for await (const { done, total } of await api().episodes.prepare({ id }, { signal })) {
        setShare(done / Math.max(1, total));
      }
      return true;
    },
    enabled: useOpen(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { ...query, share };
}

/** What plots show of an episode from one second to another, all of it without them. Meanwhile what was shown before. */
export function useEpisodeWindow(
  id: number,
  stamp: string,
  { span, points, enabled }: { span: { from: number; to: number } | null; points: number; enabled: boolean },
) {
  return useQuery({
    queryKey: ['episode-window', id, stamp, span?.from, span?.to, points],
    queryFn: () => api().episodes.view({ id, ...span, points }),
    enabled: useOpen() && enabled,
    placeholderData: (before) => (before?.summary.id === id ? before : undefined),
    gcTime: 30_000,
  });
}

function rowsQuery(id: number, stamp: string, page: number) {
  const range = { from: page * PAGE_ROWS, to: (page + 1) * PAGE_ROWS };
  return {
    queryKey: ['episode-rows', id, stamp, page],
    queryFn: async () => ({ from: range.from, rows: await api().episodes.rows({ id, ...range }) }),
    gcTime: 30_000,
  };
}

/** The rows around one of an episode; the page after them is fetched ahead. */
export function useEpisodeRows(id: number, stamp: string, row: number) {
  const page = Math.floor(row / PAGE_ROWS);
  const open = useOpen();
  const query = useQuery({ ...rowsQuery(id, stamp, page), enabled: open });
  useEffect(() => {
    if (open && query.data) void queryClient.prefetchQuery(rowsQuery(id, stamp, page + 1));
  }, [open, query.data, id, stamp, page]);
  return query;
}

export function useModels() {
  return useQuery({ queryKey: ['models'], queryFn: () => api().models.list(), enabled: useOpen() });
}

export function usePolicies() {
  return useQuery({ queryKey: ['policies'], queryFn: () => api().policies.list(), enabled: useOpen() });
}

/** Trainings of policies that were interrupted and can go on. */
export function usePolicyCheckpoints() {
  return useQuery({
    queryKey: ['policy-checkpoints'],
    queryFn: () => api().policies.checkpoints(),
    enabled: useOpen(),
  });
}

/** Trainings that were interrupted and can go on. */
export function useCheckpoints() {
  return useQuery({
    queryKey: ['checkpoints'],
    queryFn: () => api().models.checkpoints(),
    enabled: useOpen(),
  });
}

/** The rig in hand: the connected one, else the one that was lost, else the one looked at. */
export function useCurrentRig(): { name: string | null; connected: boolean; lost: boolean } {
  const connected = useLive((s) => (s.status?.connected ? s.status.rig : null));
  const lost = useLive((s) => s.lost?.rig ?? null);
  const chosen = useUi((s) => s.rig);
  return { name: connected ?? lost ?? chosen, connected: connected !== null, lost: lost !== null };
}
