import { parentPort, workerData } from 'node:worker_threads';
import { asForesightError } from '../../shared/errors';
import { openLogReader } from '../log/reader';
import { contentSum } from './content';
import type { FromSurvey, SurveyAsked } from './protocol';
import { surveyOf } from './statistics';

/** The thread that reads very many rows, on a connection of its own, so that nobody else waits for it. Ended from outside. */
function work(post: (message: FromSurvey) => void, { folder, episodes, job }: SurveyAsked): void {
  const reader = openLogReader(folder);
  try {
    const rows = episodes.reduce((sum, one) => sum + one.rows, 0);
    const total = job.kind === 'statistics' ? 2 * rows : rows;
    let done = 0;
    const onRows = (more: number) => {
      done += more;
      post({ type: 'progress', done, total });
    };
    const read = reader.columns;
    if (job.kind === 'statistics') {
      post({ type: 'survey', survey: surveyOf(episodes, read, job.coverage, onRows) });
      return;
    }
    const sums = episodes.map((one) => contentSum(one, read, reader.pictures, onRows));
    post({ type: 'content', sums });
  } finally {
    reader.close();
  }
}

const port = parentPort;
if (port === null) throw new Error('survey-worker runs as a worker thread');
try {
  work((message) => port.postMessage(message), workerData as SurveyAsked);
} catch (thrown) {
  const error: FromSurvey = { type: 'error', error: asForesightError(thrown).toShape() };
  port.postMessage(error);
}
port.close();
