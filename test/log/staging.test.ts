import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { columnOption, importCsvIntoLog } from '../../src/main/formats/csv';
import { openLog } from '../../src/main/log';
import { columnsOfRows } from '../../src/main/log/chunks';
import { LogStore } from '../../src/main/log/store';
import { logInMemory } from '../core/views/long-episode';
import { newEpisode, rows } from './fixtures';
import { temporaryFolder } from './folder';

const LAYOUT = { observations: 2, actions: 1 };
const part = (from: number, to: number) => columnsOfRows(rows(from, to), LAYOUT);
const end = (id: number) => ({
  id,
  startedAt: 5,
  terminated: false,
  reason: 'From a.csv.',
  notes: ['Odd.'],
  tags: ['x'],
});
const counts = (database: Database.Database) =>
  ['episodes', 'chunks', 'events', 'cameras', 'frames'].map((table) =>
    database.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
  );

describe('episodes of an import', () => {
  it('are seen by nobody before all are there, then all at once, with the counts of all their rows', async () => {
    const { store, log } = logInMemory();
    const ids = [await log.stageEpisode(newEpisode()), await log.stageEpisode(newEpisode())];
    for (const id of ids) {
      await log.stageRows(id, 0, part(0, 2048));
      await log.stageRows(id, 2048, part(2048, 2500));
    }
    expect(await log.episodes({ deleted: 'too' })).toEqual([]);
    await expect(log.episode(ids[0] ?? 0)).rejects.toMatchObject({ code: 'not-found' });
    await expect(log.deleteEpisodes(ids)).rejects.toMatchObject({ code: 'not-found' });
    expect(await log.commitStaged(ids.map(end), 'Imported 2 episodes')).toEqual(ids);
    const whole = store.handlers.addEpisodes(
      [{ ...end(0), episode: newEpisode(), columns: part(0, 2500) }],
      'Imported 1 episode',
    );
    const [one, other, expected] = await log.episodes();
    for (const each of [one, other]) expect({ ...expected, id: each?.id }).toEqual(each);
    expect(await log.columns(ids[1] ?? 0)).toEqual(await log.columns(whole[0] ?? 0));
    expect(await log.events(ids[0] ?? 0)).toEqual(await log.events(whole[0] ?? 0));
    expect(await log.undo()).toBe('Imported 1 episode');
    expect(await log.undo()).toBe('Imported 2 episodes');
    expect(await log.episodes()).toEqual([]);
    expect(await log.check()).toMatchObject({ damage: [], database: [] });
  });

  it('come with the pictures of their cameras, and go with them', async () => {
    const { database, log } = logInMemory();
    const camera = { name: 'side', width: 4, height: 3, rate: 25, dropped: 2 };
    const ids = [1, 2].map(() => log.stageEpisode(newEpisode({ cameras: [camera] })));
    const [kept = 0, gone = 0] = await Promise.all(ids);
    const frames = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ({
        ...{ camera: 0, sequence: 3 * (from + i), hostSeconds: from + i, deviceSeconds: 100 + from + i },
        data: Uint8Array.of(from + i, 7),
      }));
    for (const id of [kept, gone]) {
      await log.stageRows(id, 0, part(0, 10));
      await log.stageFrames(id, frames(0, 3));
    }
    await log.stageFrames(kept, frames(3, 5));
    await log.stageFrames(gone, frames(3, 200));
    await expect(log.stageFrames(kept, [{ ...frames(9, 10)[0]!, camera: 1 }])).rejects.toThrow('camera 1');
    await log.commitStaged([end(kept)], 'Imported 1 episode');
    expect(await log.cameras(kept)).toEqual([{ ...camera, frames: 5 }]);
    expect(await log.frames(kept, 0, 0, 100)).toEqual(frames(0, 5));
    while (!(await log.discardStaged([gone])));
    const count = (table: string) => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    expect([count('frames'), count('cameras'), count('chunks')]).toEqual([5, 1, 1]);
    expect(await log.check()).toMatchObject({ frames: 5, damage: [], database: [] });
  });

  it('take no rows that do not follow, and none that are no numbers', async () => {
    const { log } = logInMemory();
    const id = await log.stageEpisode(newEpisode());
    await log.stageRows(id, 0, part(0, 10));
    await expect(log.stageRows(id, 20, part(20, 30))).rejects.toThrow('Row 20');
    const bad = part(10, 20);
    bad.observations[3] = Number.NaN;
    await expect(log.stageRows(id, 10, bad)).rejects.toMatchObject({ code: 'bad-data' });
    await log.stageRows(id, 10, part(10, 20));
    await log.commitStaged([end(id)], 'Imported 1 episode');
    expect(await log.episode(id)).toMatchObject({ steps: 19 });
    await expect(log.stageRows(id, 20, part(20, 30))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that are given up leave nothing, a part at a time, and those that were shown stay', async () => {
    const { log, database } = logInMemory();
    const kept = await log.stageEpisode(newEpisode());
    await log.stageRows(kept, 0, part(0, 10));
    await log.commitStaged([end(kept)], 'Imported 1 episode');
    const before = counts(database);
    const ids = [await log.stageEpisode(newEpisode()), await log.stageEpisode(newEpisode())];
    // A chunk for each call: more than are deleted at once.
    for (let row = 0; row < 100; row++) await log.stageRows(ids[0] ?? 0, row, part(row, row + 1));
    let asked = 1;
    while (!(await log.discardStaged([...ids, kept]))) asked += 1;
    expect(asked).toBeGreaterThan(2);
    expect(counts(database)).toEqual(before);
  });

  it('that have begun to go are shown no more, and neither are those that were to come with them', async () => {
    const { log } = logInMemory();
    const ids = [await log.stageEpisode(newEpisode()), await log.stageEpisode(newEpisode())];
    for (let row = 0; row < 100; row++) await log.stageRows(ids[1] ?? 0, row, part(row, row + 1));
    await log.stageRows(ids[0] ?? 0, 0, part(0, 10));
    // The workspace was opened anew, which deletes what lies there of an import.
    expect(await log.discardStaged(ids.slice(1))).toBe(false);
    await expect(log.commitStaged(ids.map(end), 'Imported 2 episodes')).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await log.episodes()).toEqual([]);
    expect(await log.undo()).toBeNull();
  });

  it('of a process that was killed are gone after the next start, and were never seen', async () => {
    const folder = temporaryFolder();
    await (await openLog(folder)).close();
    const database = new Database(join(folder, 'foresight.db'));
    const killed = new LogStore(database);
    const cameras = [{ name: 'side', width: 4, height: 3, rate: 25 }];
    const id = killed.handlers.stageEpisode(newEpisode({ cameras }));
    const times = { camera: 0, hostSeconds: 0, deviceSeconds: 0 };
    const frames = Array.from({ length: 300 }, (_, sequence) => ({
      ...times,
      sequence,
      data: Uint8Array.of(7),
    }));
    killed.handlers.stageFrames(id, frames);
    for (let row = 0; row < 150; row++) killed.handlers.stageRows(id, row, part(row, row + 1));
    database.close();
    const log = await openLog(folder);
    expect(await log.episodes({ deleted: 'too' })).toEqual([]);
    const reader = new Database(join(folder, 'foresight.db'), { readonly: true });
    await expect.poll(() => counts(reader)).toEqual([0, 0, 0, 0, 0]);
    reader.close();
    await log.close();
  });
});

