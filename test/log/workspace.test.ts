import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { type Log, modelPath, openLog } from '../../src/main/log';
import { sqliteOptions } from '../../src/main/log/binding';
import { openDatabase, refuseOldSqlite } from '../../src/main/log/database';
import { MIGRATIONS, type Migration, migrate, schemaVersion } from '../../src/main/log/schema';
import { newEpisode, row, rows } from './fixtures';
import { temporaryFolder } from './folder';

const complete = { state: 'complete', terminated: false, reason: 'Step limit.' } as const;

async function record(log: Log, length: number): Promise<number> {
  const id = await log.beginEpisode(newEpisode());
  log.appendRows(id, rows(0, length), []);
  await log.endEpisode(id, complete);
  return id;
}

/** A folder with a log of one episode of `length` rows. */
async function workspace(length = 2000): Promise<string> {
  const folder = temporaryFolder();
  const log = await openLog(folder);
  await record(log, length);
  await log.close();
  return folder;
}

describe('one workspace, many processes', () => {
  it('has one writer, says which process it is, and readers see what it commits', async () => {
    const folder = temporaryFolder();
    const script = fileURLToPath(new URL('kill-child.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), script, folder, '200', '100000'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) if (line.startsWith('row 1 40 ')) break;

    await expect(openLog(folder)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`process ${child.pid}`),
      next: expect.stringContaining('--data'),
    });
    const reader = await openLog(folder, { readonly: true });
    const [first] = await reader.episodes();
    expect(first).toMatchObject({ id: 1, state: 'recording' });
    expect(first?.steps).toBeGreaterThan(10);
    const columns = await reader.columns(1);
    expect(columns.rows).toBeGreaterThan(first?.steps ?? Number.NaN);
    expect(columns.observations.at(-2)).toBe(columns.rows - 1 + 0.1);
    await expect(reader.deleteEpisodes([1])).rejects.toMatchObject({ code: 'wrong-use' });

    child.kill('SIGKILL');
    await once(child, 'exit');
    const log = await openLog(folder);
    expect(await reader.episodes()).toMatchObject([{ id: 1, state: 'interrupted' }]);
    await reader.close();
    await log.close();
  });

  it('is free again once the writer closed it', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'busy' });
    await log.close();
    const next = await openLog(folder);
    await next.close();
  });
});

describe('a workspace that is not as it should be', () => {
  it('is made when it is not there, but not for a reader', async () => {
    const folder = join(temporaryFolder(), 'new', 'one');
    await expect(openLog(folder, { readonly: true })).rejects.toMatchObject({ code: 'not-found' });
    expect(existsSync(folder)).toBe(false);
    await (await openLog(folder)).close();
    expect(statSync(join(folder, 'models')).isDirectory()).toBe(true);
    expect(statSync(join(folder, 'policies')).isDirectory()).toBe(true);
    expect(statSync(join(folder, 'exports')).isDirectory()).toBe(true);
    expect(modelPath(folder, 'ab')).toBe(join(folder, 'models', 'ab.safetensors'));
  });

  it.each([
    ['a text', (path: string) => writeFileSync(path, 'time,q\n0,1\n'), 'not a database'],
    [
      "another program's database",
      (path: string) => {
        const database = new Database(path, sqliteOptions());
        database.exec('CREATE TABLE music (title TEXT)');
        database.close();
      },
      "another program's database",
    ],
  ])('is refused and left alone when foresight.db is %s', async (_what, make, sentence) => {
    const folder = temporaryFolder();
    const path = join(folder, 'foresight.db');
    make(path);
    const before = readFileSync(path);
    for (const readonly of [false, true]) {
      await expect(openLog(folder, { readonly })).rejects.toMatchObject({
        code: 'bad-file',
        message: expect.stringContaining(sentence),
      });
    }
    expect(readFileSync(path)).toEqual(before);
  });

  it('is refused and left alone when a newer Foresight wrote it', async () => {
    const folder = await workspace(10);
    const path = join(folder, 'foresight.db');
    const database = new Database(path, sqliteOptions());
    database.pragma('user_version = 99');
    database.close();
    const before = readFileSync(path);
    for (const readonly of [false, true]) {
      await expect(openLog(folder, { readonly })).rejects.toMatchObject({
        code: 'bad-file',
        message: expect.stringContaining('newer Foresight (schema 99'),
        next: expect.stringContaining('Update Foresight'),
      });
    }
    expect(readFileSync(path)).toEqual(before);
  });

  it('says that it is damaged when pages of the log were overwritten', async () => {
    const folder = await workspace();
    const path = join(folder, 'foresight.db');
    const bytes = readFileSync(path);
    bytes.fill(0xaa, 200);
    writeFileSync(path, bytes);
    await expect(openLog(folder)).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('damaged'),
      next: expect.stringContaining('foresight check --repair'),
    });
  });

  it('says that it is damaged when the end of the log is missing, at the latest on reading', async () => {
    const folder = await workspace();
    truncateSync(join(folder, 'foresight.db'), 5 * 4096);
    const read = async () => {
      const log = await openLog(folder, { readonly: true });
      try {
        return await log.columns(1);
      } finally {
        await log.close();
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'bad-file' });
  });

  it('says so when the folder cannot be written', async () => {
    const file = join(temporaryFolder(), 'a-file');
    writeFileSync(file, '');
    await expect(openLog(join(file, 'workspace'))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('cannot be written'),
    });
    await expect(openLog(file)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says which of its files is not ours when that is the lock', async () => {
    const folder = await workspace(10);
    writeFileSync(join(folder, 'foresight.lock'), 'x'.repeat(8192));
    await expect(openLog(folder)).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('foresight.lock'),
      next: expect.stringContaining('empty that file'),
    });
    writeFileSync(join(folder, 'foresight.lock'), '');
    await (await openLog(folder)).close();
  });

  it('with a folder in the place of the log says so too', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'foresight.db'));
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'bad-file' });
  });
});

