import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { EpisodeSummary } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { Catalogue } from './catalogue';
import { checkLog } from './check';
import { DigestTable } from './digest-table';
import { Edits } from './edits';
import { EpisodeTable } from './episode-table';
import { FrameTable } from './frame-table';
import { Journal } from './journal';
import { episodeBytes, workspaceSize } from './keeping/size';
import { Notes } from './notes';
import { originOf } from './origin';
import type { LogMethod, LogMethods } from './protocol';
import { Recorder } from './recorder';
import { rowAt } from './row-at';
import { Staging } from './staging';
import type {
  EpisodeEnd,
  LoggedFrame,
  ModelRecord,
  PolicyChange,
  StagedEpisode,
  WholeEpisode,
} from './types';

/** The calls as the worker answers them: at once. */
type LogHandlers = {
  [K in Exclude<LogMethod, 'close'>]: (
    ...args: Parameters<LogMethods[K]>
  ) => Awaited<ReturnType<LogMethods[K]>>;
};

export const WRITING: ReadonlySet<LogMethod> = new Set([
  'beginEpisode',
  'endEpisode',
  'addEpisodes',
  'stageEpisode',
  'stageRows',
  'commitStaged',
  'discardStaged',
  'deleteEpisodes',
  'restoreEpisodes',
  'tagEpisodes',
  'starEpisodes',
  'judgeEpisodes',
  'trimEpisode',
  'splitEpisode',
  'mergeEpisodes',
  'addNote',
  'undo',
  'redo',
  'beginRun',
  'endRun',
  'addModel',
  'updateModel',
  'addPolicy',
  'updatePolicy',
]);

/** One open log: everything the worker can do, on a connection that it is handed. */
export class LogStore {
  readonly recorder: Recorder;
  readonly handlers: LogHandlers;
  readonly #episodes: EpisodeTable;
  readonly staging: Staging;
  readonly #digests: DigestTable;
  readonly #frames: FrameTable;
  readonly #journal: Journal;
  readonly #catalogue: Catalogue;
  readonly #notes: Notes;
  readonly #edits: Edits;

