import type { EpisodeStretch, ModelSummary } from '../../../shared/model';
import type { TrainingEpisode } from '../types';
import { episodeRows } from './splits';

/**
 * Which rows a model learned from, so that it can be judged on others. What counts is steps: a stretch of n rows holds n − 1
 * of them, and a row between two stretches belongs to both.
 */

/** The rows of episodes or of parts of them. */
export const stretchesOf = (episodes: readonly TrainingEpisode[]): EpisodeStretch[] =>
  episodes.map(({ id, firstRow = 0, columns }) => ({ episode: id, firstRow, rows: columns.rows }));

/** What a model learned from; where nobody kept it, all of its episodes. */
export const learnedBy = ({
  learned,
  episodes,
}: Pick<ModelSummary, 'learned' | 'episodes'>): EpisodeStretch[] =>
  learned ?? episodes.map((episode) => ({ episode, firstRow: 0, rows: Number.MAX_SAFE_INTEGER }));

/** Both together, in order, what overlaps or touches in one. */
export function mergedStretches(stretches: readonly EpisodeStretch[]): EpisodeStretch[] {
  const sorted = [...stretches].sort((a, b) => a.episode - b.episode || a.firstRow - b.firstRow);
  const merged: EpisodeStretch[] = [];
  for (const { episode, firstRow, rows } of sorted) {
    const last = merged.at(-1);
    if (last?.episode === episode && firstRow <= last.firstRow + last.rows - 1) {
      last.rows = Math.max(last.rows, firstRow + rows - last.firstRow);
    } else merged.push({ episode, firstRow, rows });
  }
  return merged;
}

/** What of the episodes is in none of the stretches, as views; nothing without a step. */
export function unseenParts(
  episodes: readonly TrainingEpisode[],
  learned: readonly EpisodeStretch[],
): TrainingEpisode[] {
  const known = mergedStretches(learned);
  return episodes.flatMap((episode) => {
    const first = episode.firstRow ?? 0;
    const end = episode.columns.rows - 1;
    const parts: TrainingEpisode[] = [];
    let from = 0;
    for (const stretch of known) {
      if (stretch.episode !== episode.id) continue;
      const begins = Math.min(stretch.firstRow - first, end);
      if (begins > from) parts.push(episodeRows(episode, from, begins + 1));
      from = Math.max(from, stretch.firstRow + stretch.rows - 1 - first);
    }
    if (end > from) parts.push(episodeRows(episode, from, end + 1));
    return parts;
  });
}
