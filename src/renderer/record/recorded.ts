import type { EpisodeSummary } from '../../shared/episode';

/** Transitions of a rig that a model can learn from: those of kept episodes. */
export function recordedTransitions(episodes: readonly EpisodeSummary[], rig: string): number {
  return episodes
    .filter((episode) => episode.rig === rig && episode.deletedAt === null)
    .filter(({ state }) => state === 'complete' || state === 'interrupted')
    .reduce((sum, { steps }) => sum + steps, 0);
}