  constructor(
    private readonly database: Database,
    private readonly now: () => number = Date.now,
  ) {
    this.#episodes = new EpisodeTable(database);
    this.#digests = new DigestTable(database);
    this.#frames = new FrameTable(database);
    this.#journal = new Journal(database);
    this.#catalogue = new Catalogue(database);
    this.#notes = new Notes(database, this.#episodes, this.#journal);
    this.#edits = new Edits(database, this.#episodes, this.#journal);
    this.recorder = new Recorder(database, this.#episodes);
    this.staging = new Staging(database, this.#episodes, this.recorder);
    if (!database.readonly) this.recorder.recover('Foresight ended while it was recording.');
    this.handlers = {
      beginEpisode: (episode) =>
        this.recorder.begin(episode, now(), (id) => this.#frames.begin(id, episode.cameras ?? [])),
      endEpisode: (id, end) => this.#end(id, end),
      addEpisodes: (episodes, what) => this.#add(episodes, what),
      stageEpisode: (episode) => this.staging.begin(episode),
      stageRows: (id, firstRow, columns) => this.staging.addRows(id, firstRow, columns),
      commitStaged: (episodes, what) => this.#commit(episodes, what),
      discardStaged: (ids) => this.staging.discard(ids),
      episodes: (filter) => this.#episodes.list(filter ?? {}),
      episode: (id) => this.#episodes.get(id),
      rigFile: (id) => this.#episodes.rigFile(id),
      columns: (id, options) => this.#episodes.columns(id, options),
      rowAt: (id, second) => {
        this.#episodes.get(id);
        return rowAt(database, id, second);
      },
      digests: (id, bucket, from, to) => this.#digests.of(id, bucket, from, to),
      keepDigests: (id, blocks) => {
        if (!database.readonly) this.#digests.keep(id, blocks);
        return !database.readonly;
      },
      events: (id) => this.#episodes.events(id),
      origin: (id) => originOf(database, id),
      addNote: (id, step, text) => this.#notes.add(id, step, text, now()),
      size: () => workspaceSize(database, dirname(database.name)),
      episodeBytes: () => episodeBytes(database),
      cameras: (id) => {
        this.#episodes.get(id);
        return this.#frames.cameras(id);
      },
      frameTimes: (id, camera) => this.#frames.times(id, camera),
      frames: (id, camera, from, to) => this.#frames.frames(id, camera, from, to),
      frameAt: (id, camera, second) => {
        this.#episodes.get(id);
        return this.#frames.at(id, camera, second);
      },
      check: () => checkLog(database, this.#episodes),
      deleteEpisodes: (ids) => this.#delete(ids),
      restoreEpisodes: (ids) => this.#restore(ids),
      tagEpisodes: (ids, tags) => this.#tag(ids, tags),
      starEpisodes: (ids, starred) =>
        this.#change(ids, { starred: starred ? 1 : 0 }, starred ? 'Starred' : 'Took the star of'),
      judgeEpisodes: (ids, outcome) =>
        this.#change(
          ids,
          { outcome },
          outcome === null ? 'Took back the judgement of' : `Judged as ${outcome}:`,
        ),
      trimEpisode: (id, from, to) => this.#edits.trim(id, from, to, now()),
      splitEpisode: (id, row) => this.#edits.split(id, row, now()),
      mergeEpisodes: (ids) => this.#edits.merge(ids, now()),
      undo: () => this.#journal.undo(),
      redo: () => this.#journal.redo(),
      beginRun: (run) => this.#catalogue.beginRun(run, now()),
      endRun: (id) => this.#catalogue.endRun(id, now()),
      runs: () => this.#catalogue.runs(),
      addModel: (model) => this.#catalogue.addModel(model),
      updateModel: (hash, change) => this.#updateModel(hash, change),
      models: () => this.#catalogue.models(),
      addPolicy: (policy) => this.#catalogue.addPolicy(policy),
      updatePolicy: (hash, change) => this.#updatePolicy(hash, change),
      policies: () => this.#catalogue.policies(),
    };
  }

  /** @throws ForesightError not-found: it is not being recorded */
  appendFrames(id: number, frames: readonly LoggedFrame[], dropped: readonly number[]): void {
    if (!this.recorder.recording.includes(id)) {
      throw new ForesightError(
        'not-found',
        `A picture came for episode ${id}, which is not being recorded.`,
        'Begin an episode first.',
      );
    }
    this.#frames.append(id, frames, dropped);
  }

  /** Commits what is pending; false when nothing was. */
  flush(): boolean {
    const rows = this.recorder.flush();
    return this.#frames.flush() || rows;
  }

  /** Answers one call. What was appended before should be committed first, so that nobody reads an older state. */
  answer(method: Exclude<LogMethod, 'close'>, args: unknown[]): unknown {
    if (this.database.readonly) refuseWriting(method);
    const handler: (...args: never[]) => unknown = this.handlers[method];
    return handler(...(args as never[]));
  }

  /** Commits what is pending. An episode that nobody ended is marked as interrupted. */
  close(): void {
    const end = { state: 'interrupted', terminated: false, reason: 'The log was closed.' } as const;
    this.#frames.flush();
    for (const id of this.recorder.recording) this.recorder.end(id, end);
  }

  #end(id: number, end: EpisodeEnd): EpisodeSummary {
    const discarded = end.state === 'discarded';
    this.#frames.flush();
    // A discarded episode is a complete one that was deleted: undo brings it back.
    this.recorder.end(id, discarded ? { ...end, state: 'complete' } : end, () => {
      if (!discarded) return;
      const after = { state: 'discarded', deleted_at: this.now() };
      this.#journal.edit('episodes', [id], after, `Discarded episode ${id}`, this.now());
    });
    return this.#episodes.get(id);
  }

  #add(episodes: readonly WholeEpisode[], what: string): number[] {
    return this.database.transaction(() => {
      const ids = episodes.map((episode) => this.recorder.insertWhole(episode));
      this.#noteAdded(ids, what);
      return ids;
    })();
  }

  #commit(episodes: readonly StagedEpisode[], what: string): number[] {
    return this.database.transaction(() => {
      for (const episode of episodes) this.staging.finish(episode);
      const ids = episodes.map(({ id }) => id);
      this.#noteAdded(ids, what);
      return ids;
    })();
  }

