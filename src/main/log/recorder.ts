import type { Database, Statement } from 'better-sqlite3';
import type { EpisodeColumns, EpisodeEvent, StepRow } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { checksumsOf } from './checksum';
import { type Chunk, type ChunkLayout, columnsOfRows, encodeChunk } from './chunks';
import type { EpisodeTable } from './episode-table';
import { countEvent, countRow, emptyTally, type Tally, tallyOf } from './tally';
import type { EpisodeEnd, NewEpisode, WholeEpisode } from './types';

/** Rows of a finished chunk. The small ones of single commits are merged into chunks of this size. */
export const CHUNK_ROWS = 1024;
/** How the event begins that tells which value ended a recording. */
export const RECORDING_STOPPED = 'Recording stopped: ';

/** An episode that is being recorded: everything since the last finished chunk is still in memory too. */
interface OpenEpisode {
  layout: ChunkLayout;
  tally: Tally;
  /** First row of `tail`. */
  tailFirstRow: number;
  tail: StepRow[];
  /** How many rows of `tail` are committed, in small chunks. */
  committed: number;
  events: EpisodeEvent[];
  /** Why nothing more can be recorded into it; what came before is kept. */
  problem: string | undefined;
  /** The actions of the newest row; a row after it makes them part of a transition. */
  lastActions: readonly number[];
}

/**
 * Writes episodes. Rows and events wait in memory until `flush`, which commits them with the episode's counts in
 * one transaction; a flush that fails leaves everything as it was, so that the next one can succeed.
 */
export class Recorder {
  readonly #open = new Map<number, OpenEpisode>();
  readonly #insertChunk: Statement<
    [number, number, number, Uint8Array, Uint8Array | null, Uint8Array | null, number, number]
  >;
  readonly #deleteChunks: Statement<[number, number]>;
  readonly #insertEvent: Statement<[number, number, string, string]>;

