import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { sqliteOptions } from '../../src/main/log/binding';
import { openDatabase } from '../../src/main/log/database';
import { newEpisode, rows } from './fixtures';
import { temporaryFolder } from './folder';

const complete = { state: 'complete', terminated: false, reason: 'Step limit.' } as const;
const database = (folder: string) => join(folder, 'foresight.db');
const wal = (folder: string) => join(folder, 'foresight.db-wal');

/** A folder with a closed log of one episode. */
async function workspace(length = 20): Promise<string> {
  const folder = temporaryFolder();
  const log = await openLog(folder);
  const id = await log.beginEpisode(newEpisode());
  log.appendRows(id, rows(0, length), []);
  await log.endEpisode(id, complete);
  await log.close();
  return folder;
}

/** Copies a log of one episode that is open, as a killed process leaves it: most of it in the -wal file. */
async function copyOfOpen(to: string, change?: string): Promise<void> {
  const folder = temporaryFolder();
  const log = await openLog(folder);
  const id = await log.beginEpisode(newEpisode());
  log.appendRows(id, rows(0, 30), []);
  await log.endEpisode(id, complete);
  if (change !== undefined) {
    const other = new Database(database(folder), sqliteOptions());
    other.pragma(change);
    other.close();
  }
  for (const path of [database, wal]) copyFileSync(path(folder), path(to));
  writeFileSync(join(to, 'foresight.lock'), '');
  await log.close();
}

function episodesIn(folder: string): number {
  const { database, close } = openDatabase(folder, { readonly: true });
  const count = Number(database.prepare('SELECT COUNT(*) FROM episodes').pluck().get());
  close();
  return count;
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (thrown) {
    return thrown;
  }
}

/** Refused for reading and for writing, with this sentence and something to do, and nothing in the folder changes. */
function expectRefused(folder: string, sentence: string): void {
  const contents = () =>
    readdirSync(folder).map((name) => [
      name,
      statSync(join(folder, name)).isFile() ? readFileSync(join(folder, name)) : '',
    ]);
  const before = contents();
  for (const readonly of [true, false]) {
    const refused = thrownBy(() => openDatabase(folder, { readonly }));
    expect(refused).toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining(sentence),
      next: expect.stringContaining('check --accept-loss'),
    });
  }
  expect(contents()).toEqual(before);
}

function start(script: URL, ...args: string[]): { child: ChildProcess; lines: Interface } {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(script), ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (child.stdout === null) throw new Error('no pipe');
  return { child, lines: createInterface({ input: child.stdout }) };
}