  /** Undone, they are deleted; redone, they are back. */
  #noteAdded(ids: readonly number[], what: string): void {
    const at = this.now();
    const changes = ids.map((key) => ({
      table: 'episodes' as const,
      key,
      before: { deleted_at: at },
      after: { deleted_at: null },
    }));
    if (changes.length > 0) this.#journal.note(what, changes, at);
  }

  #delete(ids: readonly number[]): void {
    const open = new Set(this.recorder.recording);
    for (const id of ids) {
      this.#episodes.get(id);
      if (!open.has(id)) continue;
      throw new ForesightError(
        'busy',
        `Episode ${id} is being recorded.`,
        'End the episode, then delete it.',
      );
    }
    const what = `Deleted ${named(ids)}`;
    const kept = ids.filter((id) => this.#episodes.get(id).deletedAt === null);
    this.#journal.edit('episodes', kept, { deleted_at: this.now() }, what, this.now());
  }

  #restore(ids: readonly number[]): void {
    const gone = ids.filter((id) => this.#episodes.get(id).deletedAt !== null);
    this.#journal.edit('episodes', gone, { deleted_at: null }, `Brought back ${named(gone)}`, this.now());
  }

  #tag(ids: readonly number[], tags: readonly string[]): void {
    for (const id of ids) this.#episodes.get(id);
    const clean = [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))];
    const what =
      clean.length === 0 ? `Removed the tags of ${named(ids)}` : `Tagged ${named(ids)}: ${clean.join(', ')}`;
    this.#journal.edit('episodes', ids, { tags: JSON.stringify(clean) }, what, this.now());
  }

  #change(ids: readonly number[], after: Record<string, string | number | null>, what: string): void {
    for (const id of ids) this.#episodes.get(id);
    this.#journal.edit('episodes', ids, after, `${what} ${named(ids)}`, this.now());
  }

  #updateModel(hash: string, change: Partial<Pick<ModelRecord, 'name' | 'evaluation'>>): void {
    this.#catalogue.requireLearned('models', hash);
    this.database.transaction(() => {
      if (change.evaluation !== undefined) this.#catalogue.setEvaluation('models', hash, change.evaluation);
      if (change.name === undefined) return;
      this.#journal.edit(
        'models',
        [hash],
        { name: change.name },
        `Renamed a model to ${change.name}`,
        this.now(),
      );
    })();
  }

  #updatePolicy(hash: string, { name, evaluation, removed }: PolicyChange): void {
    this.#catalogue.requireLearned('policies', hash);
    const edit = (after: Record<string, string | number | null>, what: string) =>
      this.#journal.edit('policies', [hash], after, what, this.now());
    this.database.transaction(() => {
      if (evaluation !== undefined) this.#catalogue.setEvaluation('policies', hash, evaluation);
      if (name !== undefined) edit({ name }, `Renamed a policy to ${name}`);
      if (removed === true) edit({ deleted_at: this.now() }, 'Removed a policy');
      if (removed === false) edit({ deleted_at: null }, 'Brought back a policy');
    })();
  }
}

function named(ids: readonly number[]): string {
  return ids.length === 1 ? `episode ${ids[0]}` : `${ids.length} episodes`;
}

function refuseWriting(method: LogMethod): void {
  if (!WRITING.has(method)) return;
  throw new ForesightError(
    'wrong-use',
    'The workspace was opened for reading only, so nothing in it can be changed.',
    'Open it for writing first.',
  );
}
