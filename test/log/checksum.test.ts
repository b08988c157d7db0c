import { closeSync, copyFileSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { sqliteOptions } from '../../src/main/log/binding';
import { LogStore } from '../../src/main/log/store';
import type { LogCheck } from '../../src/main/log/types';
import { insightOf, newEpisode, plannedRow } from './fixtures';
import { folderForAll, temporaryFolder } from './folder';

const ROWS = 2500;
const EPISODES = 3;
const complete = { state: 'complete', terminated: false, reason: 'Step limit.' } as const;
const whole = folderForAll();

/** Reads a closed log as a reader in another process would. */
function reading<T>(file: string, work: (store: LogStore) => T): T {
  const database = new Database(file, { ...sqliteOptions(), readonly: true });
  try {
    return work(new LogStore(database));
  } finally {
    database.close();
  }
}

const check = (file: string): LogCheck => reading(file, (store) => store.handlers.check());

/** Flips one bit of a file, lets `look` look, and flips it back. */
function withFlip<T>(file: string, byte: number, bit: number, look: () => T): T {
  const flip = () => {
    const handle = openSync(file, 'r+');
    const buffer = Buffer.alloc(1);
    readSync(handle, buffer, 0, 1, byte);
    buffer[0] = (buffer[0] ?? 0) ^ (1 << bit);
    writeSync(handle, buffer, 0, 1, byte);
    closeSync(handle);
  };
  flip();
  try {
    return look();
  } finally {
    flip();
  }
}

/** Where in the file the float64 `value` lies; every number of an episode says which row it belongs to. */
function placesOf(bytes: Buffer, value: number): number[] {
  const wanted = Buffer.from(Float64Array.of(value).buffer);
  const places: number[] = [];
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) places.push(at);
  return places;
}

describe('a bit that flips in a log', () => {
  let file = '';
  let bytes = Buffer.alloc(0);

  beforeAll(async () => {
    const log = await openLog(whole());
    for (let episode = 0; episode < EPISODES; episode++) {
      const id = await log.beginEpisode(newEpisode());
      const rows = Array.from({ length: ROWS }, (_, step) => ({
        ...plannedRow(step, 3),
        insight: insightOf(step),
        // Which episode it is stands in the number too.
        observation: [step + 0.1 + 1e5 * id, step + 0.2 + 1e5 * id],
      }));
      log.appendRows(id, rows, []);
      await log.endEpisode(id, complete);
    }
    await log.close();
    file = join(whole(), 'foresight.db');
    bytes = readFileSync(file);
  });

  it('is none in a log that is as it was written', () => {
    expect(check(file)).toEqual({
      ...{ episodes: EPISODES, chunks: 3, frames: 0, unchecked: 0, damage: [], database: [] },
    });
  });

  it('is found in every recorded number, named with episode, chunk and steps, and the episode is not read', () => {
    const position = fc.record({
      episode: fc.integer({ min: 1, max: EPISODES }),
      step: fc.integer({ min: 0, max: ROWS - 1 }),
      channel: fc.integer({ min: 0, max: 1 }),
      byte: fc.integer({ min: 0, max: 7 }),
      bit: fc.integer({ min: 0, max: 7 }),
    });
    fc.assert(
      fc.property(position, ({ episode, step, channel, byte, bit }) => {
        const places = placesOf(bytes, step + (channel === 0 ? 0.1 : 0.2) + 1e5 * episode);
        // A number that lies across two pages is not found in one piece.
        fc.pre(places.length === 1);
        withFlip(file, (places[0] ?? 0) + byte, bit, () => {
          const { damage, database } = check(file);
          expect(database).toEqual([]);
          expect(damage).toMatchObject([{ episode, chunk: 1, steps: [0, ROWS - 1] }]);
          reading(file, ({ handlers }) => {
            expect(() => handlers.columns(episode)).toThrow(`Episode ${episode} is damaged in the log`);
            for (const other of handlers.episodes()) {
              if (other.id !== episode) expect(handlers.columns(other.id).rows).toBe(ROWS);
            }
          });
        });
      }),
      { numRuns: 40 },
    );
  });

  it('anywhere in the file is found or changes nothing that is read', () => {
    const facts = () =>
      reading(file, ({ handlers }) =>
        JSON.stringify(
          handlers.episodes().map(({ id, ...summary }) => {
            const columns = handlers.columns(id, { predictions: true });
            return [
              columns.rows,
              [...columns.observations],
              columns.predictions.map((p) => p && [...p.mean]),
              summary.rig,
            ];
          }),
        ),
      );
    const before = facts();
    const chunkPages = { min: 100, max: bytes.length - 1 };
    fc.assert(
      fc.property(fc.integer(chunkPages), fc.integer({ min: 0, max: 7 }), (byte, bit) => {
        withFlip(file, byte, bit, () => {
          let found: boolean;
          try {
            const { damage, database } = check(file);
            found = damage.length + database.length > 0;
          } catch {
            found = true; // not even opened
          }
          if (!found) expect(facts()).toBe(before);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('in a page of SQLite itself is named in its words', () => {
    const copy = join(temporaryFolder(), 'foresight.db');
    copyFileSync(file, copy);
    const database = new Database(copy, sqliteOptions());
    const page = Number(
      database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'episodes_recording'").pluck().get(),
    );
    database.close();
    const handle = openSync(copy, 'r+');
    writeSync(handle, Buffer.alloc(64, 0x5a), 0, 64, (page - 1) * 4096);
    closeSync(handle);
    const { database: complaints } = check(copy);
    expect(complaints.join(' ')).toMatch(/malformed|Tree|page/i);
  });
});

/** A closed log of one episode in one chunk, with this done to it behind Foresight's back. */
async function tampered(sql: string): Promise<{ folder: string; file: string; id: number }> {
  const folder = temporaryFolder();
  const log = await openLog(folder);
  const id = await log.beginEpisode(newEpisode());
  log.appendRows(id, [plannedRow(0), plannedRow(1)], []);
  await log.endEpisode(id, complete);
  await log.close();
  const file = join(folder, 'foresight.db');
  const database = new Database(file, sqliteOptions());
  database.exec(sql);
  database.close();
  return { folder, file, id };
}

describe('chunks', () => {
  it('from before there were checksums are read, and counted as unchecked', async () => {
    const { file, id } = await tampered('UPDATE chunks SET data_checksum = NULL, plans_checksum = NULL');
    expect(check(file)).toMatchObject({ chunks: 1, unchecked: 1, damage: [] });
    expect(reading(file, ({ handlers }) => handlers.columns(id).rows)).toBe(2);
  });

  it('that say they have a billion rows are named before memory is taken for them', async () => {
    const { file, id } = await tampered('UPDATE chunks SET rows = 1000000000000');
    expect(check(file).damage).toMatchObject([{ episode: id, chunk: 1 }]);
    expect(() => reading(file, ({ handlers }) => handlers.columns(id))).toThrow(
      'do not hold 1000000000000 rows',
    );
  });

  it('that were damaged when a recording process died do not keep the workspace from being opened', async () => {
    const { folder, id } = await tampered(
      "UPDATE episodes SET state = 'recording'; UPDATE chunks SET data_checksum = data_checksum + 1",
    );
    const again = await openLog(folder);
    expect(await again.episode(id)).toMatchObject({ state: 'interrupted' });
    await expect(again.columns(id)).rejects.toMatchObject({ code: 'bad-file' });
    expect((await again.events(id)).at(-1)?.message).toContain('do not match their checksum');
    await again.close();
  });
});
