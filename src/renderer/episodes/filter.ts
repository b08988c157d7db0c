import { isDoubtful, type ListedEpisode } from '../../shared/episode-list';

export interface EpisodeFilter {
  text: string;
  rig: string | null;
  source: string | null;
  /** Only those that something is wrong with. */
  onlyDoubtful: boolean;
}

export const ANY: EpisodeFilter = { text: '', rig: null, source: null, onlyDoubtful: false };

/** Every word of the text must occur in the episode's number, rig, source, state or tags. */
export function matches(episode: ListedEpisode, filter: EpisodeFilter): boolean {
  if (filter.rig !== null && episode.rig !== filter.rig) return false;
  if (filter.source !== null && episode.source !== filter.source) return false;
  if (filter.onlyDoubtful && !isDoubtful(episode)) return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const hay = [String(episode.id), episode.rig, episode.source, episode.state, ...episode.tags].map((s) =>
    s.toLowerCase(),
  );
  return words.every((word) => hay.some((text) => text.includes(word)));
}
