import { setTimeout as later } from 'node:timers/promises';
import { ForesightError } from '../../../shared/errors';
import { openDatabase } from '../database';
import { readHolder } from '../lock';
import { LogStore } from '../store';
import { workspacePaths } from '../workspace';
import { askHolder, NO_ANSWER, NOBODY } from './ask';
import { BESIDE, type BesideMethod, encodeRequest, REPEATABLE } from './requests';

/** How often it is tried: the holder may not listen yet, or end and be followed by another. */
const TRIES = 25;
const TRY_AGAIN_MS = 200;

/**
 * Writes into a workspace that another process has open: that one does it. When it has ended meanwhile, the workspace
 * is free, and it is written here: a training that took an hour is not lost with a window that was closed.
 * @throws ForesightError busy (it needs the rig or a recording, or nobody can be asked), unavailable (nobody knows whether it
 *   was done), and whatever the write itself is refused with
 */
export async function writeBeside(folder: string, method: string, args: unknown[]): Promise<unknown> {
  if (!BESIDE.has(method)) throw busy(folder, 'It cannot be recorded into meanwhile.');
  const asked = method as BesideMethod;
  const frame = encodeRequest(asked, args);
  let last: ForesightError | undefined;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (attempt > 0) await later(TRY_AGAIN_MS);
    const holder = readHolder(workspacePaths(folder).lock);
    if (holder?.endpoint !== undefined) {
      const answer = await askHolder(holder.endpoint, frame);
      if (answer === NO_ANSWER && !REPEATABLE.has(asked)) throw unknownOutcome(holder.pid);
      if (answer !== NOBODY && answer !== NO_ANSWER) return answer;
    }
    try {
      return writeHere(folder, asked, args);
    } catch (thrown) {
      if (!(thrown instanceof ForesightError) || thrown.code !== 'busy') throw thrown;
      last = thrown;
      if (holder !== undefined && holder.endpoint === undefined) break; // nobody to wait for
    }
  }
  throw last ?? busy(folder, 'It does not answer.');
}

function writeHere(folder: string, method: BesideMethod, args: unknown[]): unknown {
  const opened = openDatabase(folder, { readonly: false });
  try {
    return new LogStore(opened.database).answer(method, args);
  } finally {
    opened.close();
  }
}

function busy(folder: string, what: string): ForesightError {
  return new ForesightError(
    'busy',
    `The workspace ${folder} is in use by another Foresight. ${what}`,
    'Close that one, or choose another workspace with --data.',
  );
}

function unknownOutcome(pid: number): ForesightError {
  return new ForesightError(
    'unavailable',
    `The Foresight that has the workspace open (process ${pid}) ended before it said whether it was done.`,
    'Look whether it was (foresight episode list) before you try again.',
  );
}
