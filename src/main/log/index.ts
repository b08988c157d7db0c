import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ForesightError } from '../../shared/errors';
import { ALL_DAY_LIMITS, entryPoint } from '../processes/entry';
import type { FromWorker, LogMethod, LogMethods, ToWorker, WorkerOptions } from './protocol';
import type { Log } from './types';

export { damageSentence } from './stored-chunk';
export type * from './types';
export { modelPath } from './workspace';

/**
 * Opens the log of the workspace `folder`, in a worker thread of its own. For writing (the default) the folder is
 * made where there is none, and only one process at a time can have it; for reading, any number can, meanwhile.
 * Keeps the process alive until `close`.
 * @param options.beside where another process has the workspace open, it is read, and that process writes what is to be
 *   written; recording is refused
 * @param options.existing where there is no log, none is made: that is not-found
 * @param options.acceptLoss a log that is gone, empty or without its -wal file is gone on without
 * @throws ForesightError busy (another writer), bad-file (not a log of ours, damaged, of a newer Foresight),
 *   not-found (nothing to read), unavailable (folder cannot be written, disk full)
 */
export async function openLog(
  folder: string,
  options: { readonly?: boolean; acceptLoss?: boolean; beside?: boolean; existing?: boolean } = {},
): Promise<Log> {
  const { path, execArgv } = entryPoint('log-worker');
  const workerData: WorkerOptions = {
    folder: resolve(folder),
    readonly: options.readonly === true,
    acceptLoss: options.acceptLoss === true,
    beside: options.beside === true,
    existing: options.existing === true,
  };
  const worker = new Worker(path, { execArgv, workerData, name: 'log', resourceLimits: ALL_DAY_LIMITS });
  const client = new LogClient(worker, workerData.folder);
  await client.opened;
  return client;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: ForesightError): void;
}

class LogClient implements Log {
  readonly opened: Promise<void>;
  readonly #pending = new Map<number, Pending>();
  readonly #changes = new Set<() => void>();
  readonly #flagged = new Set<() => void>();
  readonly #failures = new Set<(message: string) => void>();
  #nextId = 1;
  #closing: Promise<void> | undefined;
  #gone: ForesightError | undefined;

