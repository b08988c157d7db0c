import type { Database } from 'better-sqlite3';
import {
  countsOf,
  type Dataset,
  type DatasetChange,
  type DatasetEpisode,
  type DatasetSummary,
  type NewDataset,
  type Shown,
  seedFor,
  splitsOf,
} from '../../shared/dataset';
import { ForesightError } from '../../shared/errors';
import type { Change, Journal } from './journal';

interface SetRow {
  id: number;
  name: string;
  note: string;
  seed: number;
  validation: number;
  test: number;
  createdAt: number;
}

interface MemberRow {
  id: number;
  rig: string;
  steps: number;
  seconds: number;
  deleted: number;
  usable: number;
  /** JSON: [number, Unix time at which it began] of each recording that it shows. */
  recordings: string;
}

const SETS = `SELECT id, name, note, seed, validation, test, created_at AS createdAt FROM datasets
  WHERE deleted_at IS NULL`;

/**
 * Data sets: episodes that belong together, by their numbers. What is in one is looked up when it is asked for: deleted episodes are
 * not, and come back with undo. Making, renaming, filling and removing one are entries of the undo journal.
 */
export class DatasetTable {
  constructor(
    private readonly database: Database,
    private readonly journal: Journal,
  ) {}

  /** @throws ForesightError wrong-use: the name is taken; not-found: an episode that is not there */
  make({ name, note, seed, validation, test, episodes }: NewDataset, at: number): number {
    return this.database.transaction(() => {
      this.#requireFree(name);
      if (validation + test > 0.95) {
        throw new ForesightError(
          'wrong-use',
          `With ${validation} for validation and ${test} for test nothing is left to learn from.`,
          'Choose smaller shares.',
        );
      }
      const { lastInsertRowid } = this.database
        .prepare(
          'INSERT INTO datasets (name, note, seed, validation, test, created_at) VALUES (?, ?, ?, ?, ?, ?)',
        )
        .run(name, note, seed ?? 0, validation, test, Math.round(at));
      const id = Number(lastInsertRowid);
      this.#add(id, episodes);
      if (seed === undefined) {
        const shown = this.#members(id).filter(({ usable }) => usable === 1);
        this.database
          .prepare('UPDATE datasets SET seed = ? WHERE id = ?')
          .run(seedFor(shown.map(shownBy), { validation, test }), id);
      }
      this.journal.note(`Made the data set "${name}"`, [appeared('datasets', [id], at)], at);
      return id;
    })();
  }

  /** @throws ForesightError not-found, wrong-use: the name is taken */
  change(id: number, { name, note, add = [], remove = [] }: DatasetChange, at: number): void {
    this.database.transaction(() => {
      const before = this.#row(id);
      if (name !== undefined && name !== before.name) this.#requireFree(name);
      const after = { ...(name !== undefined && { name }), ...(note !== undefined && { note }) };
      const what = `Changed the data set "${before.name}"`;
      if (Object.keys(after).length > 0) {
        this.journal.edit(
          'datasets',
          [id],
          after,
          name === undefined ? what : `Renamed the data set "${before.name}"`,
          at,
        );
      }
      const added = this.#add(id, add);
      if (added.length > 0) this.journal.note(what, [appeared('dataset_episodes', added, at)], at);
      if (remove.length === 0) return;
      const rows = this.database
        .prepare<[number, string], number>(
          `SELECT id FROM dataset_episodes WHERE dataset = ? AND deleted_at IS NULL
             AND episode IN (SELECT value FROM json_each(?))`,
        )
        .pluck()
        .all(id, JSON.stringify(remove));
      this.journal.edit('dataset_episodes', rows, { deleted_at: at }, what, at);
    })();
  }

  /** @throws ForesightError not-found */
  remove(id: number, at: number): void {
    const { name } = this.#row(id);
    this.journal.edit('datasets', [id], { deleted_at: at }, `Removed the data set "${name}"`, at);
  }

  all(): DatasetSummary[] {
    return this.database
      .prepare<[], SetRow>(`${SETS} ORDER BY id`)
      .all()
      .map((row) => {
        const { members: _, ...summary } = this.#filled(row);
        return summary;
      });
  }

  /** @throws ForesightError not-found */
  get(id: number): Dataset {
    return this.#filled(this.#row(id));
  }

