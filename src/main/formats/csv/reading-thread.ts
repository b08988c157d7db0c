import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { ForesightError } from '../../../shared/errors';
import { entryPoint } from '../../processes/entry';
import { type ImportPart, readParts } from './parts';
import type { FromReader } from './protocol';
import type { CsvImportOptions } from './types';

/** Files of so many bytes are read before a thread has started. */
const SMALL_BYTES = 2 * 2 ** 20;

/**
 * The parts of files, read in a thread of its own, so that whoever shows the progress of a long import stays alive; a few parts ahead
 * of whoever takes them.
 * @throws ForesightError as `readParts`
 */
export async function* partsElsewhere(options: CsvImportOptions): AsyncGenerator<ImportPart, void, void> {
  if (await areSmall(options.files)) {
    yield* readParts(options);
    return;
  }
  const { path, execArgv } = entryPoint('csv-worker');
  const worker = new Worker(path, { execArgv, workerData: options, name: 'import' });
  const heard: FromReader[] = [];
  let wake = () => {};
  const hear = (message: FromReader) => {
    heard.push(message);
    wake();
  };
  worker.on('message', hear);
  worker.on('error', (thrown) => hear({ kind: 'error', error: ended(thrown.message).toShape() }));
  worker.on('exit', () => hear({ kind: 'error', error: ended('it ended').toShape() }));
  try {
    for (;;) {
      const message = heard.shift();
      if (message === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (message.kind === 'end') return;
      else if (message.kind === 'error') throw ForesightError.fromShape(message.error);
      else {
        yield message;
        worker.postMessage('taken');
      }
    }
  } finally {
    await worker.terminate();
  }
}

async function areSmall(files: readonly string[]): Promise<boolean> {
  // What cannot be looked at is told when it is opened.
  const sizes = await Promise.all(
    files.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0) <= SMALL_BYTES;
}

function ended(why: string): ForesightError {
  return new ForesightError(
    'internal',
    `The part of Foresight that reads files ended unexpectedly: ${why}.`,
    'Nothing was imported. Try again, and send this message to the developers.',
  );
}
