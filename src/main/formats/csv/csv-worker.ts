import { parentPort, workerData } from 'node:worker_threads';
import { asForesightError } from '../../../shared/errors';
import { type ImportPart, readParts } from './parts';
import { type FromReader, MOST_UNDER_WAY } from './protocol';
import type { CsvImportOptions } from './types';

/** The thread that reads files for an import, no further ahead than its parts are taken. */
async function start(port: NonNullable<typeof parentPort>, options: CsvImportOptions): Promise<void> {
  let underWay = 0;
  let goOn = () => {};
  port.on('message', () => {
    underWay -= 1;
    goOn();
  });
  const post = (message: FromReader, buffers: ArrayBuffer[] = []) => port.postMessage(message, buffers);
  try {
    for await (const part of readParts(options)) {
      while (underWay >= MOST_UNDER_WAY) {
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
      underWay += 1;
      post(part, buffersOf(part));
    }
    post({ kind: 'end' });
  } catch (thrown) {
    post({ kind: 'error', error: asForesightError(thrown).toShape() });
  } finally {
    port.close();
  }
}

/** The big buffers of a part, to be moved instead of copied. */
function buffersOf(part: ImportPart): ArrayBuffer[] {
  if (part.kind !== 'rows') return [];
  return [part.observations.buffer, part.actions.buffer].filter((buffer) => buffer instanceof ArrayBuffer);
}

if (parentPort === null) throw new Error('csv-worker runs as a worker thread');
await start(parentPort, workerData as CsvImportOptions);
