import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { sqliteOptions } from '../../src/main/log/binding';
import { openDatabase } from '../../src/main/log/database';
import { repairLog } from '../../src/main/log/repair';
import { LogStore } from '../../src/main/log/store';
import { newEpisode, plannedRow } from './fixtures';
import { folderForAll, temporaryFolder } from './folder';

const ROWS = 2500;
const EPISODES = 3;
const complete = { state: 'complete', terminated: false, reason: 'Step limit.' } as const;
const original = folderForAll();

/** Every number says which row of which episode it is. */
const rowOf = (id: number, step: number) => ({ ...plannedRow(step, 3), observation: [step + 1e5 * id, id] });

beforeAll(async () => {
  const log = await openLog(original());
  for (let episode = 1; episode <= EPISODES; episode++) {
    const id = await log.beginEpisode(newEpisode());
    for (let from = 0; from < ROWS; from += 512) {
      const rows = Array.from({ length: Math.min(512, ROWS - from) }, (_, i) => rowOf(episode, from + i));
      log.appendRows(id, rows, from === 2048 ? [{ step: 2100, kind: 'overrun', message: 'late' }] : []);
      await log.rowAt(id, 0); // which commits them
    }
    await log.endEpisode(id, complete);
  }
  await log.close();
});

/** A copy of the workspace with something done to it. */
function damaged(how: (database: Database.Database) => void): string {
  const folder = copied();
  const database = new Database(join(folder, 'foresight.db'), sqliteOptions());
  how(database);
  database.close();
  return folder;
}

function copied(): string {
  const folder = temporaryFolder();
  for (const name of readdirSync(original(), { withFileTypes: true })) {
    if (name.isFile()) copyFileSync(join(original(), name.name), join(folder, name.name));
  }
  return folder;
}

function withStore<T>(folder: string, work: (store: LogStore) => T): T {
  const { database, close } = openDatabase(folder, { readonly: true });
  try {
    return work(new LogStore(database));
  } finally {
    close();
  }
}

/** Flips a bit in a column of the chunk of an episode that begins with a row. */
const flip =
  (column: 'data' | 'predictions', id: number, firstRow: number) => (database: Database.Database) => {
    const where = 'WHERE episode = ? AND first_row = ?';
    const bytes = database
      .prepare<[number, number], Buffer>(`SELECT ${column} FROM chunks ${where}`)
      .pluck()
      .get(id, firstRow);
    if (bytes === undefined) throw new Error('no such chunk');
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    database.prepare(`UPDATE chunks SET ${column} = ? ${where}`).run(bytes, id, firstRow);
  };

const bytesOf = ({ buffer }: Float32Array = new Float32Array()) => Buffer.from(buffer as ArrayBuffer);

/** All rows of all episodes are rows that were recorded, one after another. @returns how many there are */
function expectRecorded(store: LogStore): number {
  let rows = 0;
  for (const { id } of store.handlers.episodes()) {
    const { observations, ...columns } = store.handlers.columns(id, { predictions: true });
    rows += columns.rows;
    const [first = 0, episode = 0] = observations;
    const from = first - 1e5 * episode;
    for (let step = 0; step < columns.rows; step++) {
      const { observation, prediction } = rowOf(episode, from + step);
      const said = columns.predictions[step];
      const same =
        observations[2 * step] === observation[0] &&
        observations[2 * step + 1] === episode &&
        (said === undefined ||
          (said.firstStep === step + 1 && bytesOf(said.mean).equals(bytesOf(prediction?.mean))));
      if (!same) expect.fail(`step ${step} of episode ${id} is not what was recorded`);
    }
  }
  return rows;
}

