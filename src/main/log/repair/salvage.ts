import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { sqliteOptions } from '../binding';
import { failureCode, isDamage } from '../failures';
import { CLOSED_ID } from '../log-file';
import { MIGRATIONS, migrate, schemaVersion } from '../schema';

/** What became of a table. */
export interface Salvaged {
  table: string;
  rows: number;
  /** Rows that are there and cannot be read, or are not what the table may hold. */
  lost: number;
}

/** So many row numbers in a row without a row are the end, where the table cannot say which is its last. */
const MOST_MISSES = 10_000;

/**
 * Writes what can be read of the log `from` into the new file `to`, table by table and row by row: pages that cannot be read
 * take the rows on them along, and all indices are made anew.
 * @throws what SQLite throws where not even the tables' names can be read; nothing is left of `to` then
 */
export function salvage(from: string, to: string): Salvaged[] {
  rmSync(to, { force: true });
  const old = new Database(from, { ...sqliteOptions(), readonly: true });
  const fresh = new Database(to, sqliteOptions());
  try {
    // The same schema as it has: what is missing for today's comes when the log is opened.
    migrate(fresh, MIGRATIONS.slice(0, schemaVersion(old)));
    fresh.pragma(`application_id = ${CLOSED_ID}`);
    // What is searched in follows from the rest, by triggers.
    const tables = fresh
      .prepare<[], string>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'search_*'",
      )
      .pluck()
      .all();
    const salvaged = fresh.transaction(() => tables.map((table) => salvageTable(old, fresh, table)))();
    keepNumbers(old, fresh);
    return salvaged;
  } catch (thrown) {
    fresh.close();
    rmSync(to, { force: true });
    throw thrown;
  } finally {
    fresh.close();
    old.close();
  }
}

function salvageTable(old: Database.Database, fresh: Database.Database, table: string): Salvaged {
  const names = (fresh.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => `"${name}"`);
  const insert = fresh.prepare(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  );
  const salvaged = { table, rows: 0, lost: 0 };
  for (const row of readableRows(old, table, names.join(', '))) {
    try {
      if (row === undefined) throw new Error('unreadable');
      insert.run(...row);
      salvaged.rows += 1;
    } catch (thrown) {
      if (row !== undefined && !failureCode(thrown).startsWith('SQLITE_CONSTRAINT')) throw thrown;
      salvaged.lost += 1;
    }
  }
  return salvaged;
}

/** The rows of a table in their order; undefined for one that is there and cannot be read. */
function* readableRows(
  old: Database.Database,
  table: string,
  columns: string,
): Generator<unknown[] | undefined> {
  const scan = old
    .prepare<[number], unknown[]>(`SELECT rowid, ${columns} FROM ${table} WHERE rowid > ? ORDER BY rowid`)
    .raw();
  const one = old
    .prepare<[number], unknown[]>(`SELECT rowid, ${columns} FROM ${table} WHERE rowid = ?`)
    .raw();
  const end = lastNumber(old, table);
  let at = 0;
  for (let misses = 0; ; ) {
    try {
      for (const [number, ...row] of scan.iterate(at)) {
        at = Number(number);
        misses = 0;
        yield row;
      }
      return;
    } catch (thrown) {
      requireDamage(thrown);
    }
    // The scan stands before what it cannot read: on with single rows until one can be read again.
    for (let found: unknown[] | undefined; found === undefined; ) {
      at += 1;
      if (end === undefined ? misses > MOST_MISSES : at > end) return;
      const read = readOne(one, at);
      if (read === 'unreadable') yield undefined;
      else found = read;
      if (found === undefined) misses += 1;
      else yield found.slice(1);
    }
  }
}

type One = { get(number: number): unknown[] | undefined };

function readOne(one: One, number: number): unknown[] | undefined | 'unreadable' {
  try {
    return one.get(number);
  } catch (thrown) {
    requireDamage(thrown);
    return 'unreadable';
  }
}

/** Undefined where that cannot be read either. */
function lastNumber(old: Database.Database, table: string): number | undefined {
  try {
    const last = old.prepare<[], number>(`SELECT max(rowid) FROM ${table}`).pluck().get();
    return last ?? 0;
  } catch (thrown) {
    requireDamage(thrown);
    return undefined;
  }
}

/** Numbers that were given to rows that are gone are not given again: a model names the episodes that it learned from. */
function keepNumbers(old: Database.Database, fresh: Database.Database): void {
  try {
    const given = old
      .prepare<[], { name: string; seq: number }>('SELECT name, seq FROM sqlite_sequence')
      .all();
    const known = fresh.prepare('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?');
    const insert = fresh.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)');
    for (const { name, seq } of given) if (known.run(seq, name).changes === 0) insert.run(name, seq);
  } catch (thrown) {
    requireDamage(thrown);
  }
}

function requireDamage(thrown: unknown): void {
  if (!isDamage(thrown) && !failureCode(thrown).startsWith('SQLITE_IOERR')) throw thrown;
}
