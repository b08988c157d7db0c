import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { EpisodeSummary } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import type { EpisodeFlag } from '../../shared/flags';
import { Catalogue } from './catalogue';
import { checkLog } from './check';
import { DatasetTable } from './dataset-table';
import { DigestTable } from './digest-table';
import { Edits } from './edits';
import { EpisodeList } from './episode-list';
import { EpisodeTable } from './episode-table';
import { FrameTable } from './frame-table';
import { Journal } from './journal';
import { episodeBytes, workspaceSize } from './keeping/size';
import { Marks } from './marks';
import { Notes } from './notes';
import { originOf } from './origin';
import type { LogMethod, LogMethods } from './protocol';
import type { Looks } from './quality/background';
import { FlagTable } from './quality/flag-table';
import { lengthFlag, usualLengthOf } from './quality/length';
import { finished, lookAt } from './quality/look';
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
  'stageFrames',
  'commitStaged',
  'discardStaged',
  'deleteEpisodes',
  'restoreEpisodes',
  'tagEpisodes',
  'retagEpisodes',
  'starEpisodes',
  'judgeEpisodes',
  'takeBack',
  'trimEpisode',
  'splitEpisode',
  'mergeEpisodes',
  'makeDataset',
  'changeDataset',
  'removeDataset',
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
  readonly #list: EpisodeList;
  readonly #marks: Marks;
  readonly #datasets: DatasetTable;
  readonly #flags: FlagTable;
  /** For whoever looks slice by slice. */
  readonly looks: Looks;

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
    this.#datasets = new DatasetTable(database, this.#journal);
    this.#flags = new FlagTable(database);
    this.looks = this.#looksOf();
    this.recorder = new Recorder(database, this.#episodes);
    this.#list = new EpisodeList(database, this.#episodes);
    this.#marks = new Marks(this.#list, this.#journal, () => this.recorder.recording, now);
    this.staging = new Staging(database, this.#episodes, this.recorder, this.#frames);
    if (!database.readonly) this.recorder.recover('Foresight ended while it was recording.');
    this.handlers = {
      beginEpisode: (episode) =>
        this.recorder.begin(episode, now(), (id) => this.#frames.begin(id, episode.cameras ?? [])),
      endEpisode: (id, end) => this.#end(id, end),
      addEpisodes: (episodes, what) => this.#add(episodes, what),
      stageEpisode: (episode) => this.staging.begin(episode),
      stageRows: (id, firstRow, columns) => this.staging.addRows(id, firstRow, columns),
      stageFrames: (id, frames) => this.staging.addFrames(id, frames),
      commitStaged: (episodes, what) => this.#commit(episodes, what),
      discardStaged: (ids) => this.staging.discard(ids),
      episodes: (filter) => this.#episodes.list(filter ?? {}),
      episodePage: (asked) => this.#list.page(asked),
      episodeNumbers: (asked) => this.#list.numbers(asked),
      episodePlace: (asked) => this.#list.place(asked),
      episodeTotals: (filter) => this.#list.totals(filter),
      episodeOverview: () => this.#list.overview(),
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
      flags: (id) => this.#flagsOf(id),
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
      deleteEpisodes: (which) => this.#marks.delete(which),
      restoreEpisodes: (which) => this.#marks.restore(which),
      tagEpisodes: (which, tags) => this.#marks.tag(which, tags),
      retagEpisodes: (which, add, remove) => this.#marks.retag(which, add, remove),
      starEpisodes: (which, starred) => this.#marks.star(which, starred),
      judgeEpisodes: (which, outcome) => this.#marks.judge(which, outcome),
      takeBack: (edit) => this.#marks.takeBack(edit),
      trimEpisode: (id, from, to) => this.#edits.trim(id, from, to, now()),
      splitEpisode: (id, row) => this.#edits.split(id, row, now()),
      mergeEpisodes: (ids) => this.#edits.merge(ids, now()),
      makeDataset: (made) => this.#datasets.make(made, now()),
      changeDataset: (id, change) => this.#datasets.change(id, change, now()),
      removeDataset: (id) => this.#datasets.remove(id, now()),
      datasets: () => this.#datasets.all(),
      dataset: (id) => this.#datasets.get(id),
      undo: () => this.#journal.undo((rows) => this.#marks.allow(rows)),
      redo: () => this.#journal.redo((rows) => this.#marks.allow(rows)),
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

  #looksOf(): Looks {
    const { database } = this;
    return {
      known: (id, found) => this.#knownFlags(id, found),
      look: (id) => lookAt(database, this.#episodes, id),
      keep: (id, flags) => {
        if (!database.readonly) this.#flags.keep(id, flags);
        return !database.readonly;
      },
      due: (before) => (database.readonly ? { ids: [], next: 0 } : this.#flags.due(before)),
      rowsOf: (id) => this.#episodes.get(id).steps + 1,
    };
  }

  #knownFlags(id: number, found?: EpisodeFlag[]): EpisodeFlag[] | null | undefined {
    const { rig, steps, state } = this.#episodes.get(id);
    if (state === 'recording') return null;
    const flags = this.#flags.of(id) ?? (found && this.#flags.told(id, found));
    return flags && [...flags, ...lengthFlag(usualLengthOf(this.database, rig), rig, steps)];
  }

  #flagsOf(id: number): EpisodeFlag[] | null {
    const known = this.#knownFlags(id);
    if (known !== undefined) return known;
    const found = finished(this.looks.look(id));
    this.looks.keep(id, found);
    return this.#knownFlags(id, found) ?? null;
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
    const change = { table: 'episodes', before: { deleted_at: at }, after: { deleted_at: null } } as const;
    this.#journal.note(what, [{ ...change, keys: ids }], at);
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

function refuseWriting(method: LogMethod): void {
  if (!WRITING.has(method)) return;
  throw new ForesightError(
    'wrong-use',
    'The workspace was opened for reading only, so nothing in it can be changed.',
    'Open it for writing first.',
  );
}
