import type { Database } from 'better-sqlite3';

/** Columns that edits may change; the journal writes nothing else. */
const EDITABLE = {
  episodes: { key: 'id', columns: ['state', 'tags', 'outcome', 'starred', 'deleted_at'] },
  events: { key: 'id', columns: ['deleted_at'] },
  models: { key: 'hash', columns: ['name'] },
  policies: { key: 'hash', columns: ['name', 'deleted_at'] },
} as const;
type EditedTable = keyof typeof EDITABLE;
type Values = Record<string, string | number | null>;

export interface Change {
  table: EditedTable;
  key: string | number;
  before: Values;
  after: Values;
}

interface Entry {
  id: number;
  what: string;
  changes: string;
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
  ): void {
    this.database.transaction(() => {
      const columns = Object.keys(after);
      const { key } = EDITABLE[table];
      const read = this.database.prepare<[string | number], Values>(
        `SELECT ${columns.join(', ')} FROM ${table} WHERE ${key} = ?`,
      );
      const changes: Change[] = [];
      for (const row of new Set(keys)) {
        const before = read.get(row);
        if (before === undefined || columns.every((column) => before[column] === after[column])) continue;
        changes.push({ table, key: row, before, after });
      }
      if (changes.length === 0) return;
      for (const change of changes) this.#apply(change, change.after);
      this.note(what, changes, at);
    })();
  }

  /** Notes an edit that was made; the caller holds the transaction. */
  note(what: string, changes: readonly Change[], at: number): void {
    this.database.prepare('DELETE FROM journal WHERE undone = 1').run();
    this.database
      .prepare('INSERT INTO journal (at, what, changes) VALUES (?, ?, ?)')
      .run(at, what, JSON.stringify(changes));
  }

  /** Rows that are about to go for good: nothing leads back to them any more. The caller holds the transaction. */
  forget(table: EditedTable, keys: readonly (string | number)[]): void {
    const gone = new Set(keys);
    const rewrite = this.database.prepare('UPDATE journal SET changes = ? WHERE id = ?');
    const remove = this.database.prepare('DELETE FROM journal WHERE id = ?');
    for (const { id, changes } of this.database.prepare<[], Entry>('SELECT * FROM journal').all()) {
      const all = JSON.parse(changes) as Change[];
      const kept = all.filter((change) => change.table !== table || !gone.has(change.key));
      if (kept.length === 0) remove.run(id);
      else if (kept.length < all.length) rewrite.run(JSON.stringify(kept), id);
    }
  }

  undo(): string | null {
    return this.#step('SELECT * FROM journal WHERE undone = 0 ORDER BY id DESC LIMIT 1', 'before', 1);
  }

  redo(): string | null {
    return this.#step('SELECT * FROM journal WHERE undone = 1 ORDER BY id ASC LIMIT 1', 'after', 0);
  }

  #step(select: string, side: 'before' | 'after', undone: 0 | 1): string | null {
    return this.database.transaction(() => {
      const entry = this.database.prepare<[], Entry>(select).get();
      if (entry === undefined) return null;
      for (const change of JSON.parse(entry.changes) as Change[]) this.#apply(change, change[side]);
      this.database.prepare('UPDATE journal SET undone = ? WHERE id = ?').run(undone, entry.id);
      return entry.what;
    })();
  }

  #apply(change: Change, values: Values): void {
    const { key, columns } = EDITABLE[change.table];
    const set = columns.filter((column) => column in values);
    this.database
      .prepare(`UPDATE ${change.table} SET ${set.map((c) => `${c} = ?`).join(', ')} WHERE ${key} = ?`)
      .run(...set.map((column) => values[column] ?? null), change.key);
  }
}
