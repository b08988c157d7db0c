import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import {
  ChannelInfo,
  type EpisodeColumns,
  type EpisodeEvent,
  type EpisodeSummary,
  type Outcome,
  type RecordedPart,
} from '../../shared/episode';
import type { EpisodeFilter, ListedEpisode } from '../../shared/episode-list';
import { ForesightError } from '../../shared/errors';
import { type ChunkLayout, copyRows, emptyColumns } from './chunks';
import { whereOf } from './list-where';
import { partsOf } from './parts';
import { type EpisodePiece, piecesOf, type RowRange } from './pieces';
import { type ChunkExtent, damaged, extentDamage, readChunk, type StoredChunk } from './stored-chunk';
import { durationSeconds, returnOf, type Tally } from './tally';
import type { ColumnsOptions, NewEpisode } from './types';

/** An episode of an import is nobody's business before all of the import is there. */
type State = EpisodeSummary['state'] | 'importing';

interface EpisodeRow {
  id: number;
  rig: number;
  rig_name: string;
  source: EpisodeSummary['source'];
  state: EpisodeSummary['state'];
  started_at: number;
  period_seconds: number;
  run: number | null;
  rows: number;
  duration_seconds: number;
  return: number | null;
  terminated: number;
  reason: string;
  missed_plans: number;
  overruns: number;
  guard_interventions: number;
  tags: string;
  outcome: Outcome | null;
  starred: number;
  deleted_at: number | null;
}

interface Channels {
  observations: ChannelInfo[];
  actions: ChannelInfo[];
}

const SELECT =
  "SELECT e.*, r.name AS rig_name FROM episodes e JOIN rigs r ON r.id = e.rig WHERE e.state <> 'importing'";

/** The episodes of a log: rows of the table `episodes` with their channels, chunks and events. */
export class EpisodeTable {
  /** Channels by row of `rigs`; such a row never changes. */
  readonly #channels = new Map<number, Channels>();

  constructor(private readonly database: Database) {}

