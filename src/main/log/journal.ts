import type { Database } from 'better-sqlite3';

/** Columns that edits may change; the journal writes nothing else. */
const EDITABLE = {
  episodes: { key: 'id', columns: ['state', 'tags', 'outcome', 'starred', 'deleted_at'] },
  events: { key: 'id', columns: ['deleted_at'] },
  models: { key: 'hash', columns: ['name'] },
  policies: { key: 'hash', columns: ['name', 'deleted_at'] },
  datasets: { key: 'id', columns: ['name', 'note', 'deleted_at'] },
  dataset_episodes: { key: 'id', columns: ['deleted_at'] },
} as const;
type EditedTable = keyof typeof EDITABLE;
type Values = Record<string, string | number | null>;

/** What rows of a table had in common before an edit, and have after it. */
export interface Change {
  table: EditedTable;
  keys: readonly (string | number)[];
  before: Values;
  after: Values;
}

interface Entry {
  id: number;
  what: string;
  changes: string;
}

/** An edit that was noted, and how many rows it changed; null where nothing was to be changed. */
export interface Edited {
  id: number | null;
  rows: number;
}

/** Everything a person did to data, and the way back. A new edit after an undo drops what could be redone. */
export class Journal {
  constructor(private readonly database: Database) {}

  /** Applies `after` to the rows `keys` of `table` and notes it as `what`; rows already like that are left out. */
  edit(
    table: EditedTable,
    keys: readonly (string | number)[],
    after: Values,
    what: string,
    at: number,
  ): Edited {
    return this.editEach(table, keys, Object.keys(after), () => after, what, at);
  }

  /** The same with values of `columns` that follow from what a row has. */
  editEach(
    table: EditedTable,
    keys: readonly (string | number)[],
    columns: readonly string[],
    afterOf: (before: Values) => Values,
    what: string,
    at: number,
  ): Edited {
    return this.database.transaction(() => {
      const { key } = EDITABLE[table];
      const rows = this.database
        .prepare<[string], Values>(
          `SELECT ${key} AS "key of row", ${columns.join(', ')} FROM ${table}
           WHERE ${key} IN (SELECT value FROM json_each(?))`,
        )
        .all(JSON.stringify(keys));
      const alike = new Map<string, Change & { keys: (string | number)[] }>();
      for (const { 'key of row': row, ...before } of rows) {
        const known = JSON.stringify(before);
        const change = alike.get(known) ?? { table, keys: [], before, after: afterOf(before) };
        alike.set(known, change);
        if (row !== null && row !== undefined) change.keys.push(row);
      }
      const changes = [...alike.values()].filter(({ before, after }) =>
        columns.some((column) => before[column] !== after[column]),
      );
      for (const change of changes) this.#apply(change, change.after);
      return this.note(what, changes, at);
    })();
  }

  /** Notes an edit that was made; the caller holds the transaction. */
  note(what: string, changes: readonly Change[], at: number): Edited {
    const rows = rowsIn(changes);
    if (rows === 0) return { id: null, rows };
    this.database.prepare('DELETE FROM journal WHERE undone = 1').run();
    const { lastInsertRowid } = this.database
      .prepare('INSERT INTO journal (at, what, changes) VALUES (?, ?, ?)')
      .run(at, what, JSON.stringify(changes));
    return { id: Number(lastInsertRowid), rows };
  }

  /** Rows that are about to go for good: nothing leads back to them any more. The caller holds the transaction. */
  forget(table: EditedTable, keys: readonly (string | number)[]): void {
    const gone = new Set(keys);
    const rewrite = this.database.prepare('UPDATE journal SET changes = ? WHERE id = ?');
    const remove = this.database.prepare('DELETE FROM journal WHERE id = ?');
    for (const { id, changes } of this.database.prepare<[], Entry>('SELECT * FROM journal').all()) {
      const all = changesIn(changes);
      const kept = all
        .map((change) =>
          change.table === table ? { ...change, keys: change.keys.filter((key) => !gone.has(key)) } : change,
        )
        .filter((change) => change.keys.length > 0);
      if (kept.length === 0) remove.run(id);
      else if (rowsIn(kept) < rowsIn(all)) rewrite.run(JSON.stringify(kept), id);
    }
  }

