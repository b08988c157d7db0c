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