  insert(episode: NewEpisode, startedAt: number, state: State): number {
    const { lastInsertRowid } = this.database
      .prepare(
        `INSERT INTO episodes (rig, source, state, started_at, period_seconds, run, seed, software)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        this.#rig(episode),
        episode.source,
        state,
        Math.round(startedAt),
        episode.periodSeconds,
        episode.run,
        episode.seed,
        episode.software ?? null,
      );
    return Number(lastInsertRowid);
  }

  count(id: number, tally: Tally): void {
    this.database
      .prepare(
        `UPDATE episodes SET rows = ?, duration_seconds = ?, return = ?, missed_plans = ?, overruns = ?,
         guard_interventions = ? WHERE id = ?`,
      )
      .run(
        tally.rows,
        durationSeconds(tally),
        returnOf(tally),
        tally.missedPlans,
        tally.overruns,
        tally.guardInterventions,
        id,
      );
  }

  finish(id: number, state: State, terminated: boolean, reason: string): void {
    this.database
      .prepare('UPDATE episodes SET state = ?, terminated = ?, reason = ? WHERE id = ?')
      .run(state, terminated ? 1 : 0, reason, id);
  }

  setStart(id: number, startedAt: number): void {
    this.database.prepare('UPDATE episodes SET started_at = ? WHERE id = ?').run(Math.round(startedAt), id);
  }

  /** What there is of an episode of an import that is on its way; undefined for any other. */
  staged(id: number): { layout: ChunkLayout; rows: number; return: number | null } | undefined {
    const row = this.database
      .prepare<[number], { rig: number; rows: number; return: number | null }>(
        "SELECT rig, rows, return FROM episodes WHERE id = ? AND state = 'importing'",
      )
      .get(id);
    return row && { layout: this.#layoutOf(row.rig), rows: row.rows, return: row.return };
  }

  setOutcome(id: number, outcome: Outcome): void {
    this.database.prepare('UPDATE episodes SET outcome = ? WHERE id = ?').run(outcome, id);
  }

  setTags(id: number, tags: readonly string[]): void {
    this.database.prepare('UPDATE episodes SET tags = ? WHERE id = ?').run(JSON.stringify(tags), id);
  }

  recording(): number[] {
    return this.database
      .prepare<[], number>("SELECT id FROM episodes WHERE state = 'recording' ORDER BY id")
      .pluck()
      .all();
  }

  /** Whole summaries, in the order of their numbers. */
  list(filter: EpisodeFilter): EpisodeSummary[] {
    const { sql, values } = whereOf(this.database, filter);
    return this.database.transaction(() => {
      const parts = this.#allParts('');
      return this.database
        .prepare<(string | number)[], EpisodeRow>(`${SELECT} AND ${sql} ORDER BY e.id`)
        .all(...values)
        .map((row) => this.#summary(row, parts.get(row.id) ?? []));
    })();
  }

  /** Those of these numbers, in their order; as lists show them. */
  listed(ids: readonly number[]): ListedEpisode[] {
    const among = 'IN (SELECT value FROM json_each(?))';
    const asked = JSON.stringify(ids);
    const parts = this.#allParts(`WHERE episode ${among}`, asked);
    const rows = this.database.prepare<[string], EpisodeRow>(`${SELECT} AND e.id ${among}`).all(asked);
    const found = new Map(rows.map((row) => [row.id, listedOf(row, parts.get(row.id) ?? [])]));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  #allParts(clause: string, ...values: string[]): Map<number, RecordedPart[]> {
    const of = new Map<number, RecordedPart[]>();
    const all = this.database.prepare<string[], RecordedPart & { of: number }>(
      `SELECT episode AS "of", source AS episode, from_row AS "from", to_row AS "to"
       FROM parts ${clause} ORDER BY episode, first_row`,
    );
    for (const { of: id, ...part } of all.all(...values)) of.set(id, [...(of.get(id) ?? []), part]);
    return of;
  }

  /** @throws ForesightError not-found */
  get(id: number): EpisodeSummary {
    const row = this.#row(id);
    const parts = partsOf(this.database, id).map(({ source, from, to }) => ({ episode: source, from, to }));
    return this.#summary(row, parts);
  }

  layout(id: number): ChunkLayout {
    return this.staged(id)?.layout ?? this.#layoutOf(this.#row(id).rig);
  }

  #layoutOf(rig: number): ChunkLayout {
    const { observations, actions } = this.#channelsOf(rig);
    return { observations: observations.length, actions: actions.length };
  }

  events(id: number): EpisodeEvent[] {
    this.#row(id);
    return this.database
      .prepare<[number], EpisodeEvent>(
        'SELECT step, kind, message FROM events WHERE episode = ? AND deleted_at IS NULL ORDER BY step, id',
      )
      .all(id);
  }

  /** A stored chunk at a time. @throws ForesightError not-found, bad-file (a chunk is not what was written) */
  pieces(id: number, range: RowRange = {}, predictions: boolean | 'next' = false): Generator<EpisodePiece> {
    return piecesOf(this.database, { episode: id, layout: this.layout(id), ...range }, predictions);
  }

  /**
   * The rows `from` to `to` (exclusive) that there are; the whole episode unless said.
   * @throws ForesightError not-found, bad-file (a chunk is not what was written)
   */
  columns(id: number, options: ColumnsOptions = {}): EpisodeColumns {
    const { predictions = false, from, to } = options;
    const whole = from === undefined && to === undefined && predictions !== 'next';
    if (whole && partsOf(this.database, id).length === 0) {
      return this.#wholeColumns(id, predictions);
    }
    return this.database.transaction(() => {
      const pieces = [...this.pieces(id, { from, to }, predictions)];
      const layout = this.layout(id);
      const columns = emptyColumns(
        pieces.reduce((sum, { rows }) => sum + rows, 0),
        layout,
      );
      let at = 0;
      for (const piece of pieces) {
        copyRows(piece, layout, { from: 0, to: piece.rows }, columns, at);
        at += piece.rows;
      }
      return columns;
    })();
  }

  /** Of a recording. */
  #wholeColumns(id: number, predictions: boolean): EpisodeColumns {
    const layout = this.layout(id);
    // One transaction, so that a reader in another process sees chunks of one moment.
    return this.database.transaction(() => {
      const extents = this.extents(id);
      const wrong = extentDamage(id, extents, layout);
      if (wrong !== undefined) throw damaged(wrong);
      const last = extents.at(-1);
      const columns = emptyColumns(last === undefined ? 0 : last.first_row + last.rows, layout);
      let number = 0;
      for (const stored of this.chunks(id, predictions)) {
        const where = { episode: id, chunk: ++number, plans: predictions };
        const damage = readChunk(where, stored, layout, columns, stored.first_row);
        if (damage !== undefined) throw damaged(damage);
      }
      return columns;
    })();
  }

  extents(id: number): ChunkExtent[] {
    return this.database
      .prepare<[number], ChunkExtent>(
        'SELECT first_row, rows, length(data) AS bytes FROM chunks WHERE episode = ? ORDER BY first_row',
      )
      .all(id);
  }

  /** The chunk that begins with this row. */
  chunk(id: number, firstRow: number): StoredChunk {
    const stored = this.database
      .prepare<[number, number], StoredChunk>('SELECT * FROM chunks WHERE episode = ? AND first_row = ?')
      .get(id, firstRow);
    if (stored !== undefined) return stored;
    throw damaged({ episode: id, chunk: 0, steps: [firstRow, firstRow], what: 'a chunk is gone' });
  }

  chunks(id: number, predictions: boolean): IterableIterator<StoredChunk> {
    const wanted = predictions ? 'predictions, insight' : 'NULL AS predictions, NULL AS insight';
    return this.database
      .prepare<[number], StoredChunk>(
        `SELECT first_row, rows, data, ${wanted}, data_checksum, plans_checksum
         FROM chunks WHERE episode = ? ORDER BY first_row`,
      )
      .iterate(id);
  }

  /** What was recorded of its rig. @throws ForesightError not-found */
  rigFile(id: number): unknown {
    const { rig } = this.#row(id);
    const text = this.database
      .prepare<[number], string>('SELECT file FROM rigs WHERE id = ?')
      .pluck()
      .get(rig);
    try {
      return JSON.parse(text ?? 'null');
    } catch {
      throw damaged({
        episode: id,
        chunk: 0,
        steps: [0, 0],
        what: 'the description of its rig cannot be read',
      });
    }
  }

  #row(id: number): EpisodeRow {
    const row = this.database.prepare<[number], EpisodeRow>(`${SELECT} AND e.id = ?`).get(id);
    if (row !== undefined) return row;
    throw new ForesightError(
      'not-found',
      `There is no episode ${id} in this workspace.`,
      'List the episodes to see which there are.',
    );
  }

  #summary(row: EpisodeRow, parts: RecordedPart[]): EpisodeSummary {
    return { ...listedOf(row, parts), ...this.#channelsOf(row.rig) };
  }

  /** The same two arrays for all episodes of a rig, so that a list of thousands crosses to another thread quickly. */
  #channelsOf(rig: number): Channels {
    const known = this.#channels.get(rig);
    if (known !== undefined) return known;
    const row = this.database
      .prepare<[number], { observations: string; actions: string }>(
        'SELECT observations, actions FROM rigs WHERE id = ?',
      )
      .get(rig);
    const channels = channelsIn(rig, row);
    this.#channels.set(rig, channels);
    return channels;
  }

  /** The rig as it was, stored once however many episodes it has. */
  #rig(episode: NewEpisode): number {
    const file = JSON.stringify(episode.rigFile ?? null);
    const observations = JSON.stringify(episode.observations);
    const actions = JSON.stringify(episode.actions);
    const digest = rigDigest({ name: episode.rig, file, observations, actions });
    this.database
      .prepare(
        `INSERT INTO rigs (digest, name, file, observations, actions) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (digest) DO NOTHING`,
      )
      .run(digest, episode.rig, file, observations, actions);
    const id = this.database
      .prepare<[string], number>('SELECT id FROM rigs WHERE digest = ?')
      .pluck()
      .get(digest);
    return Number(id);
  }
}

function listedOf(row: EpisodeRow, parts: RecordedPart[]): ListedEpisode {
  return {
    id: row.id,
    rig: row.rig_name,
    source: row.source,
    state: row.state,
    startedAt: row.started_at,
    periodSeconds: row.period_seconds,
    steps: Math.max(0, row.rows - 1),
    durationSeconds: row.duration_seconds,
    return: row.return,
    terminated: row.terminated === 1,
    reason: row.reason,
    missedPlans: row.missed_plans,
    overruns: row.overruns,
    guardInterventions: row.guard_interventions,
    tags: tagsIn(row),
    outcome: row.outcome,
    starred: row.starred === 1,
    parts,
    run: row.run,
    deletedAt: row.deleted_at,
  };
}

function tagsIn({ id, tags }: Pick<EpisodeRow, 'id' | 'tags'>): string[] {
  try {
    return JSON.parse(tags) as string[];
  } catch {
    throw damaged({ episode: id, chunk: 0, steps: [0, 0], what: 'its tags cannot be read' });
  }
}

function channelsIn(rig: number, row: { observations: string; actions: string } | undefined): Channels {
  try {
    return {
      observations: ChannelInfo.array().parse(JSON.parse(row?.observations ?? '')),
      actions: ChannelInfo.array().parse(JSON.parse(row?.actions ?? '')),
    };
  } catch (cause) {
    throw new ForesightError(
      'bad-file',
      `Row ${rig} of the log's rigs is damaged: it does not say which channels its episodes have.`,
      'Take foresight.db from a backup; foresight check says what else is damaged.',
      { cause },
    );
  }
}

/** What a row of `rigs` is known by: the same for all episodes that agree, and proof that it is what was written. */
export function rigDigest(row: {
  name: string;
  file: string;
  observations: string;
  actions: string;
}): string {
  return createHash('sha256')
    .update(JSON.stringify([row.name, row.file, row.observations, row.actions]))
    .digest('hex');
}
