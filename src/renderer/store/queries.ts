import { QueryClient, useQuery } from '@tanstack/react-query';
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
    queryFn: () => api().episodes.list({ includeDeleted }),
    enabled: useOpen(),
  });
}

export function useEpisode(id: number | null, stamp: string) {
  return useQuery({
    queryKey: ['episode', id, stamp],
    queryFn: () => api().episodes.view({ id: id ?? 0 }),
    enabled: useOpen() && id !== null,
  });
}

export function useModels() {
  return useQuery({ queryKey: ['models'], queryFn: () => api().models.list(), enabled: useOpen() });
}

/** Trainings that were interrupted and can go on. */
export function useCheckpoints() {
  return useQuery({
    queryKey: ['checkpoints'],
    queryFn: () => api().models.checkpoints(),
    enabled: useOpen(),
  });
}

/** The rig in hand: the connected one, else the one looked at. */
export function useCurrentRig(): { name: string | null; connected: boolean } {
  const connected = useLive((s) => (s.status?.connected ? s.status.rig : null));
  const chosen = useUi((s) => s.rig);
  return { name: connected ?? chosen, connected: connected !== null };
}
