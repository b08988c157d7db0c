import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { asForesightError, ForesightError } from '../../shared/errors';
import { type Core, createCore } from '../core';
import { version } from '../installation/version';
import { defaultWorkspace } from '../installation/workspace-folder';
import { openLog } from '../log';
import type { Log } from '../log/types';
import { within } from '../processes/ending';
import { hostHere } from '../processes/here-host';
import { wordsOfDoubt, wordsOfRest } from './cut-short';
import { endOnDefect, interrupts } from './interrupts';
import type { GlobalOptions } from './output';

/** How long a signal may take from one process of a group to the next. */
const SAME_SIGNAL_MS = 500;

export function workspaceOf(options: GlobalOptions): string {
  return resolve(options.data ?? defaultWorkspace());
}

export interface CoreOptions {
  /** Works where another process, an open window, has the workspace: that one writes. For commands that need no rig. */
  beside?: boolean;
  /** What a command that was stopped leaves, as a sentence. @param isDone whether its work was done all the same */
  whenStopped?: (isDone: boolean) => string;
}

const WHEN_RECORDED = 'What was recorded is in the workspace.';

/**
 * Runs a command on a core in this process. Ctrl-C (and SIGTERM, and a terminal that is closed) is the e-stop, from the
 * command's first moment to its last: the rig holds, nothing begins any more, the episode is kept as interrupted, the workspace
 * is closed, and the command fails; a second one ends at once.
 */
export async function withCore<T>(
  options: GlobalOptions,
  work: (core: Core, stop: AbortSignal) => Promise<T>,
  { beside = false, whenStopped = () => WHEN_RECORDED }: CoreOptions = {},
): Promise<T> {
  const stop = interrupts();
  endOnDefect();
  if (stop.aborted) throw stoppedError(stop, '', whenStopped(false));
  const core = await createCore({
    folder: workspaceOf(options),
    host: hostHere(),
    hostKind: 'node',
    version,
    beside,
  });
  // Among them that the disk is full: the command then waits for room until a second signal ends it.
  const failures = core.log.onFailure((message) => process.stderr.write(`foresight: ${message}\n`));
  let rest: Promise<string> | undefined;
  let giveUp: (thrown: unknown) => void = () => {};
  // What waits for a rig process that does not answer would wait for good; closing the core ends that process.
  const unanswered = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  unanswered.catch(() => undefined);
  const onStop = () => {
    rest = bringToRest(core, String(stop.reason), giveUp);
  };
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  let failure: ForesightError | undefined;
  let isDone = false;
  try {
    const result = await Promise.race([work(core, stop), unanswered]);
    isDone = true;
    if (!stop.aborted) return result;
  } catch (thrown) {
    failure = asForesightError(thrown);
    if (failure.code === 'stopped') await sentToAll(stop);
    if (!stop.aborted) throw failure;
  } finally {
    await rest;
    await core.close();
    failures.dispose();
    stop.removeEventListener('abort', onStop);
  }
  throw stoppedError(stop, await (rest ?? ''), whenStopped(isDone), failure);
}

/** What a terminal sends to the whole group may reach the rig process first, and us only with what came of it. */
async function sentToAll(stop: AbortSignal): Promise<void> {
  await pause(SAME_SIGNAL_MS, undefined, { signal: stop }).catch(() => undefined);
}

/** How long a rig process has to answer that the rig holds; one that does not is ended with the core. */
const ANSWER_MS = 3000;

/** Stops everything for good. @returns what is known of the rig, as a sentence; '' where none is connected */
async function bringToRest(
  core: Core,
  by: string,
  onUnanswered: (error: ForesightError) => void,
): Promise<string> {
  const { connected, link } = core.rig.status;
  try {
    const stopping = core.stopForGood(by);
    if (!(await within(ANSWER_MS, stopping))) {
      onUnanswered(new ForesightError('stopped', `Stopped by ${by}.`, 'Look at the rig.'));
      return wordsOfDoubt('its process does not answer.');
    }
    const status = await stopping;
    if (link.phase === 'opening') {
      return 'The rig was still being connected: it was let go of, and what it does was not read back.';
    }
    if (!connected) return '';
    return wordsOfRest(status);
  } catch (thrown) {
    return wordsOfDoubt(asForesightError(thrown).message);
  }
}

/**
 * @param left what is there of the work, as a sentence
 * @param failure what the work ended with: usually that it was stopped
 */
function stoppedError(
  stop: AbortSignal,
  rig: string,
  left: string,
  failure?: ForesightError,
): ForesightError {
  const expected = failure === undefined || failure.code === 'stopped' || failure.code === 'cancelled';
  const sentences = [`Stopped by ${stop.reason}.`, rig, expected ? '' : failure.message];
  return new ForesightError(
    'stopped',
    sentences.filter((sentence) => sentence !== '').join(' '),
    expected ? left : failure.next,
    { cause: failure },
  );
}

/**
 * The log for a command that needs nothing but what is in it; where another process has the workspace open, that one writes.
 * @throws ForesightError not-found: there is no workspace
 */
export async function withLog<T>(options: GlobalOptions, work: (log: Log) => Promise<T>): Promise<T> {
  const log = await openLog(workspaceOf(options), { beside: true, existing: true });
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

/** Reads the log beside whoever is recording into it. */
export async function withReader<T>(options: GlobalOptions, work: (log: Log) => Promise<T>): Promise<T> {
  const log = await openLog(workspaceOf(options), { readonly: true });
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}