  /** @param allow throws where so many rows shall not be changed now */
  undo(allow: (rows: number) => void = () => {}): string | null {
    return this.#step(this.#newest(), 'before', 1, allow);
  }

  redo(allow: (rows: number) => void = () => {}): string | null {
    const entry = this.database
      .prepare<[], Entry>('SELECT * FROM journal WHERE undone = 1 ORDER BY id ASC LIMIT 1')
      .get();
    return this.#step(entry, 'after', 0, allow);
  }

  /**
   * Takes one edit back: undoes it where it was the last, else brings back what was before it wherever that is still as the edit
   * left it, as an edit of its own. @returns what was taken back; null where there was nothing to
   */
  takeBack(id: number, at: number, allow: (rows: number) => void = () => {}): string | null {
    if (this.#newest()?.id === id) return this.undo(allow);
    return this.database.transaction(() => {
      const entry = this.database
        .prepare<[number], Entry>('SELECT * FROM journal WHERE id = ? AND undone = 0')
        .get(id);
      if (entry === undefined) return null;
      const changes = changesIn(entry.changes)
        .map(({ table, keys, before, after }) => ({
          ...{ table, before: after, after: before },
          keys: this.#stillLike(table, keys, after),
        }))
        .filter(({ keys }) => keys.length > 0);
      allow(rowsIn(changes));
      for (const change of changes) this.#apply(change, change.after);
      return this.note(`Took back: ${entry.what}`, changes, at).id === null ? null : entry.what;
    })();
  }

  #newest(): Entry | undefined {
    return this.database
      .prepare<[], Entry>('SELECT * FROM journal WHERE undone = 0 ORDER BY id DESC LIMIT 1')
      .get();
  }

  #step(
    entry: Entry | undefined,
    side: 'before' | 'after',
    undone: 0 | 1,
    allow: (rows: number) => void,
  ): string | null {
    if (entry === undefined) return null;
    const changes = changesIn(entry.changes);
    allow(rowsIn(changes));
    return this.database.transaction(() => {
      for (const change of changes) this.#apply(change, change[side]);
      this.database.prepare('UPDATE journal SET undone = ? WHERE id = ?').run(undone, entry.id);
      return entry.what;
    })();
  }

  #stillLike(table: EditedTable, keys: readonly (string | number)[], values: Values): (string | number)[] {
    const { key } = EDITABLE[table];
    const columns = editedIn(table, values);
    return this.database
      .prepare<unknown[], string | number>(
        `SELECT ${key} FROM ${table} WHERE ${key} IN (SELECT value FROM json_each(?))
         ${columns.map((column) => `AND ${column} IS ?`).join(' ')}`,
      )
      .pluck()
      .all(JSON.stringify(keys), ...columns.map((column) => values[column] ?? null));
  }

  #apply({ table, keys }: Change, values: Values): void {
    const columns = editedIn(table, values);
    this.database
      .prepare(
        `UPDATE ${table} SET ${columns.map((column) => `${column} = ?`).join(', ')}
         WHERE ${EDITABLE[table].key} IN (SELECT value FROM json_each(?))`,
      )
      .run(...columns.map((column) => values[column] ?? null), JSON.stringify(keys));
  }
}

const editedIn = (table: EditedTable, values: Values): string[] =>
  EDITABLE[table].columns.filter((column) => column in values);

const rowsIn = (changes: readonly Change[]): number =>
  changes.reduce((sum, { keys }) => sum + keys.length, 0);

/** Up to schema 8 each row had a change of its own, with `key`. */
function changesIn(text: string): Change[] {
  const stored = JSON.parse(text) as (Change & { key?: string | number })[];
  return stored.map(({ key, ...change }) => (key === undefined ? change : { ...change, keys: [key] }));
}