describe('a repair of a log', () => {
  it('does nothing to one that is as it was written', () => {
    const folder = copied();
    expect(repairLog(folder)).toMatchObject({ done: [], copy: null, left: { damage: [], database: [] } });
    expect(readdirSync(folder).filter((name) => name.includes('repair'))).toEqual([]);
    withStore(folder, (store) => expect(expectRecorded(store)).toBe(EPISODES * ROWS));
  });

  it('keeps what is whole before and behind damaged rows, and a copy of the log as it was', () => {
    const folder = damaged(flip('data', 2, 1024));
    const before = readFileSync(join(folder, 'foresight.db'));
    const { done, copy, left } = repairLog(folder);
    expect(done).toEqual([
      'Episode 2 ends at step 1023: the rows behind it were damaged.',
      'Steps 2048 to 2499 of episode 2, which lay behind the damage, are episode 4 now.',
    ]);
    expect(left).toMatchObject({ episodes: EPISODES + 1, damage: [], database: [] });
    expect(readFileSync(String(copy)).equals(before)).toBe(true);
    withStore(folder, (store) => {
      expect(expectRecorded(store)).toBe(EPISODES * ROWS - 1024);
      expect(store.handlers.episode(2)).toMatchObject({ steps: 1023, state: 'interrupted', overruns: 0 });
      expect(store.handlers.episode(4)).toMatchObject({ steps: 451, state: 'interrupted', overruns: 1 });
      expect(store.handlers.events(4)).toMatchObject([{ step: 2100 - 2048 }]);
      expect(store.handlers.columns(4).hostSeconds[0]).toBe(0);
    });
    expect(repairLog(folder)).toMatchObject({ done: [], copy: null });
  });

  it('drops plans that are not what was written, and no row', () => {
    const folder = damaged(flip('predictions', 1, 0));
    expect(repairLog(folder).done).toEqual([
      'Episode 1 says no more what was planned in steps 0 to 1023; its rows are kept.',
    ]);
    withStore(folder, (store) => {
      expect(expectRecorded(store)).toBe(EPISODES * ROWS);
      const { predictions } = store.handlers.columns(1, { predictions: true });
      expect(predictions.findIndex((one) => one !== undefined)).toBe(1024);
    });
  });

  it('mends counts and tags, and deletes rows of an episode that is gone', () => {
    const folder = damaged((database) => {
      database.pragma('foreign_keys = OFF');
      database.exec("UPDATE episodes SET rows = 7 WHERE id = 1; UPDATE episodes SET tags = '[' WHERE id = 2");
      database.exec('DELETE FROM episodes WHERE id = 3');
    });
    const { done, left } = repairLog(folder);
    expect(done).toEqual([
      '1 rows of "events" that belonged to no episode were deleted.',
      '3 rows of "chunks" that belonged to no episode were deleted.',
      'Episode 1 counts 2499 steps, as many as it has rows for.',
      'Episode 2 has no tags any more: they could not be read.',
    ]);
    expect(left).toMatchObject({ episodes: 2, damage: [], database: [] });
    withStore(folder, (store) => expect(expectRecorded(store)).toBe(2 * ROWS));
  });

  it('of any page that was overwritten writes the database anew, with nothing in it that was not recorded', () => {
    const bytes = readFileSync(join(original(), 'foresight.db'));
    const pages = bytes.length / 4096;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: pages - 1 }), (page) => {
        const folder = temporaryFolder();
        const file = join(folder, 'foresight.db');
        writeFileSync(file, Buffer.from(bytes).fill(0xa5, page * 4096, (page + 1) * 4096));
        const { copy, left } = repairLog(folder);
        expect(copy).not.toBeNull();
        expect(left).toMatchObject({ damage: [], database: [] });
        withStore(folder, (store) => {
          // A page holds a part of one chunk, or it says where several lie.
          if (expectRecorded(store) > 0) expect(store.handlers.episodes().length).toBeGreaterThan(0);
          // What is searched in is made of what is left.
          const { episodeNumbers } = store.handlers;
          expect(episodeNumbers({ text: 'random' })).toEqual(episodeNumbers({ source: 'random' }));
        });
      }),
      { numRuns: 8 },
    );
  });

  it('refuses a log whose first page cannot be read, and changes nothing', () => {
    const folder = copied();
    const file = join(folder, 'foresight.db');
    const bytes = readFileSync(file).fill(0xa5, 100, 4096);
    writeFileSync(file, bytes);
    expect(() => repairLog(folder)).toThrow('not even the names of its tables');
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('.new-'))).toEqual([]);
  });

  it('refuses a workspace that is open elsewhere', async () => {
    const folder = damaged(flip('data', 2, 1024));
    const log = await openLog(folder);
    expect(() => repairLog(folder)).toThrow(expect.objectContaining({ code: 'busy' }));
    await log.close();
    expect(repairLog(folder).left).toMatchObject({ damage: [] });
  });
});
