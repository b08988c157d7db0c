import { QueryClient, queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { EpisodeWindow } from '../../shared/episode-window';
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
export const useOpen = () => useLink((s) => s.state === 'open');

export function useAppInfo() {
  return useQuery({ queryKey: ['app'], queryFn: () => api().app.info(), enabled: useOpen() });
}

export function useRigs() {
  return useQuery({ queryKey: ['rigs'], queryFn: () => api().rig.list(), enabled: useOpen() });
}

const rigQuery = (rig: string | null) =>
  queryOptions({
    queryKey: ['rig', rig],
    queryFn: () => api().rig.show({ rig: rig ?? '' }),
    staleTime: 300_000,
  });

export function useRig(rig: string | null) {
  return useQuery({ ...rigQuery(rig), enabled: useOpen() && rig !== null });
}

/** Several; the same one may be named more than once. */
export function useRigsOf(rigs: readonly string[]) {
  const enabled = useOpen();
  const different = [...new Set(rigs)];
  const found = useQueries({ queries: different.map((rig) => ({ ...rigQuery(rig), enabled })) });
  return rigs.map((rig) => found[different.indexOf(rig)]);
}

export function useScene(rig: string | null) {
  return useQuery({
    queryKey: ['scene', rig],
    queryFn: () => api().rig.scene({ rig: rig ?? '' }),
    enabled: useOpen() && rig !== null,
    staleTime: 300_000,
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

const preparedQuery = (id: number, stamp: string, onShare: (share: number) => void) =>
  queryOptions({
    queryKey: ['episode-prepared', id, stamp],
    queryFn: async ({ signal }) => {
      for await (const { done, total } of await api().episodes.prepare({ id }, { signal })) {
        onShare(done / Math.max(1, total));
      }
      return true;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** How far a long episode has been gone through that was never looked at; null while nothing is known. */
export function usePrepared(id: number, stamp: string) {
  const [share, setShare] = useState<number | null>(null);
  const query = useQuery({ ...preparedQuery(id, stamp, setShare), enabled: useOpen() });
  return { ...query, share };
}

/** The same of several, without their shares. */
export function useAllPrepared(episodes: readonly { id: number; stamp: string }[]) {
  const enabled = useOpen();
  return useQueries({
    queries: episodes.map(({ id, stamp }) => ({ ...preparedQuery(id, stamp, () => {}), enabled })),
  });
}

/** What plots show of an episode: from one second to another, or all of it. */
export interface WindowAsked {
  id: number;
  stamp: string;
  span: { from: number; to: number } | null;
  points: number;
  enabled: boolean;
}

const windowQuery = ({ id, stamp, span, points, enabled }: WindowAsked, open: boolean) =>
  queryOptions({
    queryKey: ['episode-window', id, stamp, span?.from, span?.to, points],
    queryFn: () => api().episodes.view({ id, ...span, points }),
    enabled: open && enabled,
    placeholderData: (before: EpisodeWindow | undefined) => (before?.summary.id === id ? before : undefined),
    gcTime: 30_000,
  });

/** Meanwhile what was shown before. */
export function useEpisodeWindow(id: number, stamp: string, asked: Omit<WindowAsked, 'id' | 'stamp'>) {
  return useQuery(windowQuery({ id, stamp, ...asked }, useOpen()));
}

export function useEpisodeWindows(asked: readonly WindowAsked[]) {
  const open = useOpen();
  return useQueries({ queries: asked.map((one) => windowQuery(one, open)) });
}

function rowsQuery(id: number, stamp: string, page: number) {
  const range = { from: page * PAGE_ROWS, to: (page + 1) * PAGE_ROWS };
  return {
    queryKey: ['episode-rows', id, stamp, page],
    queryFn: async () => ({ from: range.from, rows: await api().episodes.rows({ id, ...range }) }),
    gcTime: 30_000,
  };
}

/** The rows around one of each of several episodes. */
export function useRowsOfAll(asked: readonly { id: number; stamp: string; row: number }[]) {
  const enabled = useOpen();
  return useQueries({
    queries: asked.map(({ id, stamp, row }) => ({
      ...rowsQuery(id, stamp, Math.floor(row / PAGE_ROWS)),
      enabled,
    })),
  });
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
