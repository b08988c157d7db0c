import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { openDatabase } from '../../src/main/log/database';
import { smallDisk } from '../small-disk';
import { newEpisode, rows } from './fixtures';

const complete = { state: 'complete', terminated: false, reason: 'Step limit.' } as const;
const disk = smallDisk();
afterEach(() => {
  if (disk.mounted) disk.protect(false);
  disk.free();
});

/** A workspace of one closed episode. */
async function workspace(name: string): Promise<string> {
  const folder = join(disk.folder, name);
  const log = await openLog(folder);
  const id = await log.beginEpisode(newEpisode());
  log.appendRows(id, rows(0, 20), []);
  await log.endEpisode(id, complete);
  await log.close();
  return folder;
}

async function expectWhole(folder: string): Promise<void> {
  const log = await openLog(folder);
  expect(await log.episodes()).toMatchObject([{ state: 'complete' }]);
  expect(await log.check()).toMatchObject({ damage: [], database: [] });
  await log.close();
}

describe.skipIf(!disk.mounted)('a log on a disk without a byte left', () => {
  it('closes, and is whole when it is opened again', async () => {
    const folder = await workspace('closed-full');
    const { database, close } = openDatabase(folder, { readonly: false });
    // Not yet in the file itself: what comes next stands behind it in the -wal file, for which there is no room.
    database.exec("UPDATE episodes SET reason = 'Somebody said so.'");
    disk.fill(0);
    close();
    await expectWhole(folder);
  });

  it('refuses a new workspace, leaves nothing half-written there, and makes it when there is room', () => {
    const folder = join(disk.folder, 'new');
    mkdirSync(folder);
    disk.fill(20_000);
    expect(() => openDatabase(folder, { readonly: false })).toThrow('is full');
    expect(readdirSync(folder)).toEqual([]);
    disk.free();
    openDatabase(folder, { readonly: false }).close();
    openDatabase(folder, { readonly: true }).close();
  });
});

describe.skipIf(!disk.mounted)('a log on a disk that cannot be written', () => {
  it('is refused for writing and for reading, with what to do, and nothing of it changes', async () => {
    const folder = await workspace('protected');
    const before = readFileSync(join(folder, 'foresight.db'));
    disk.protect(true);
    for (const readonly of [true, false]) {
      await expect(openLog(folder, { readonly })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining(`The workspace folder ${folder} cannot be written to`),
        next: expect.stringContaining('copy it'),
      });
    }
    await expect(openLog(join(disk.folder, 'another'))).rejects.toMatchObject({ code: 'unavailable' });
    disk.protect(false);
    expect(readFileSync(join(folder, 'foresight.db'))).toEqual(before);
    await expectWhole(folder);
  });
});
