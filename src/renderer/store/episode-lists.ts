import { useQuery } from '@tanstack/react-query';
import type { EpisodeFilter, EpisodeSorting } from '../../shared/episode-list';
import { api } from '../api';
import { useOpen } from './queries';

/** What there is, to choose from and to count: how many episodes, of which rigs, with which tags. */
export function useEpisodeOverview() {
  return useQuery({
    queryKey: ['episodes', 'overview'],
    queryFn: () => api().episodes.overview(),
    enabled: useOpen(),
  });
}

/** A part of a list. Meanwhile what was there before. */
export function useEpisodePage(
  asked: EpisodeFilter & Partial<EpisodeSorting> & { offset?: number; limit: number },
  enabled = true,
) {
  return useQuery({
    queryKey: ['episodes', 'page', asked],
    queryFn: async () => ({ ...(await api().episodes.list(asked)), asked }),
    enabled: useOpen() && enabled,
    placeholderData: (before) => before,
  });
}

/** How many of a list come before an episode; null where it is not in it. */
export function useEpisodePlace(id: number | null, filter: EpisodeFilter, sorting: EpisodeSorting) {
  return useQuery({
    queryKey: ['episodes', 'place', id, filter, sorting],
    queryFn: async () => (await api().episodes.place({ ...filter, ...sorting, id: id ?? 0 })).place,
    enabled: useOpen() && id !== null,
  });
}

/** One episode with its channels. */
export function useEpisode(id: number | null) {
  return useQuery({
    queryKey: ['episodes', 'one', id],
    queryFn: () => api().episodes.show({ id: id ?? 0 }),
    enabled: useOpen() && id !== null,
  });
}

/** What those that match come to together. */
export function useEpisodeTotals(filter: EpisodeFilter, enabled = true) {
  return useQuery({
    queryKey: ['episodes', 'totals', filter],
    queryFn: () => api().episodes.totals(filter),
    enabled: useOpen() && enabled,
  });
}

/** A few, in the order of their numbers, deleted or not. */
export function useEpisodesByNumber(ids: readonly number[]) {
  return useQuery({
    queryKey: ['episodes', 'some', ids],
    queryFn: async () => {
      const { episodes } = await api().episodes.list({
        ...{ numbers: [...ids], deleted: 'too', descending: false },
      });
      return episodes;
    },
    enabled: useOpen(),
  });
}
