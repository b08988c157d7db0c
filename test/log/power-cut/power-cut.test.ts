import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../../src/main/log';
import { openDatabase } from '../../../src/main/log/database';
import { EpisodeTable } from '../../../src/main/log/episode-table';
import { LogStore } from '../../../src/main/log/store';
import { Random } from '../../../src/shared/random';
import { lacksProgram } from '../../needs';
import { plannedRow } from '../fixtures';
import { folderForAll } from '../folder';
import { anyFate, type Deed, type Fate, fileAfterCut, flushed, keepAll, loseAll, readTrace } from './disk';
import { EPISODES, ROWS } from './recorded';

const SEED = fc.readConfigureGlobal()?.seed ?? 0;
const run = promisify(execFile);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const folder = folderForAll();
let before: Buffer;
let deeds: Deed[];

/** Records on a file system that writes down what it is asked for. */
beforeAll(async () => {
  if (lacksProgram('cc')) return;
  const extension = join(folder(), 'recording-vfs.so');
  const sqlite = here('../../../node_modules/better-sqlite3/deps/sqlite3');
  await run('cc', [
    '-shared',
    '-fPIC',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-I',
    sqlite,
    here('recording-vfs.c'),
    '-o',
    extension,
  ]);
  const workspace = join(folder(), 'recorded');
  await (await openLog(workspace)).close();
  before = readFileSync(join(workspace, 'foresight.db'));
  const trace = join(folder(), 'trace');
  await run(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      fileURLToPath(new URL('recording-child.ts', import.meta.url)),
      workspace,
      extension,
    ],
    {
      env: { ...process.env, FORESIGHT_DISK_TRACE: trace, NODE_OPTIONS: `--import ${here('flushes.mjs')}` },
    },
  );
  deeds = readTrace(readFileSync(trace));
});

let cuts = 0;
/** A workspace as a disk has it whose power went after the first `cut` deeds. */
function afterCut(
  cut: number,
  fate: Fate,
  random: Random,
  sure = (file: Deed['file']) => flushed(deeds, file, cut),
): string {
  const place = join(folder(), `cut-${cuts++}`);
  mkdirSync(place);
  const content = (file: Deed['file'], was: Buffer) =>
    fileAfterCut(was, deeds, { file, cut, sure: sure(file) }, fate, random);
  writeFileSync(join(place, 'foresight.db'), content('database', before));
  writeFileSync(join(place, 'foresight.db-wal'), content('wal', Buffer.alloc(0)));
  writeFileSync(join(place, 'foresight.lock'), '');
  return place;
}

/** Rows an episode, of all that are there when the workspace is opened; each of them must be what was recorded. */
function recovered(place: string): number[] {
  const opened = openDatabase(place, { readonly: false });
  try {
    const check = new LogStore(opened.database).answer('check', []);
    expect(check).toMatchObject({ damage: [], database: [] });
    const table = new EpisodeTable(opened.database);
    return table.list({}).map(({ id, steps, state }) => {
      const { rows, observations, predictions } = table.columns(id, { predictions: true });
      expect(steps).toBe(Math.max(0, rows - 1));
      if (state === 'complete') expect(rows).toBe(ROWS);
      for (let step = 0; step < rows; step++) {
        const { observation, prediction } = plannedRow(step);
        expect([...observations.slice(2 * step, 2 * step + 2)]).toEqual(observation);
        expect(predictions[step]).toEqual(prediction);
      }
      return rows;
    });
  } finally {
    opened.close();
  }
}

const sum = (rows: number[]) => rows.reduce((a, b) => a + b, 0);

/** Deeds after which the power may go: from the first flush of the -wal file on, which is part of opening. */
function someCuts(count: number, random: Random): number[] {
  const opened = deeds.findIndex(({ kind, file }) => kind === 'flush ends' && file === 'wal') + 1;
  return Array.from({ length: count }, () => opened + random.integer(deeds.length - opened + 1));
}

describe.skipIf(lacksProgram('cc'))('a log whose power is cut', () => {
  it('was written through checkpoints and with flushes of its own, or this would show nothing', () => {
    const wal = deeds.filter(({ file }) => file === 'wal');
    expect(wal.filter(({ kind, at }) => kind === 'write' && at === 0).length).toBeGreaterThan(1);
    expect(wal.filter(({ kind }) => kind === 'flush ends').length).toBeGreaterThan(EPISODES);
    expect(recovered(afterCut(deeds.length, keepAll, new Random(0)))).toEqual(new Array(EPISODES).fill(ROWS));
  });

  it('opens whole, with all that was committed when the last flush began, whatever became of what came after it', () => {
    const random = new Random(SEED);
    for (const [i, cut] of someCuts(24, random).entries()) {
      const certain = sum(recovered(afterCut(flushed(deeds, 'wal', cut), keepAll, random)));
      const fate = [loseAll, anyFate(random), anyFate(random)][i % 3] ?? loseAll;
      expect(sum(recovered(afterCut(cut, fate, random)))).toBeGreaterThanOrEqual(certain);
    }
  });

  it('would lose what it recorded if only SQLite flushed', () => {
    const random = new Random(SEED + 1);
    // Right after flushes of the log's own, before SQLite's next one, the two differ most.
    const own = deeds.flatMap(({ kind, file, by }, at) =>
      kind === 'flush ends' && file === 'wal' && by === 'log' ? [at + 1] : [],
    );
    const losesWithout = (cut: number) => {
      const without = (file: Deed['file']) => flushed(deeds, file, cut, ['sqlite']);
      return (
        sum(recovered(afterCut(cut, loseAll, random))) >
        sum(recovered(afterCut(cut, loseAll, random, without)))
      );
    };
    expect(own.some(losesWithout)).toBe(true);
  });
});