  constructor(
    private readonly worker: Worker,
    readonly folder: string,
  ) {
    this.opened = new Promise((resolve, reject) => {
      this.#pending.set(0, { resolve: () => resolve(), reject });
    });
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => this.#end(crashed(error)));
    worker.on('exit', () => this.#end(closed()));
  }

  appendRows: Log['appendRows'] = (episode, rows, events) => {
    if (this.#gone !== undefined || this.#closing !== undefined) {
      const { message, next } = this.#gone ?? closed();
      this.#fail(`${rows.length} rows of episode ${episode} were not recorded: ${message} ${next}`);
      return;
    }
    this.#post({ type: 'append', episode, rows, events });
  };

  appendFrames: Log['appendFrames'] = (episode, frames, dropped) => {
    if (this.#gone !== undefined || this.#closing !== undefined) {
      const { message, next } = this.#gone ?? closed();
      this.#fail(`${frames.length} pictures of episode ${episode} were not recorded: ${message} ${next}`);
      return;
    }
    this.#post({ type: 'frames', episode, frames, dropped });
  };

  beginEpisode: Log['beginEpisode'] = (episode) => this.#call('beginEpisode', episode);
  endEpisode: Log['endEpisode'] = (episode, end) => this.#call('endEpisode', episode, end);
  addEpisodes: Log['addEpisodes'] = (episodes, what) => this.#call('addEpisodes', episodes, what);
  stageEpisode: Log['stageEpisode'] = (episode) => this.#call('stageEpisode', episode);
  stageRows: Log['stageRows'] = (id, firstRow, columns) => this.#call('stageRows', id, firstRow, columns);
  stageFrames: Log['stageFrames'] = (id, frames) => this.#call('stageFrames', id, frames);
  commitStaged: Log['commitStaged'] = (episodes, what) => this.#call('commitStaged', episodes, what);
  discardStaged: Log['discardStaged'] = (ids) => this.#call('discardStaged', ids);
  episodes: Log['episodes'] = (filter) => this.#call('episodes', filter);
  episodePage: Log['episodePage'] = (asked) => this.#call('episodePage', asked);
  episodeNumbers: Log['episodeNumbers'] = (asked) => this.#call('episodeNumbers', asked);
  episodePlace: Log['episodePlace'] = (asked) => this.#call('episodePlace', asked);
  episodeTotals: Log['episodeTotals'] = (filter) => this.#call('episodeTotals', filter);
  episodeOverview: Log['episodeOverview'] = () => this.#call('episodeOverview');
  episode: Log['episode'] = (id) => this.#call('episode', id);
  rigFile: Log['rigFile'] = (id) => this.#call('rigFile', id);
  columns: Log['columns'] = (id, options) => this.#call('columns', id, options);
  rowAt: Log['rowAt'] = (id, second) => this.#call('rowAt', id, second);
  digests: Log['digests'] = (id, bucket, from, to) => this.#call('digests', id, bucket, from, to);
  keepDigests: Log['keepDigests'] = (id, blocks) => this.#call('keepDigests', id, blocks);
  events: Log['events'] = (id) => this.#call('events', id);
  flags: Log['flags'] = (id) => this.#call('flags', id);
  origin: Log['origin'] = (id) => this.#call('origin', id);
  addNote: Log['addNote'] = (id, step, text) => this.#call('addNote', id, step, text);
  size: Log['size'] = () => this.#call('size');
  episodeBytes: Log['episodeBytes'] = () => this.#call('episodeBytes');
  cameras: Log['cameras'] = (id) => this.#call('cameras', id);
  frameAt: Log['frameAt'] = (id, camera, second) => this.#call('frameAt', id, camera, second);
  frameTimes: Log['frameTimes'] = (id, camera) => this.#call('frameTimes', id, camera);
  frames: Log['frames'] = (id, camera, from, to) => this.#call('frames', id, camera, from, to);
  check: Log['check'] = () => this.#call('check');
  deleteEpisodes: Log['deleteEpisodes'] = (which) => this.#call('deleteEpisodes', which);
  restoreEpisodes: Log['restoreEpisodes'] = (which) => this.#call('restoreEpisodes', which);
  tagEpisodes: Log['tagEpisodes'] = (which, tags) => this.#call('tagEpisodes', which, tags);
  retagEpisodes: Log['retagEpisodes'] = (which, add, remove) =>
    this.#call('retagEpisodes', which, add, remove);
  starEpisodes: Log['starEpisodes'] = (which, starred) => this.#call('starEpisodes', which, starred);
  judgeEpisodes: Log['judgeEpisodes'] = (which, outcome) => this.#call('judgeEpisodes', which, outcome);
  takeBack: Log['takeBack'] = (edit) => this.#call('takeBack', edit);
  trimEpisode: Log['trimEpisode'] = (id, from, to) => this.#call('trimEpisode', id, from, to);
  splitEpisode: Log['splitEpisode'] = (id, row) => this.#call('splitEpisode', id, row);
  mergeEpisodes: Log['mergeEpisodes'] = (ids) => this.#call('mergeEpisodes', ids);
  makeDataset: Log['makeDataset'] = (made) => this.#call('makeDataset', made);
  changeDataset: Log['changeDataset'] = (id, change) => this.#call('changeDataset', id, change);
  removeDataset: Log['removeDataset'] = (id) => this.#call('removeDataset', id);
  datasets: Log['datasets'] = () => this.#call('datasets');
  dataset: Log['dataset'] = (id) => this.#call('dataset', id);
  undo: Log['undo'] = () => this.#call('undo');
  redo: Log['redo'] = () => this.#call('redo');
  beginRun: Log['beginRun'] = (run) => this.#call('beginRun', run);
  endRun: Log['endRun'] = (id) => this.#call('endRun', id);
  runs: Log['runs'] = () => this.#call('runs');
  addModel: Log['addModel'] = (model) => this.#call('addModel', model);
  updateModel: Log['updateModel'] = (hash, change) => this.#call('updateModel', hash, change);
  models: Log['models'] = () => this.#call('models');
  addPolicy: Log['addPolicy'] = (policy) => this.#call('addPolicy', policy);
  updatePolicy: Log['updatePolicy'] = (hash, change) => this.#call('updatePolicy', hash, change);
  policies: Log['policies'] = () => this.#call('policies');

  onChange: Log['onChange'] = (listener) => {
    this.#changes.add(listener);
    return { dispose: () => this.#changes.delete(listener) };
  };

  onFlags: Log['onFlags'] = (listener) => {
    this.#flagged.add(listener);
    return { dispose: () => this.#flagged.delete(listener) };
  };

  onFailure: Log['onFailure'] = (listener) => {
    this.#failures.add(listener);
    return { dispose: () => this.#failures.delete(listener) };
  };

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#gone !== undefined) return;
    const exited = new Promise<void>((resolve) => this.worker.once('exit', () => resolve()));
    try {
      await this.#call('close');
    } finally {
      // A close that failed (a full disk) leaves the thread running.
      await this.worker.terminate();
      await exited;
    }
  }

  #call<K extends LogMethod>(method: K, ...args: Parameters<LogMethods[K]>): ReturnType<LogMethods[K]>;
  #call(method: LogMethod, ...args: unknown[]): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      this.#post({ type: 'call', id, method, args });
    });
  }

  #post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    if (message.type === 'failure') this.#fail(message.message);
    else if (message.type === 'changed') for (const listener of this.#changes) listener();
    else if (message.type === 'flagged') for (const listener of this.#flagged) listener();
    else if (message.type === 'opened') this.#settle(0)?.resolve(undefined);
    else if (message.type === 'refused') this.#end(ForesightError.fromShape(message.error));
    else if (message.type === 'result') this.#settle(message.id)?.resolve(message.value);
    else this.#settle(message.id)?.reject(ForesightError.fromShape(message.error));
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  /** The thread is over: whoever still waits is told, and a thread that ended by itself is reported. */
  #end(error: ForesightError): void {
    if (this.#gone !== undefined) return;
    this.#gone = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    if (error.code === 'internal') this.#fail(`${error.message} ${error.next}`);
  }

  #fail(message: string): void {
    for (const listener of this.#failures) listener(message);
  }
}

function crashed(cause: Error): ForesightError {
  return new ForesightError(
    'internal',
    `The part of Foresight that writes the log ended unexpectedly: ${cause.message}`,
    'Start Foresight again: what was recorded until then is kept. Send the message to the developers.',
    { cause },
  );
}

function closed(): ForesightError {
  return new ForesightError('wrong-use', 'The log was closed.', 'Open the workspace again.');
}
