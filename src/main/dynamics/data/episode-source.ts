import type { EpisodeStretch } from '../../../shared/model';
import type { TrainingEpisode } from '../types';
import { episodeRows } from './splits';
import { stretchesOf } from './stretches';

/** Episodes that can be read a part at a time: from a log, or from where they lie in memory. */
export interface EpisodeSource {
  /** Rows `from` to `to` (exclusive) of a recorded episode, as far as there are any. */
  read(episode: number, from: number, to: number): TrainingEpisode;
}

/** Episodes, or parts of them, as a source and what there is in it. */
export function sourceOf(episodes: readonly TrainingEpisode[]): {
  source: EpisodeSource;
  stretches: EpisodeStretch[];
} {
  return {
    stretches: stretchesOf(episodes),
    source: {
      read(episode, from, to) {
        const found = episodes.find(({ id, firstRow = 0, columns }) => {
          const end = firstRow + columns.rows;
          return id === episode && firstRow <= from && from <= end && to <= end;
        });
        if (found === undefined)
          throw new RangeError(`there are no rows ${from} to ${to} of episode ${episode}`);
        const first = found.firstRow ?? 0;
        return episodeRows(found, from - first, to - first);
      },
    },
  };
}

export const readStretch = (
  source: EpisodeSource,
  { episode, firstRow, rows }: EpisodeStretch,
): TrainingEpisode => source.read(episode, firstRow, firstRow + rows);

/** Steps of stretches: one fewer than rows, each. */
export const stepsIn = (stretches: readonly EpisodeStretch[]): number =>
  stretches.reduce((sum, { rows }) => sum + Math.max(0, rows - 1), 0);

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
