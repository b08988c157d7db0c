import { ForesightError } from '../../../shared/errors';
import { answerQuestions } from '../../foreign/answering';
import type { Host } from '../../processes/port';
import { openDataset } from '../readers';
import type { Dataset, DatasetPart } from '../types';
import type { DatasetAnswer, DatasetQuestion } from './messages';

let dataset: Dataset | undefined;
let parts: AsyncGenerator<DatasetPart, void, void> | undefined;

/** Reads a data set that came from elsewhere, in a process that may die of it. */
await answerQuestions<DatasetQuestion, DatasetAnswer>(answer, async () => undefined);

async function answer(asked: DatasetQuestion, host: Pick<Host, 'spawn'>): Promise<DatasetAnswer> {
  switch (asked.kind) {
    case 'open':
      await end();
      await dataset?.close();
      dataset = await openDataset(asked.path, asked.options, host);
      if (dataset === undefined) return { kind: 'unknown' };
      return { kind: 'opened', head: dataset.head, rigFile: dataset.rigFile };
    case 'read':
      await end();
      if (dataset === undefined) throw nothingOpen();
      parts = dataset.read(asked.columns);
      return { kind: 'reading' };
    case 'next': {
      if (parts === undefined) throw nothingOpen();
      const next = await parts.next();
      if (next.done !== true) return { kind: 'part', part: next.value };
      parts = undefined;
      return { kind: 'end' };
    }
  }
}

async function end(): Promise<void> {
  await parts?.return();
  parts = undefined;
}

const nothingOpen = () =>
  new ForesightError(
    'internal',
    'The process that read the file was started anew.',
    'Choose the file once more.',
  );
