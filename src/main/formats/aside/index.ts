import { basename } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import { ReadingProcess } from '../../foreign/asking';
import type { Host } from '../../processes/port';
import type { Dataset, DatasetOptions, DatasetPart } from '../types';
import type { DatasetAnswer, DatasetQuestion } from './messages';

/** How long a file may take to be opened, and each part of it to be read, s; on a busy machine too. */
const LIMIT_SECONDS = 300;
/** The process goes with its data set, and not before. */
const IDLE_SECONDS = 24 * 3600;

/**
 * Opens a data set in a process of its own, which may die of it or never come to an end: whoever opened it is told in a sentence
 * then. Its parts come one at a time.
 * @param signal ends the process, whatever it is at
 * @returns undefined where it is none that is known
 * @throws as `openDataset`; bad-file: it ended the process, or took too long
 */
export async function openDatasetAside(
  host: Pick<Host, 'spawn'>,
  path: string,
  options: DatasetOptions = {},
  signal?: AbortSignal,
): Promise<Dataset | undefined> {
  const process = new ReadingProcess<DatasetQuestion, DatasetAnswer>(host, {
    ...{ entry: 'dataset-process', label: 'The process that reads data sets', idleSeconds: IDLE_SECONDS },
  });
  const end = () => void process.close();
  signal?.addEventListener('abort', end, { once: true });
  const ask = (question: DatasetQuestion) =>
    process.ask(question, {
      limitSeconds: LIMIT_SECONDS,
      what: basename(path),
      next: 'Get the file anew, or export it again where it comes from. Nothing was imported.',
    });
  try {
    const opened = await ask({ kind: 'open', path, options });
    if (opened.kind === 'opened') {
      const { head, rigFile } = opened;
      return { head, rigFile, close: () => process.close(), read: (columns) => partsOf(ask, columns) };
    }
    await process.close();
    if (opened.kind === 'unknown') return undefined;
    throw unexpected(opened);
  } catch (thrown) {
    await process.close();
    throw thrown;
  }
}

async function* partsOf(
  ask: (question: DatasetQuestion) => Promise<DatasetAnswer>,
  columns: Parameters<Dataset['read']>[0],
): AsyncGenerator<DatasetPart, void, void> {
  const begun = await ask({ kind: 'read', columns });
  if (begun.kind !== 'reading') throw unexpected(begun);
  for (;;) {
    const answer = await ask({ kind: 'next' });
    if (answer.kind === 'end') return;
    if (answer.kind !== 'part') throw unexpected(answer);
    yield answer.part;
  }
}

const unexpected = ({ kind }: DatasetAnswer) =>
  new ForesightError('internal', `A question about a data set was answered with ${kind}.`, 'Try again.');
