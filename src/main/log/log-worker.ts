import { statSync } from 'node:fs';
import { setTimeout as later } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { ForesightError } from '../../shared/errors';
import { heardOf } from '../processes/heard';
import { writeBeside } from './beside';
import { answerBeside } from './beside/answer';
import { openDatabase } from './database';
import { asLogError, isDiskFull, WAITS_FOR_ROOM } from './failures';
import type { FromWorker, LogMethod, ToWorker, WorkerOptions } from './protocol';
import { Looking } from './quality/background';
import { LogStore, WRITING } from './store';
import { WalSync } from './wal-sync';
import { workspacePaths } from './workspace';

/**
 * The thread that holds the log's connection. Messages are worked through one after another, so a call that
 * follows an `append` sees its rows.
 */

/** Rows wait this long for others to share a commit; with the commit itself it stays well below 100 ms. */
const FLUSH_MS = 25;
/** So many waiting rows are committed without waiting. */
const FLUSH_ROWS = 512;
/** What another process may have written while an episode is being recorded: some tens of milliseconds. */
const MOST_BYTES_WHILE_RECORDING = 4 * 2 ** 20;
/** How often it is looked whether the log is still in its place. */
const LOOK_MS = 1000;
/** Between two slices of what is deleted. */
const SWEEP_MS = 20;
/** After a failed write (a full disk), the next attempt. */
const RETRY_MS = 1000;

function start(port: NonNullable<typeof parentPort>, options: WorkerOptions): void {
  const post = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const { opened, beside } = open(options);
  let store: LogStore;
  try {
    store = new LogStore(opened.database);
  } catch (thrown) {
    opened.close();
    throw thrown;
  }
  let timer: NodeJS.Timeout | undefined;
  let reported = '';

  const fail = (thrown: unknown) => {
    const { message, next } = asLogError(thrown, options.folder, WAITS_FOR_ROOM);
    if (message === reported) return;
    reported = message;
    post({ type: 'failure', message: `${message} ${next}` });
  };

  const sync = new WalSync(workspacePaths(options.folder).wal, fail);

  const { database } = workspacePaths(options.folder);
  const ours = fileId(database);
  let lookedAt = performance.now();
  let missed = false;
  /** An open file that was deleted or replaced takes what is written and keeps it from everybody. */
  const look = () => {
    if (missed || performance.now() - lookedAt < LOOK_MS) return;
    lookedAt = performance.now();
    missed = fileId(database) !== ours;
    if (missed) fail(displaced(options.folder));
  };

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    try {
      if (store.flush()) sync.committed();
      reported = '';
      look();
    } catch (thrown) {
      fail(thrown);
      timer = setTimeout(flush, RETRY_MS);
    }
  };

  /** What would end an episode waits for room, as its rows do; whoever asked waits with it. */
  const whenRoom = async <T>(work: () => T): Promise<T> => {
    for (;;) {
      try {
        return work();
      } catch (thrown) {
        if (!isDiskFull(thrown)) throw thrown;
        fail(thrown);
        await later(RETRY_MS);
      }
    }
  };

  const append = (message: ToWorker & { type: 'append' | 'frames' }) => {
    try {
      if (message.type === 'append') store.recorder.append(message.episode, message.rows, message.events);
      else store.appendFrames(message.episode, message.frames, message.dropped);
    } catch (thrown) {
      fail(thrown);
      return;
    }
    // While writing fails, the retry's timer is running and rows wait for it.
    if (timer === undefined) timer = setTimeout(flush, FLUSH_MS);
    else if (reported === '' && store.recorder.pendingRows >= FLUSH_ROWS) flush();
  };

  /** What an import left behind that never came to its end goes slice by slice, between everything else. */
  let sweep: NodeJS.Timeout | undefined;
  const sweepFrom = (ids: number[]) => {
    try {
      if (!store.staging.discard(ids)) sweep = setTimeout(sweepFrom, SWEEP_MS, ids);
    } catch (thrown) {
      fail(thrown);
    }
  };
  if (!opened.database.readonly) sweepFrom(store.staging.ids());

  const looking = new Looking(
    store.looks,
    () => store.recorder.recording.length > 0,
    () => {
      sync.committed();
      post({ type: 'flagged' });
    },
  );
  if (!opened.database.readonly) looking.start();

  const answering =
    opened.endpoint &&
    answerBeside(
      opened.endpoint,
      (method, args, bytes) => {
        refuseWhileRecording(store.recorder.recording, bytes);
        flush();
        const value = store.answer(method, args);
        looking.add(wholeSince(method, args, value));
        sync.committed();
        post({ type: 'changed' });
        return value;
      },
      (thrown) => asLogError(thrown, options.folder),
    );

  const close = async () => {
    clearTimeout(timer);
    clearTimeout(sweep);
    await answering?.close();
    await whenRoom(() => store.close());
    looking.close();
    await sync.close();
    opened.close();
  };

  const answer = (method: Exclude<LogMethod, 'close'>, args: unknown[]): unknown => {
    if (beside && WRITING.has(method)) return writeBeside(options.folder, method, args);
    if (method === 'flags') return looking.of(Number(args[0]));
    if (method === 'endEpisode') return whenRoom(() => store.answer(method, args));
    return store.answer(method, args);
  };

  const call = async ({ id, method, args }: ToWorker & { type: 'call' }) => {
    try {
      if (method === 'close') {
        await close();
        post({ type: 'result', id, value: undefined });
        return;
      }
      // A flush that fails (a full disk) is reported, and what is on the disk can still be read.
      if (method !== 'endEpisode') flush();
      const value = await answer(method, args);
      if (WRITING.has(method) && !beside) {
        looking.add(wholeSince(method, args, value));
        sync.committed();
      }
      post({ type: 'result', id, value }, method === 'columns' ? buffersOf(value) : []);
    } catch (thrown) {
      post({ type: 'error', id, error: asLogError(thrown, options.folder).toShape() });
    }
  };

  port.on('message', (raw: unknown) => {
    const message = heardOf<ToWorker>(
      { append: true, frames: true, call: true },
      raw,
      'whoever opened the log',
    );
    if (message?.type === 'append' || message?.type === 'frames') append(message);
    else if (message) void call(message);
  });
  post({ type: 'opened' });
}