  constructor(
    private readonly database: Database,
    private readonly episodes: EpisodeTable,
  ) {
    this.#insertChunk = database.prepare(
      `INSERT INTO chunks (episode, first_row, rows, data, predictions, insight, data_checksum, plans_checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deleteChunks = database.prepare('DELETE FROM chunks WHERE episode = ? AND first_row >= ?');
    this.#insertEvent = database.prepare(
      'INSERT INTO events (episode, step, kind, message) VALUES (?, ?, ?, ?)',
    );
  }

  /** @param also in the same transaction */
  begin(episode: NewEpisode, startedAt: number, also: (id: number) => void = () => {}): number {
    const id = this.database.transaction(() => {
      const inserted = this.episodes.insert(episode, startedAt, 'recording');
      also(inserted);
      return inserted;
    })();
    this.#open.set(id, {
      layout: { observations: episode.observations.length, actions: episode.actions.length },
      tally: emptyTally(),
      tailFirstRow: 0,
      tail: [],
      committed: 0,
      events: [],
      problem: undefined,
      lastActions: [],
    });
    return id;
  }

  /**
   * Takes rows that continue the episode, of numbers that are known: an observation that is NaN or infinite (a sensor that
   * failed, a simulation that became unstable) is never part of a transition, nor is an action of which nobody knows
   * what it was. What is wrong is thrown once, the episode takes nothing more and ends as interrupted.
   * @throws ForesightError bad-data (no number), internal (rows that do not continue it), not-found
   */
  append(id: number, rows: readonly StepRow[], events: readonly EpisodeEvent[]): void {
    const episode = this.#opened(id);
    if (episode.problem !== undefined) return;
    for (const event of events) {
      countEvent(episode.tally, event.kind);
      episode.events.push(event);
    }
    for (const row of rows) {
      episode.problem = problemOf(row, episode.tally.rows, episode.layout);
      if (episode.problem !== undefined) throw notRecordable(id, episode.problem);
      episode.problem = unknownIn(row, episode);
      if (episode.problem !== undefined) {
        const message = `${RECORDING_STOPPED}${episode.problem}.`;
        episode.events.push({ step: Math.max(0, row.step - 1), kind: 'rig-fault', message });
        throw unknownValue(id, episode.problem);
      }
      countRow(episode.tally, row);
      episode.tail.push(row);
      episode.lastActions = row.action;
    }
  }

  /** Rows that are not committed yet, over all episodes. */
  get pendingRows(): number {
    let rows = 0;
    for (const episode of this.#open.values()) rows += episode.tail.length - episode.committed;
    return rows;
  }

  get recording(): number[] {
    return [...this.#open.keys()];
  }

  /** Commits what is waiting; false when nothing was. */
  flush(): boolean {
    const dirty = [...this.#open].filter(([, e]) => e.tail.length > e.committed || e.events.length > 0);
    if (dirty.length === 0) return false;
    this.database.transaction(() => {
      for (const [id, episode] of dirty) this.#write(id, episode, episode.tail.length >= CHUNK_ROWS);
    })();
    for (const [, episode] of dirty) settle(episode, episode.tail.length >= CHUNK_ROWS);
    return true;
  }

  end(id: number, asked: EpisodeEnd, also: () => void = () => {}): void {
    const episode = this.#opened(id);
    const end: EpisodeEnd =
      episode.problem === undefined
        ? asked
        : { ...asked, state: 'interrupted', reason: `${RECORDING_STOPPED}${episode.problem}.` };
    this.database.transaction(() => {
      this.#write(id, episode, true);
      this.episodes.finish(id, end.state, end.terminated, end.reason);
      if (end.outcome !== undefined && end.state === 'complete') this.episodes.setOutcome(id, end.outcome);
      also();
    })();
    this.#open.delete(id);
  }

  /** Inserts an episode that is whole; the caller holds the transaction. */
  insertWhole(whole: WholeEpisode): number {
    const { episode, columns } = whole;
    const layout = { observations: episode.observations.length, actions: episode.actions.length };
    checkColumns(columns, layout);
    const id = this.episodes.insert(episode, whole.startedAt, 'complete');
    this.insertRows(id, layout, 0, columns);
    this.insertNotes(id, [whole.reason, ...(whole.notes ?? [])]);
    this.episodes.count(id, tallyOf(columns, []));
    this.episodes.finish(id, 'complete', whole.terminated, whole.reason);
    this.episodes.setTags(id, whole.tags);
    return id;
  }

  /** Inserts rows from `firstRow` on, as chunks; the caller holds the transaction. */
  insertRows(id: number, layout: ChunkLayout, firstRow: number, columns: EpisodeColumns): void {
    for (let row = 0; row < columns.rows; row += CHUNK_ROWS) {
      const end = Math.min(columns.rows, row + CHUNK_ROWS);
      this.#insert(id, firstRow + row, encodeChunk(columns, layout, row, end));
    }
  }

  insertNotes(id: number, notes: readonly string[]): void {
    for (const note of notes) this.#insertEvent.run(id, 0, 'note', note);
  }

  /**
   * Marks the episodes that a dead process left behind as interrupted: their counts are computed anew from what
   * is in the chunks, and the small chunks of the last commits are merged.
   */
  recover(reason: string): number[] {
    const left = this.episodes.recording();
    for (const id of left) this.database.transaction(() => this.#recover(id, reason))();
    return left;
  }

  #recover(id: number, reason: string): void {
    const kinds = this.episodes.events(id).map((event) => event.kind);
    let columns: EpisodeColumns;
    try {
      columns = this.episodes.columns(id, { predictions: true });
    } catch (thrown) {
      if (!(thrown instanceof ForesightError) || thrown.code !== 'bad-file') throw thrown;
      // What is damaged is left as it lies: nobody shall take it for whole, and somebody may rescue it.
      this.#insertEvent.run(id, 0, 'note', thrown.message);
      this.episodes.finish(id, 'interrupted', false, `${reason} ${thrown.message}`);
      return;
    }
    const layout = this.episodes.layout(id);
    this.#deleteChunks.run(id, 0);
    this.insertRows(id, layout, 0, columns);
    this.episodes.count(id, tallyOf(columns, kinds));
    this.episodes.finish(id, 'interrupted', false, reason);
  }

  #opened(id: number): OpenEpisode {
    const episode = this.#open.get(id);
    if (episode !== undefined) return episode;
    throw new ForesightError('not-found', `Episode ${id} is not being recorded.`, 'Begin an episode first.');
  }

  #write(id: number, episode: OpenEpisode, merge: boolean): void {
    const from = merge ? 0 : episode.committed;
    if (merge) this.#deleteChunks.run(id, episode.tailFirstRow);
    const rows = episode.tail.slice(from);
    if (rows.length > 0) {
      const columns = columnsOfRows(rows, episode.layout);
      this.#insert(id, episode.tailFirstRow + from, encodeChunk(columns, episode.layout, 0, rows.length));
    }
    for (const event of episode.events) this.#insertEvent.run(id, event.step, event.kind, event.message);
    this.episodes.count(id, episode.tally);
  }

  #insert(id: number, firstRow: number, chunk: Chunk): void {
    const { rows, data, predictions, insight } = chunk;
    const sums = checksumsOf({ episode: id, firstRow }, chunk);
    this.#insertChunk.run(id, firstRow, rows, data, predictions, insight, sums.data, sums.plans);
  }
}

/** After the commit: what is written need not be written again. */
function settle(episode: OpenEpisode, merged: boolean): void {
  episode.events = [];
  if (merged) {
    episode.tailFirstRow += episode.tail.length;
    episode.tail = [];
  }
  episode.committed = episode.tail.length;
}

function problemOf(row: StepRow, expected: number, layout: ChunkLayout): string | undefined {
  const { step, observation, action, requested, prediction } = row;
  const { observations, actions } = layout;
  if (step !== expected) return `row ${step} came where row ${expected} was expected`;
  if (observation.length !== observations) {
    return `row ${step} has ${observation.length} observations instead of ${observations}`;
  }
  if (action.length !== actions || requested.length !== actions) {
    return `row ${step} has ${action.length} actions, ${requested.length} requested, instead of ${actions}`;
  }
  if (prediction !== undefined && !fits(prediction, observations)) {
    return `row ${step} has a prediction that is not twice [horizon, ${observations}]`;
  }
  return undefined;
}

/** What is no number and would become part of a transition. */
function unknownIn(row: StepRow, { lastActions }: OpenEpisode): string | undefined {
  const no = (value: number) => !Number.isFinite(value);
  const observation = row.observation.findIndex(no);
  if (observation >= 0) {
    return `observation ${observation + 1} at step ${row.step} is ${row.observation[observation]}, not a number`;
  }
  if (no(row.hostSeconds)) return `the time of step ${row.step} is ${row.hostSeconds}, not a number`;
  const action = lastActions.findIndex(no);
  if (action < 0) return undefined;
  return `action ${action + 1} at step ${row.step - 1} is ${lastActions[action]}, not a number`;
}

function unknownValue(id: number, problem: string): ForesightError {
  return new ForesightError(
    'bad-data',
    `Episode ${id} is not recorded further: ${problem}.`,
    'What came before is kept, as an interrupted episode. Check the sensors, or the time step of the simulation.',
  );
}

function notRecordable(id: number, problem: string): ForesightError {
  return new ForesightError(
    'internal',
    `Episode ${id} cannot be recorded further: ${problem}.`,
    'End the episode; what came before is safe. Send this message to the developers.',
  );
}

/** @throws ForesightError bad-data, internal */
export function checkColumns(columns: EpisodeColumns, layout: ChunkLayout): void {
  const { rows } = columns;
  const single = [columns.hostSeconds, columns.deviceSeconds, columns.reward, columns.latenessSeconds];
  const fit =
    single.every((column) => column.length === rows) &&
    columns.planMs.length === rows &&
    columns.missed.length === rows &&
    columns.observations.length === rows * layout.observations &&
    columns.actions.length === rows * layout.actions &&
    columns.requested.length === rows * layout.actions &&
    columns.predictions.length === rows &&
    (!columns.insight || Object.values(columns.insight).every((column) => column.length === rows)) &&
    columns.predictions.every((p) => p === undefined || fits(p, layout.observations));
  if (fit && columns.observations.every(Number.isFinite)) return;
  if (fit) {
    throw new ForesightError(
      'bad-data',
      'An episode to be added has an observation that is no number.',
      'Nothing was added. Leave those rows out, or split the episode there.',
    );
  }
  throw new ForesightError(
    'internal',
    `An episode to be added has columns that do not fit its ${rows} rows and its channels.`,
    'Nothing was added. Send the file to the developers.',
  );
}

function fits(prediction: { mean: Float32Array; std: Float32Array }, observations: number): boolean {
  return prediction.mean.length === prediction.std.length && prediction.mean.length % observations === 0;
}