describe('an import that is stopped', () => {
  it('in the middle of a file leaves nothing in the log, and says so', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'long.csv');
    const lines = Array.from({ length: 120_000 }, (_, i) => `${(i / 100).toFixed(2)},${i / 7},${i % 10}`);
    writeFileSync(file, ['time,q,u', ...lines].join('\n'));
    const log = await openLog(join(folder, 'workspace'));
    const options = {
      files: [file],
      ...{ rig: 'long', periodSeconds: 0.01 },
      mapping: { time: 'time', observations: [columnOption('q')], actions: [columnOption('u')] },
    };
    const stop = new AbortController();
    const seen: number[] = [];
    const stopped = importCsvIntoLog(log, options, {
      signal: stop.signal,
      onProgress: (done, total) => {
        seen.push(done / total);
        if (done > 0) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled', message: 'The import was stopped.' });
    expect(seen.every((share) => share < 1)).toBe(true);
    expect(await log.episodes({ deleted: 'too' })).toEqual([]);
    const reader = new Database(join(folder, 'workspace', 'foresight.db'), { readonly: true });
    expect(counts(reader)).toEqual([0, 0, 0, 0, 0]);
    reader.close();

    const report = await importCsvIntoLog(log, options);
    expect(report.files).toMatchObject([{ samples: 120_000, rows: 120_000, episodes: 1 }]);
    const last = await log.columns(report.episodes[0] ?? 0, { from: 119_998, to: 120_000 });
    expect([...last.observations]).toEqual([119_998 / 7, 119_999 / 7]);
    expect([...last.actions]).toEqual([8, Number.NaN]);
    await log.close();
  });
});
