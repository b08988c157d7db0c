import type { ErrorShape } from '../../shared/errors';
import type { Survey } from '../../shared/survey';
import type { SurveyedEpisode } from './types';

/** What the thread is to find out. */
export type SurveyJob =
  | { kind: 'statistics'; coverage: [string, string] | undefined }
  /** A sum of each episode's content. */
  | { kind: 'content' };

export interface SurveyAsked {
  folder: string;
  episodes: SurveyedEpisode[];
  job: SurveyJob;
}

export type FromSurvey =
  | { type: 'progress'; done: number; total: number }
  | { type: 'survey'; survey: Survey }
  | { type: 'content'; sums: string[] }
  | { type: 'error'; error: ErrorShape };