describe('a log that is not what it was', () => {
  it('because its file is empty is refused, and gone on without only when that is said', async () => {
    const folder = await workspace();
    truncateSync(database(folder), 0);
    expectRefused(folder, 'is an empty file');
    openDatabase(folder, { readonly: false, acceptLoss: true }).close();
    expect(episodesIn(folder)).toBe(0);
    expect(readdirSync(folder).some((name) => name.startsWith('foresight.db.lost-'))).toBe(true);
  });

  it('because its file is gone is missed, by what else lies in the folder', async () => {
    const folder = await workspace();
    rmSync(database(folder));
    expectRefused(folder, 'foresight.db is gone');
    // Only what was learned was copied to another place.
    for (const learned of ['models', 'policies']) {
      const other = temporaryFolder();
      mkdirSync(join(other, learned));
      writeFileSync(join(other, learned, `${'ab'.repeat(32)}.safetensors`), 'learned');
      expectRefused(other, 'foresight.db is gone');
      openDatabase(other, { readonly: false, acceptLoss: true }).close();
      expect(episodesIn(other)).toBe(0);
    }
  });

  it('because its end is missing is refused before anything is read', async () => {
    const folder = await workspace(2000);
    const { size } = statSync(database(folder));
    truncateSync(database(folder), size - 4096);
    for (const readonly of [true, false]) {
      expect(thrownBy(() => openDatabase(folder, { readonly }))).toMatchObject({
        code: 'bad-file',
        message: expect.stringContaining(`is cut off: it has ${size - 4096} bytes of ${size}`),
      });
    }
  });

  it('because its -wal file was deleted after a crash is refused, and whole again when that is back', async () => {
    const folder = temporaryFolder();
    const { child, lines } = start(new URL('kill-child.ts', import.meta.url), folder, '200', '100000');
    for await (const line of lines) if (line.startsWith('row 1 60 ')) break;
    child.kill('SIGKILL');
    await once(child, 'exit');

    renameSync(wal(folder), join(folder, 'kept'));
    rmSync(join(folder, 'foresight.db-shm'), { force: true });
    expectRefused(folder, 'foresight.db-wal, which holds what was recorded last, is missing');
    // Another program looked at it meanwhile and left an empty one.
    writeFileSync(wal(folder), '');
    expectRefused(folder, 'is missing or empty');

    renameSync(join(folder, 'kept'), wal(folder));
    const log = await openLog(folder);
    expect((await log.columns(1)).rows).toBeGreaterThan(40);
    await log.close();
  });

  it('because only foresight.db was copied while it was open is refused, and opens without the rest when asked', async () => {
    const folder = temporaryFolder();
    const copy = temporaryFolder();
    const log = await openLog(folder);
    const id = await log.beginEpisode(newEpisode());
    log.appendRows(id, rows(0, 30), []);
    await log.endEpisode(id, complete);
    copyFileSync(database(folder), database(copy));
    expectRefused(copy, 'was not closed');
    openDatabase(copy, { readonly: false, acceptLoss: true }).close();
    expect(episodesIn(copy)).toBe(0);

    // The two ways of docs/log.md to copy an open log are whole.
    const [both, vacuumed] = [temporaryFolder(), temporaryFolder()];
    copyFileSync(database(folder), database(both));
    copyFileSync(wal(folder), wal(both));
    const reader = new Database(database(folder), { ...sqliteOptions(), readonly: true });
    reader.prepare('VACUUM INTO ?').run(database(vacuumed));
    reader.close();
    await log.close();
    expect(episodesIn(both)).toBe(1);
    expect(episodesIn(vacuumed)).toBe(1);
  });

  it.each(['gone', 'empty'])(
    'with a -wal file that has frames is begun anew without them (%s)',
    async (loss) => {
      const folder = temporaryFolder();
      await copyOfOpen(folder);
      if (loss === 'gone') rmSync(database(folder));
      else truncateSync(database(folder), 0);
      const frames = readFileSync(wal(folder));
      expectRefused(folder, loss === 'gone' ? 'foresight.db is gone' : 'is an empty file');

      openDatabase(folder, { readonly: false, acceptLoss: true }).close();
      expect(episodesIn(folder)).toBe(0);
      const log = await openLog(folder);
      expect(await log.check()).toMatchObject({ damage: [], database: [] });
      await log.close();
      const kept = readdirSync(folder).find((name) => name.startsWith('foresight.db-wal.lost-'));
      expect(readFileSync(join(folder, String(kept)))).toEqual(frames);
    },
  );

  it.skipIf(process.platform === 'win32')(
    'is not begun anew under the hands of the process that still has it open',
    async () => {
      const folder = await workspace();
      const log = await openLog(folder);
      rmSync(database(folder));
      const before = readdirSync(folder);
      expect(thrownBy(() => openDatabase(folder, { readonly: false, acceptLoss: true }))).toMatchObject({
        code: 'busy',
      });
      expect(readdirSync(folder)).toEqual(before);
      await log.close();
      expect(episodesIn(folder)).toBe(1);
    },
  );

  it('is none where opening was refused half-way: what stands in the -wal file stays there', async () => {
    const folder = temporaryFolder();
    await copyOfOpen(folder);
    writeFileSync(join(folder, 'models'), 'no folder');
    expect(thrownBy(() => openDatabase(folder, { readonly: false }))).toMatchObject({ code: 'unavailable' });
    rmSync(join(folder, 'models'));
    openDatabase(folder, { readonly: false }).close();
    expect(episodesIn(folder)).toBe(1);
  });

  it('is none where a newer Foresight was killed: that one finds its -wal file again', async () => {
    const folder = temporaryFolder();
    await copyOfOpen(folder, 'user_version = 1000');
    const frames = readFileSync(wal(folder));
    expect(thrownBy(() => openDatabase(folder, { readonly: false }))).toMatchObject({ code: 'bad-file' });
    expect(readFileSync(wal(folder))).toEqual(frames);
  });

  it('is none that was closed, though the others of its files are gone', async () => {
    const folder = await workspace();
    for (const name of ['foresight.lock', 'foresight.db-wal', 'foresight.db-shm']) {
      rmSync(join(folder, name), { force: true });
    }
    expect(episodesIn(folder)).toBe(1);
  });

  it.skipIf(process.platform === 'win32')(
    'because it was deleted while it was open is put back when it is closed, and the loss is told before',
    async () => {
      const folder = temporaryFolder();
      const log = await openLog(folder);
      const told = new Promise<string>((resolve) => log.onFailure(resolve));
      const id = await log.beginEpisode(newEpisode());
      rmSync(database(folder));
      let step = 0;
      const recording = setInterval(() => log.appendRows(id, rows(step, ++step), []), 20);
      expect(await told).toContain('was deleted or replaced while Foresight writes into it');
      clearInterval(recording);
      await log.endEpisode(id, complete);
      await log.close();
      expect(existsSync(database(folder))).toBe(true);
      const again = await openLog(folder);
      expect(await again.episode(id)).toMatchObject({ state: 'complete', steps: step - 1 });
      await again.close();
    },
  );
});

describe('a log whose process is killed while it opens or closes', () => {
  it('is opened again, with every episode that was kept', async () => {
    const folder = temporaryFolder();
    const kept = new Set<number>();
    // Killed a little after so many of its lines: while it records, closes, or opens again.
    for (const lineToHear of [1, 2, 3, 6]) {
      const { child, lines } = start(new URL('open-and-close-child.ts', import.meta.url), folder);
      let heard = 0;
      lines.on('line', (line) => {
        const [what, id] = line.split(' ');
        if (what === 'kept') kept.add(Number(id));
        heard += 1;
        if (heard === lineToHear) setTimeout(() => child.kill('SIGKILL'), Math.random() * 100);
      });
      await Promise.all([once(child, 'exit'), once(lines, 'close')]);
      const log = await openLog(folder);
      const there = new Set((await log.episodes()).map(({ id }) => id));
      for (const id of kept) expect(there).toContain(id);
      expect(await log.check()).toMatchObject({ damage: [], database: [] });
      await log.close();
      expect(readdirSync(folder).filter((name) => name.includes('.new-'))).toEqual([]);
    }
    expect(kept.size).toBeGreaterThan(0);
  });
});
