import { Worker } from 'node:worker_threads';
import { ForesightError } from '../../shared/errors';
import type { Survey } from '../../shared/survey';
import { entryPoint } from '../processes/entry';
import type { FromSurvey, SurveyAsked } from './protocol';
import type { SurveyedEpisode } from './types';

export { setSum } from './content';
export type { SurveyedEpisode } from './types';

export interface SurveyWatch {
  /** Ends it. */
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void;
}

/** Statistics of episodes of a workspace, in a thread of its own. @throws ForesightError cancelled, wrong-use, bad-file */
export async function surveyEpisodes(
  folder: string,
  episodes: SurveyedEpisode[],
  coverage: [string, string] | undefined,
  watch: SurveyWatch = {},
): Promise<Survey> {
  const answer = await elsewhere({ folder, episodes, job: { kind: 'statistics', coverage } }, watch);
  if (answer.type === 'survey') return answer.survey;
  throw ended('it said nothing');
}

/** A sum of the content of each. @throws as surveyEpisodes */
export async function contentSums(
  folder: string,
  episodes: SurveyedEpisode[],
  watch: SurveyWatch = {},
): Promise<string[]> {
  const answer = await elsewhere({ folder, episodes, job: { kind: 'content' } }, watch);
  if (answer.type === 'content') return answer.sums;
  throw ended('it said nothing');
}

async function elsewhere(asked: SurveyAsked, { signal, onProgress }: SurveyWatch): Promise<FromSurvey> {
  if (signal?.aborted) throw cancelled();
  const { path, execArgv } = entryPoint('survey-worker');
  const worker = new Worker(path, { execArgv, workerData: asked, name: 'survey' });
  let stop = () => {};
  try {
    return await new Promise<FromSurvey>((resolve, reject) => {
      stop = () => reject(cancelled());
      signal?.addEventListener('abort', stop);
      worker.on('message', (message: FromSurvey) => {
        if (message.type === 'progress') onProgress?.(message.done, message.total);
        else if (message.type === 'error') reject(ForesightError.fromShape(message.error));
        else resolve(message);
      });
      worker.on('error', (thrown) => reject(ended(thrown.message)));
      worker.on('exit', () => reject(ended('it ended')));
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

const cancelled = () =>
  new ForesightError('cancelled', 'Looking at the data was stopped.', 'Nothing was changed. Ask again.');

const ended = (why: string) =>
  new ForesightError(
    'internal',
    `The part of Foresight that looks at recorded data ended unexpectedly: ${why}.`,
    'Try again, and send this message to the developers.',
  );
