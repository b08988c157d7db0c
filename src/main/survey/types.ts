import type { ChannelInfo, EpisodeColumns } from '../../shared/episode';

/** What is known of an episode before its rows are read. */
export interface SurveyedEpisode {
  id: number;
  rows: number;
  seconds: number;
  return: number | null;
  periodSeconds: number;
  observations: ChannelInfo[];
  actions: ChannelInfo[];
}

/** Reads rows `from` to `to` (exclusive) of an episode. */
export type ReadRows = (episode: number, from: number, to: number) => EpisodeColumns;

/** Rows that are read at once: memory does not grow with what there is. */
export const READ_ROWS = 4096;
