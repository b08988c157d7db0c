import { ForesightError } from '../../shared/errors';
import type { Log } from '../log/types';

/** Deletes what is there of an import that came to nothing; where that fails, the next start does. */
export async function giveUpStaged(log: Pick<Log, 'discardStaged'>, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  try {
    while (!(await log.discardStaged(ids)));
  } catch {
    // Whoever imports is told what went wrong first.
  }
}

export function refuseStoppedImport(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new ForesightError(
    'cancelled',
    'The import was stopped.',
    'Nothing was imported. Import again when it is wanted.',
  );
}
