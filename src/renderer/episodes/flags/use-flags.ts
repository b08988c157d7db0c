import { useQuery } from '@tanstack/react-query';
import type { EpisodeFlag } from '../../../shared/flags';
import { api, useLink } from '../../api';

/** What may be wrong with an episode; undefined while it is looked for, null while the episode is recorded. */
export function useFlags(id: number): EpisodeFlag[] | null | undefined {
  const open = useLink((s) => s.state === 'open');
  const { data } = useQuery({
    // Lengths and channels are compared with those of other episodes, so it is asked anew when the list changes.
    queryKey: ['episodes', 'flags', id],
    queryFn: () => api().episodes.flags({ id }),
    enabled: open,
  });
  return data;
}
