import type { ListedEpisode } from '../../shared/episode-list';

/** Transitions of a rig that a model can learn from: those of kept episodes. */
export function recordedTransitions(episodes: readonly ListedEpisode[], rig: string): number {
  return episodes
    .filter((episode) => episode.rig === rig && episode.deletedAt === null)
    .filter(({ state }) => state === 'complete' || state === 'interrupted')
    .reduce((sum, { steps }) => sum + steps, 0);
}
