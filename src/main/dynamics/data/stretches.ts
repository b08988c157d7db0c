import type { EpisodeStretch, ModelSummary } from '../../../shared/model';
import type { TrainingEpisode } from '../types';

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

/** Steps of stretches, in a run or not. */
export const stepsIn = (stretches: readonly EpisodeStretch[]): number =>
  stretches.reduce((sum, { rows }) => sum + Math.max(0, rows - 1), 0);

/** What of the stretches is in none of those that are known; nothing without a step. */
export function unseenStretches(
  stretches: readonly EpisodeStretch[],
  learned: readonly EpisodeStretch[],
): EpisodeStretch[] {
  const known = mergedStretches(learned);
  return stretches.flatMap(({ episode, firstRow, rows }) => {
    const end = firstRow + rows - 1;
    const parts: EpisodeStretch[] = [];
    let from = firstRow;
    for (const stretch of known) {
      if (stretch.episode !== episode) continue;
      const begins = Math.min(stretch.firstRow, end);
      if (begins > from) parts.push({ episode, firstRow: from, rows: begins + 1 - from });
      from = Math.max(from, stretch.firstRow + stretch.rows - 1);
    }
    if (end > from) parts.push({ episode, firstRow: from, rows: end + 1 - from });
    return parts;
  });
}

/** The first part of every stretch, and the last `share` of its steps. The row between them belongs to both. */
export function splitStretches(
  stretches: readonly EpisodeStretch[],
  share: number,
): { first: EpisodeStretch[]; last: EpisodeStretch[] } {
  const parts = stretches.map(({ episode, firstRow, rows }) => {
    const steps = Math.max(0, rows - 1);
    const kept = steps - Math.floor(steps * share);
    return {
      first: { episode, firstRow, rows: Math.min(rows, kept + 1) },
      last: { episode, firstRow: firstRow + kept, rows: rows - kept },
    };
  });
  return {
    first: parts.map(({ first }) => first),
    last: parts.map(({ last }) => last).filter(({ rows }) => rows > 1),
  };
}

/**
 * What of the stretches is looked at where all would be too much: pieces of `piece` rows, evenly spread, `most` rows in
 * all; everything where there is no more than that.
 */
export function sampledStretches(
  stretches: readonly EpisodeStretch[],
  { most, piece }: { most: number; piece: number },
): EpisodeStretch[] {
  const total = stretches.reduce((sum, { rows }) => sum + rows, 0);
  if (total <= most) return [...stretches];
  const pieces = stretches.flatMap(({ episode, firstRow, rows }) =>
    Array.from({ length: Math.ceil(rows / piece) }, (_, i) => ({
      ...{ episode, firstRow: firstRow + i * piece },
      rows: Math.min(piece, rows - i * piece),
    })),
  );
  const wanted = Math.max(1, Math.floor((pieces.length * most) / total));
  return Array.from(
    { length: wanted },
    (_, i) => pieces[Math.floor(((i + 0.5) * pieces.length) / wanted)] as EpisodeStretch,
  ).filter(({ rows }) => rows > 1);
}