  #filled(row: SetRow): Dataset {
    const rows = this.#members(row.id);
    const there = rows.filter(({ usable }) => usable === 1);
    const sides = splitsOf(there.map(shownBy), row);
    const members = there.map((one): DatasetEpisode => {
      const { id, rig, steps, seconds } = one;
      const recordings = [...new Set(shownBy(one).recordings.map((recording) => recording.id))];
      return { id, rig, steps, seconds, recordings, split: sides.get(id) ?? 'train' };
    });
    const of = (split: DatasetEpisode['split']) => countsOf(members.filter((one) => one.split === split));
    const present = new Set(members.flatMap(({ recordings }) => recordings));
    const missing = rows.filter(
      (one) => one.deleted === 1 && !shownBy(one).recordings.some((of) => present.has(of.id)),
    );
    return {
      ...row,
      counts: countsOf(members),
      splits: { train: of('train'), validation: of('validation'), test: of('test') },
      rigs: [...new Set(members.map(({ rig }) => rig))],
      missing: missing.map(({ id }) => id),
      members,
    };
  }

  #members(dataset: number): MemberRow[] {
    return this.database
      .prepare<[number], MemberRow>(
        `SELECT e.id, r.name AS rig, max(0, e.rows - 1) AS steps, e.duration_seconds AS seconds,
           e.deleted_at IS NOT NULL AS deleted,
           e.deleted_at IS NULL AND e.state IN ('complete', 'interrupted') AND e.rows > 1 AS usable,
           coalesce((SELECT nullif(json_group_array(json_array(p.source, s.started_at)), '[]')
             FROM parts p JOIN episodes s ON s.id = p.source WHERE p.episode = e.id),
             json_array(json_array(e.id, e.started_at))) AS recordings
         FROM dataset_episodes m JOIN episodes e ON e.id = m.episode JOIN rigs r ON r.id = e.rig
         WHERE m.dataset = ? AND m.deleted_at IS NULL ORDER BY e.started_at, e.id`,
      )
      .all(dataset);
  }

  #row(id: number): SetRow {
    const row = this.database.prepare<[number], SetRow>(`${SETS} AND id = ?`).get(id);
    if (row !== undefined) return row;
    throw new ForesightError(
      'not-found',
      `There is no data set ${id} in this workspace.`,
      'List them: foresight dataset list.',
    );
  }

  #requireFree(name: string): void {
    const taken = this.database
      .prepare('SELECT 1 FROM datasets WHERE name = ? AND deleted_at IS NULL')
      .get(name);
    if (taken === undefined) return;
    throw new ForesightError(
      'wrong-use',
      `There is a data set "${name}" already.`,
      'Choose another name, or add episodes to that one.',
    );
  }

  /** @returns the rows of those that were not in it. @throws ForesightError not-found */
  #add(dataset: number, episodes: readonly number[]): number[] {
    const exists = this.database.prepare("SELECT 1 FROM episodes WHERE id = ? AND state <> 'importing'");
    const isIn = this.database.prepare(
      'SELECT 1 FROM dataset_episodes WHERE dataset = ? AND episode = ? AND deleted_at IS NULL',
    );
    const insert = this.database.prepare('INSERT INTO dataset_episodes (dataset, episode) VALUES (?, ?)');
    return [...new Set(episodes)].flatMap((episode) => {
      if (exists.get(episode) === undefined) {
        throw new ForesightError(
          'not-found',
          `There is no episode ${episode} in this workspace.`,
          'List the episodes to see which there are.',
        );
      }
      return isIn.get(dataset, episode) === undefined
        ? [Number(insert.run(dataset, episode).lastInsertRowid)]
        : [];
    });
  }
}

function shownBy({ id, recordings }: MemberRow): Shown {
  const of = JSON.parse(recordings) as [number, number][];
  return { id, recordings: of.map(([recording, startedAt]) => ({ id: recording, startedAt })) };
}

/**
 * An edit put other episodes in the place of some: they are in every data set that all of these are in. Undone, it deletes the new
 * ones and brings the old ones back, so nothing has to be noted. The caller holds the transaction.
 */
export function followEdit(database: Database, old: readonly number[], made: readonly number[]): void {
  const insert = database.prepare(
    `INSERT INTO dataset_episodes (dataset, episode)
     SELECT dataset, ? FROM dataset_episodes
     WHERE deleted_at IS NULL AND episode IN (SELECT value FROM json_each(?))
     GROUP BY dataset HAVING count(DISTINCT episode) = ?`,
  );
  for (const id of made) insert.run(id, JSON.stringify(old), new Set(old).size);
}

/** Undone it is gone, redone it is back. */
const appeared = (table: Change['table'], keys: number[], at: number): Change => ({
  ...{ table, keys, before: { deleted_at: at }, after: { deleted_at: null } },
});