/** The log for writing or, where another process has it and that is said to do, for reading beside it. */
function open(options: WorkerOptions): { opened: ReturnType<typeof openDatabase>; beside: boolean } {
  try {
    return { opened: openDatabase(options.folder, options), beside: false };
  } catch (thrown) {
    if (!options.beside || !(thrown instanceof ForesightError) || thrown.code !== 'busy') throw thrown;
    return { opened: openDatabase(options.folder, { readonly: true }), beside: true };
  }
}

/** The episodes that are whole since a call was answered. */
function wholeSince(method: string, args: unknown[], value: unknown): number[] {
  switch (method) {
    case 'endEpisode':
      return [Number(args[0])];
    case 'trimEpisode':
    case 'mergeEpisodes':
      return [Number(value)];
    case 'addEpisodes':
    case 'commitStaged':
    case 'splitEpisode':
      return value as number[];
    default:
      return [];
  }
}

/** While rows come in, a write of many megabytes would keep them from the disk for longer than a kill may cost. */
function refuseWhileRecording(recording: readonly number[], bytes: number): void {
  if (recording.length === 0 || bytes <= MOST_BYTES_WHILE_RECORDING) return;
  throw new ForesightError(
    'busy',
    `Episode ${recording[0]} is being recorded, and ${Math.round(bytes / 2 ** 20)} MB at once would hold up its rows.`,
    'Try again when the episode has ended, or import fewer files at once.',
  );
}

/** Which file lies under a name; '' where there is none. */
function fileId(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${found.dev} ${found.ino}`;
}

function displaced(folder: string): ForesightError {
  return new ForesightError(
    'bad-file',
    `The log foresight.db in ${folder} was deleted or replaced while Foresight writes into it.`,
    'Move away what lies in its place now and close Foresight in the ordinary way: then the log, with all that was recorded, is put back.',
  );
}

/** The big buffers of an answer's columns, to be moved instead of copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const part of Object.values(value ?? {})) {
    const numbers = part instanceof Float64Array || part instanceof Float32Array;
    if (numbers && part.buffer instanceof ArrayBuffer) buffers.push(part.buffer);
    // What plans said are columns too; an array of objects is none.
    else if (!numbers && !Array.isArray(part) && typeof part === 'object') buffers.push(...buffersOf(part));
  }
  return buffers;
}

if (parentPort === null) throw new Error('log-worker runs as a worker thread');
const options = workerData as WorkerOptions;
try {
  start(parentPort, options);
} catch (thrown) {
  const refused: FromWorker = { type: 'refused', error: asLogError(thrown, options.folder).toShape() };
  parentPort.postMessage(refused);
}
