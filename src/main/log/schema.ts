import type { Database } from 'better-sqlite3';
import { ForesightError } from '../../shared/errors';
import { LIST_SCHEMA } from './list-schema';

export type Migration = (database: Database) => void;

/**
 * Migration k brings a log from user_version k to k + 1. What has shipped is never edited: a change of the schema
 * is a new entry at the end. Columns are explained in docs/log.md.
 */
export const MIGRATIONS: readonly Migration[] = [
  (database) =>
    database.exec(`
      CREATE TABLE rigs (
        id           INTEGER PRIMARY KEY,
        digest       TEXT NOT NULL UNIQUE,
        name         TEXT NOT NULL,
        file         TEXT NOT NULL,
        observations TEXT NOT NULL,
        actions      TEXT NOT NULL
      ) STRICT;
      CREATE TABLE runs (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        rig        TEXT NOT NULL,
        model      TEXT,
        settings   TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at   INTEGER
      ) STRICT;
      CREATE TABLE episodes (
        id                  INTEGER PRIMARY KEY AUTOINCREMENT,
        rig                 INTEGER NOT NULL REFERENCES rigs,
        source              TEXT NOT NULL,
        state               TEXT NOT NULL,
        started_at          INTEGER NOT NULL,
        period_seconds      REAL NOT NULL,
        run                 INTEGER REFERENCES runs,
        seed                INTEGER,
        rows                INTEGER NOT NULL DEFAULT 0,
        duration_seconds    REAL NOT NULL DEFAULT 0,
        return              REAL,
        terminated          INTEGER NOT NULL DEFAULT 0,
        missed_plans        INTEGER NOT NULL DEFAULT 0,
        overruns            INTEGER NOT NULL DEFAULT 0,
        guard_interventions INTEGER NOT NULL DEFAULT 0,
        reason              TEXT NOT NULL DEFAULT '',
        tags                TEXT NOT NULL DEFAULT '[]',
        deleted_at          INTEGER
      ) STRICT;
      CREATE INDEX episodes_by_run ON episodes (run) WHERE run IS NOT NULL;
      CREATE INDEX episodes_recording ON episodes (state) WHERE state = 'recording';
      CREATE TABLE chunks (
        episode     INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
        first_row   INTEGER NOT NULL,
        rows        INTEGER NOT NULL,
        data        BLOB NOT NULL,
        predictions BLOB,
        PRIMARY KEY (episode, first_row)
      ) STRICT;
      CREATE TABLE events (
        id      INTEGER PRIMARY KEY,
        episode INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
        step    INTEGER NOT NULL,
        kind    TEXT NOT NULL,
        message TEXT NOT NULL
      ) STRICT;
      CREATE INDEX events_by_episode ON events (episode, step);
      CREATE TABLE models (
        hash       TEXT PRIMARY KEY,
        name       TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        rig        TEXT NOT NULL,
        options    TEXT NOT NULL,
        metrics    TEXT NOT NULL,
        evaluation TEXT NOT NULL,
        episodes   TEXT NOT NULL
      ) STRICT;
      CREATE TABLE journal (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        at      INTEGER NOT NULL,
        what    TEXT NOT NULL,
        changes TEXT NOT NULL,
        undone  INTEGER NOT NULL DEFAULT 0
      ) STRICT;
    `),
  (database) => database.exec('ALTER TABLE chunks ADD COLUMN insight BLOB'),
  // Chunks from before stay without: nobody knows whether they still are what was written.
  (database) =>
    database.exec(`
      ALTER TABLE chunks ADD COLUMN data_checksum INTEGER;
      ALTER TABLE chunks ADD COLUMN plans_checksum INTEGER;
    `),
  // Nothing is in it yet: what a view needs is made when an episode is first looked at.
  (database) =>
    database.exec(`
      CREATE TABLE digests (
        episode   INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
        bucket    INTEGER NOT NULL,
        first_row INTEGER NOT NULL,
        rows      INTEGER NOT NULL,
        data      BLOB NOT NULL,
        checksum  INTEGER NOT NULL,
        PRIMARY KEY (episode, bucket, first_row)
      ) STRICT;
    `),
  // Runs from before were driven by plans alone.
  (database) =>
    database.exec(`
      CREATE TABLE policies (
        hash       TEXT PRIMARY KEY,
        name       TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        rig        TEXT NOT NULL,
        summary    TEXT NOT NULL,
        evaluation TEXT NOT NULL,
        deleted_at INTEGER
      ) STRICT;
      ALTER TABLE runs ADD COLUMN policy TEXT;
    `),
  // Nobody knows which version wrote the episodes from before.
  (database) =>
    database.exec(`
      ALTER TABLE episodes ADD COLUMN software TEXT;
      ALTER TABLE events ADD COLUMN deleted_at INTEGER;
    `),
  // Nobody saw the episodes from before.
  (database) =>
    database.exec(`
      CREATE TABLE cameras (
        episode INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
        camera  INTEGER NOT NULL,
        name    TEXT NOT NULL,
        width   INTEGER NOT NULL,
        height  INTEGER NOT NULL,
        rate    REAL NOT NULL,
        dropped INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (episode, camera)
      ) STRICT;
      CREATE TABLE frames (
        episode        INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
        camera         INTEGER NOT NULL,
        sequence       INTEGER NOT NULL,
        host_seconds   REAL NOT NULL,
        device_seconds REAL NOT NULL,
        data           BLOB NOT NULL,
        checksum       INTEGER NOT NULL,
        PRIMARY KEY (episode, camera, sequence)
      ) STRICT;
    `),
  // Episodes from before are recordings: nobody judged them, and none is made of others.
  (database) =>
    database.exec(`
      ALTER TABLE episodes ADD COLUMN outcome TEXT;
      ALTER TABLE episodes ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;
      CREATE TABLE parts (
        episode      INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
        first_row    INTEGER NOT NULL,
        source       INTEGER NOT NULL REFERENCES episodes,
        from_row     INTEGER NOT NULL,
        to_row       INTEGER NOT NULL,
        host_shift   REAL NOT NULL,
        device_shift REAL NOT NULL,
        PRIMARY KEY (episode, first_row)
      ) STRICT;
      CREATE INDEX parts_by_source ON parts (source);
      CREATE TABLE part_frames (
        episode       INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
        first_row     INTEGER NOT NULL,
        camera        INTEGER NOT NULL,
        from_sequence INTEGER NOT NULL,
        to_sequence   INTEGER NOT NULL,
        shift         INTEGER NOT NULL,
        PRIMARY KEY (episode, camera, first_row)
      ) STRICT;
    `),
  // What is there already is made findable with it.
  (database) => database.exec(LIST_SCHEMA),
  // Nobody has looked for flags in the episodes from before: whoever has the log open for writing does.
  (database) =>
    database.exec(`
      CREATE TABLE looks (
        episode INTEGER PRIMARY KEY REFERENCES episodes ON DELETE CASCADE,
        rules   INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE flags (
        id         INTEGER PRIMARY KEY,
        episode    INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
        kind       TEXT NOT NULL,
        channel    TEXT,
        first_step INTEGER NOT NULL,
        last_step  INTEGER NOT NULL,
        amount     REAL NOT NULL,
        message    TEXT NOT NULL
      ) STRICT;
      CREATE INDEX flags_by_episode ON flags (episode, kind);
    `),
  (database) =>
    database.exec(`
      CREATE TABLE datasets (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        name       TEXT NOT NULL,
        note       TEXT NOT NULL,
        seed       INTEGER NOT NULL,
        validation REAL NOT NULL,
        test       REAL NOT NULL,
        created_at INTEGER NOT NULL,
        deleted_at INTEGER
      ) STRICT;
      CREATE TABLE dataset_episodes (
        id         INTEGER PRIMARY KEY,
        dataset    INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
        episode    INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
        deleted_at INTEGER
      ) STRICT;
      CREATE INDEX dataset_episodes_by_dataset ON dataset_episodes (dataset, episode);
      CREATE INDEX dataset_episodes_by_episode ON dataset_episodes (episode);
    `),
];

export function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/** Refuses a log of a schema that this program does not know, without having written to it. */
export function refuseNewer(database: Database, known: number, folder: string): void {
  const found = schemaVersion(database);
  if (found <= known) return;
  throw new ForesightError(
    'bad-file',
    `The log in ${folder} was written by a newer Foresight (schema ${found}; this one knows up to ${known}).`,
    'Update Foresight on this computer. The log was not changed.',
  );
}

/** Brings the log forward, one transaction a migration: interrupted at any moment, it stands at a whole version. */
export function migrate(database: Database, migrations: readonly Migration[] = MIGRATIONS): void {
  for (let version = schemaVersion(database); version < migrations.length; version++) {
    database
      .transaction(() => {
        migrations[version]?.(database);
        database.pragma(`user_version = ${version + 1}`);
      })
      .immediate();
  }
}