describe('the schema', () => {
  const known: Migration[] = [
    ...MIGRATIONS,
    (database) => database.exec('ALTER TABLE runs ADD COLUMN place TEXT'),
  ];

  it('is brought forward with everything in it', async () => {
    const folder = await workspace(10);
    const { database, close } = openDatabase(folder, { readonly: false });
    migrate(database, known);
    expect(schemaVersion(database)).toBe(known.length);
    expect(database.prepare('SELECT place FROM runs').all()).toEqual([]);
    expect(database.prepare('SELECT rows FROM episodes').pluck().all()).toEqual([10]);
    close();
  });

  it('of the first version, in which plans said nothing of themselves, opens with all its rows', async () => {
    const folder = await workspace(10);
    const old = openDatabase(folder, { readonly: false });
    const later = old.database
      .prepare<[], { type: string; name: string }>(
        `SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'index', 'view', 'table') AND sql IS NOT NULL
         AND (name GLOB 'search_*' OR name GLOB 'episodes_*' OR name = 'rigs_by_name')
         AND name NOT GLOB 'search_words_*' AND name NOT IN ('episodes_by_run', 'episodes_recording')
         ORDER BY type = 'table', type`,
      )
      .all();
    for (const { type, name } of later) old.database.exec(`DROP ${type} IF EXISTS ${name}`);
    for (const column of ['insight', 'data_checksum', 'plans_checksum']) {
      old.database.exec(`ALTER TABLE chunks DROP COLUMN ${column}`);
    }
    old.database.exec('ALTER TABLE episodes DROP COLUMN software; ALTER TABLE events DROP COLUMN deleted_at');
    old.database.exec('DROP TABLE flags; DROP TABLE looks; DROP TABLE dataset_episodes; DROP TABLE datasets');
    old.database.exec('DROP TABLE part_frames; DROP TABLE parts');
    old.database.exec('ALTER TABLE episodes DROP COLUMN outcome; ALTER TABLE episodes DROP COLUMN starred');
    old.database.exec('DROP TABLE cameras; DROP TABLE frames');
    old.database.exec('DROP TABLE digests');
    old.database.exec('DROP TABLE policies');
    old.database.exec('ALTER TABLE runs DROP COLUMN policy');
    old.database.pragma('user_version = 1');
    old.close();
    await expect(openLog(folder, { readonly: true })).rejects.toMatchObject({
      message: expect.stringContaining('older Foresight'),
    });
    const log = await openLog(folder);
    const columns = await log.columns(1, { predictions: true });
    expect(columns.rows).toBe(10);
    expect(columns.insight).toBeUndefined();
    expect((await log.episodePage({ text: 'bench' })).total).toBe(1);
    expect(await log.check()).toMatchObject({ chunks: 1, unchecked: 1, damage: [] });
    await log.close();
  });

  it('stands at the version before when a migration fails half-way', async () => {
    const folder = await workspace(10);
    const { database, close } = openDatabase(folder, { readonly: false });
    const broken: Migration[] = [
      ...MIGRATIONS,
      (db) => {
        db.exec('ALTER TABLE runs ADD COLUMN place TEXT');
        db.exec('INSERT INTO nowhere VALUES (1)');
      },
    ];
    expect(() => migrate(database, broken)).toThrow('nowhere');
    expect(schemaVersion(database)).toBe(MIGRATIONS.length);
    expect(() => database.prepare('SELECT place FROM runs')).toThrow();
    migrate(database, known);
    close();
  });

  it('asks for an SQLite with the WAL-reset fix', () => {
    for (const version of ['3.51.3', '3.52.0', '4.0.0']) refuseOldSqlite(version);
    for (const version of ['3.51.2', '3.50.4', '3.7.0']) {
      expect(() => refuseOldSqlite(version)).toThrow(`is ${version}`);
    }
  });
});

describe('a log in use', () => {
  it('reports rows that it cannot take, once, and goes on with the others', async () => {
    const log = await openLog(temporaryFolder());
    const failures: string[] = [];
    log.onFailure((message) => failures.push(message));
    const id = await log.beginEpisode(newEpisode());
    for (let step = 0; step < 3; step++) log.appendRows(id, [row(step + 1)], []);
    expect(await log.endEpisode(id, complete)).toMatchObject({ state: 'interrupted', steps: 0 });
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain('row 1 came where row 0 was expected');
    await record(log, 3);
    await log.close();
    log.appendRows(id, [row(0)], []);
    expect(failures.at(-1)).toContain('1 rows of episode 1 were not recorded: The log was closed.');
    await expect(log.episodes()).rejects.toMatchObject({ code: 'wrong-use' });
  });

  it('marks an episode that nobody ended as interrupted when it is closed', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const id = await log.beginEpisode(newEpisode());
    log.appendRows(id, rows(0, 7), []);
    await log.close();
    const again = await openLog(folder);
    expect(await again.episode(id)).toMatchObject({ state: 'interrupted', steps: 6 });
    await expect(again.episode(99)).rejects.toMatchObject({ code: 'not-found' });
    await again.close();
  });
});
