import type { EpisodeStretch } from '../../shared/model';
import { type EpisodeSource, readStretch, sourceOf } from '../dynamics/data/episode-source';
import { sampledStretches, stepsIn } from '../dynamics/data/stretches';
import type { TrainingEpisode } from '../dynamics/types';
import { openLogReader } from '../log/reader';

/** Episodes in the log of a workspace, which the process of a job reads by itself. */
export interface LoggedEpisodes {
  workspace: string;
  stretches: EpisodeStretch[];
}

/** What a job is on: where it is recorded, or the episodes themselves where they are in no log. */
export type JobEpisodes = LoggedEpisodes | TrainingEpisode[];

/** Of a verdict: rows that it is on at most, and how long the pieces are that they are taken in. */
const JUDGED = { most: 200_000, piece: 2000 };

export interface OpenEpisodes {
  source: EpisodeSource;
  stretches: EpisodeStretch[];
  /** A stretch as it is learned from, where the source has more of it than was recorded. */
  learnable?(stretch: EpisodeStretch): EpisodeStretch;
  close(): void;
}

/** @throws not-found, bad-file, unavailable: as opening a log */
export function openEpisodes(given: JobEpisodes): OpenEpisodes {
  if (Array.isArray(given)) return { ...sourceOf(given), close: () => undefined };
  const reader = openLogReader(given.workspace);
  return {
    stretches: given.stretches,
    source: {
      read(id, from, to) {
        const { rows, observations, actions, deviceSeconds, reward } = reader.columns(id, from, to);
        return { id, firstRow: from, columns: { rows, observations, actions, deviceSeconds, reward } };
      },
    },
    close: () => reader.close(),
  };
}

/** Episodes to judge on, in memory: all of the stretches or, where that is too much, pieces spread over them. */
export function toJudge(
  { source }: Pick<OpenEpisodes, 'source'>,
  stretches: readonly EpisodeStretch[],
): { episodes: TrainingEpisode[]; among: number } {
  const sample = sampledStretches(stretches, JUDGED);
  return { episodes: sample.map((one) => readStretch(source, one)), among: stepsIn(stretches) };
}
