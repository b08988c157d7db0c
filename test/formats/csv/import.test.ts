import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CsvImportOptions,
  columnOption,
  importCsvIntoLog,
  readCsvEpisodes,
} from '../../../src/main/formats/csv';
import { openLog } from '../../../src/main/log';
import { type BesideMethod, decodeRequest, encodeRequest } from '../../../src/main/log/beside/requests';
import type { NewEpisode, StagedEpisode, WholeEpisode } from '../../../src/main/log/types';
import type { EpisodeColumns } from '../../../src/shared/episode';
import { lacksFile } from '../../needs';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'foresight-csv-'));
  folders.push(folder);
  return folder;
}

const mapping = {
  time: 'time',
  observations: [columnOption('q:rad:angle'), columnOption('dq:rad/s')],
  actions: [columnOption('tau:N m')],
};
const HEADER = 'time,q,dq,tau';

/** Options for one file with this text. */
function optionsFor(text: string | Uint8Array, change: Partial<CsvImportOptions> = {}): CsvImportOptions {
  const file = join(temporaryFolder(), 'log.csv');
  writeFileSync(file, text);
  return { files: [file], rig: 'bench', mapping, periodSeconds: 0.1, ...change };
}

const read = (text: string | Uint8Array, change?: Partial<CsvImportOptions>) =>
  readCsvEpisodes(optionsFor(text, change));

const lines = (...rows: string[]) => [HEADER, ...rows, ''].join('\n');
const channel = (episode: WholeEpisode | undefined, index: number, width = 2) =>
  [...(episode?.columns.observations ?? [])].filter((_, i) => i % width === index);

describe('an import of CSV logs', () => {
  it('brings irregular samples to the period: observations in between, actions as the mean of what was held', async () => {
    const text = lines('0,0,0,1', '0.05,1,0,3', '0.15,2,0,5', '0.2,2,0,7', '0.3,3,1,9');
    const { episodes, files } = await read(text);
    expect(files).toMatchObject([
      { samples: 5, episodes: 1, rows: 4, gaps: 0, tooShort: 0, samplesLeftOut: 0 },
    ]);
    const [episode] = episodes;
    for (const [row, q] of [0, 1.5, 2, 3].entries()) expect(channel(episode, 0)[row]).toBeCloseTo(q, 12);
    for (const [row, dq] of [0, 0, 0, 1].entries()) expect(channel(episode, 1)[row]).toBeCloseTo(dq, 12);
    // 1 for 50 ms and 3 for 50 ms; 3 for 50 ms and 5 for 50 ms; 7 for 100 ms; nothing after the last row.
    const actions = [...(episode?.columns.actions ?? [])];
    for (const [row, tau] of [2, 4, 7].entries()) expect(actions[row]).toBeCloseTo(tau, 12);
    expect(actions[3]).toBeNaN();
    expect(episode?.episode).toMatchObject({
      rig: 'bench',
      source: 'import',
      periodSeconds: 0.1,
      observations: [
        { name: 'q', unit: 'rad', angle: true, limits: null },
        { name: 'dq', unit: 'rad/s', angle: false, limits: null },
      ],
      actions: [{ name: 'tau', unit: 'N m', angle: false, limits: null }],
    });
  });

  it('starts a new episode after a gap, and leaves out pieces shorter than a period, saying so', async () => {
    const steady = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => `${(from + i / 10).toFixed(1)},0,0,0`);
    const text = lines(...steady(0, 11), ...steady(2, 1), ...steady(4, 6));
    const { episodes, files } = await read(text);
    expect(files).toMatchObject([
      { samples: 18, episodes: 2, rows: 17, gaps: 2, tooShort: 1, samplesLeftOut: 1 },
    ]);
    expect(episodes.map(({ columns }) => columns.rows)).toEqual([11, 6]);
    expect(episodes[1]?.columns.deviceSeconds[0]).toBe(4);
    expect(episodes[1]?.columns.hostSeconds[0]).toBe(0);
    // A gap is what is longer than five periods, unless another length is given.
    expect((await read(text, { gapSeconds: 3 })).episodes).toHaveLength(1);
    expect((await read(lines('0,0,0,0', '0.5,0,0,0', '1.1,0,0,0', '1.2,0,0,0'))).files).toMatchObject([
      { gaps: 1 },
    ]);
  });

  it('starts a new episode where the file numbers one, and there time may restart', async () => {
    const text = 'trial;t;pos;u\na;0;0;0\na;100;1;0\nb;0;5;1\nb;100;6;1\nb;200;7;1\n';
    const { episodes } = await read(text, {
      mapping: {
        time: 't',
        timeUnit: 'ms',
        observations: [columnOption('pos:m')],
        actions: [columnOption('u:N')],
        episode: 'trial',
      },
    });
    expect(episodes.map((episode) => channel(episode, 0, 1))).toEqual([
      [0, 1],
      [5, 6, 7],
    ]);
  });

  it.each([
    ['a comma', 'time,q,dq,tau\n0,0.5,0,1\n0.1,0.5,0,1\n'],
    ['a semicolon with decimal commas', 'time;q;dq;tau\r\n0;0,5;0;1\r\n0,1;0,5;0;1\r\n'],
    [
      'tabs, as UTF-16 out of a spreadsheet',
      Buffer.from('\ufefftime\tq\tdq\ttau\n0\t0.5\t0\t1\n0.1\t0.5\t0\t1', 'utf16le'),
    ],
    [
      'a bar, quotes, comments and empty lines',
      '\ufeff# bench 3\n\n"time"| q |"dq"|tau\n0|"0.5"|0|1\n# pause\n0.1|.5e0|0|1\n',
    ],
    ['more columns than are wanted', 'note,time,q,dq,x,tau\n"a, b",0,0.5,0,?,1\n"",0.1,+0.5,0,?,1\n'],
  ])('reads a file with %s', async (_what, text) => {
    const { episodes } = await read(text);
    expect(episodes).toHaveLength(1);
    expect(channel(episodes[0], 0)).toEqual([0.5, 0.5]);
    expect(episodes[0]?.columns.actions[0]).toBe(1);
  });

  it('turns degrees into rad and takes the shorter way around for angles', async () => {
    const { episodes } = await read('time,q,tau\n0,170,0\n0.2,-170,0\n', {
      mapping: {
        time: 'time',
        observations: [columnOption('q:deg:angle')],
        actions: [columnOption('tau:N m')],
      },
    });
    const q = channel(episodes[0], 0, 1).map((value) => (value * 180) / Math.PI);
    expect(q[0]).toBeCloseTo(170, 9);
    expect(Math.abs(q[1] ?? 0)).toBeCloseTo(180, 9);
    expect(q[2]).toBeCloseTo(-170, 9);
  });

  it('knows when an episode began where the clock counts from 1970', async () => {
    const { episodes } = await read(lines('1700000000.0,1,2,3', '1700000000.1,1,2,3', '1700000000.2,1,2,3'));
    expect(episodes[0]?.startedAt).toBe(1_700_000_000_000);
    expect(episodes[0]?.columns.rows).toBe(3);
    expect(episodes[0]?.columns.actions[1]).toBeCloseTo(3, 12);
  });
});

describe('a CSV log that is not as it should be', () => {
  it.each([
    ['is empty', '', 'log.csv: is empty.'],
    ['holds a header only', `${HEADER}\n`, 'log.csv: holds a header and no data.'],
    [
      'has no header',
      '0,1,2,3\n0.1,1,2,3\n',
      'log.csv, line 1: holds numbers where the names of the columns should be.',
    ],
    [
      'lacks a column',
      'time,q,tau\n0,1,2\n',
      'log.csv, line 1, column "dq": is not in the header, which has "time", "q", "tau".',
    ],
    ['has a column twice', 'time,q,dq,tau,q\n', 'log.csv, line 1, column "q": stands twice in the header.'],
    [
      'has text in a number',
      lines('0,1,2,3', '0.1,1,fast,3'),
      'log.csv, line 3, column "dq": holds the text "fast" instead of a number.',
    ],
    [
      'has an empty cell',
      lines('0,1,2,3', '', '0.1,1,,3'),
      'log.csv, line 4, column "dq": holds an empty cell instead of a number.',
    ],
    ['has NaN', lines('0,NaN,2,3'), 'log.csv, line 2, column "q": holds NaN instead of a number.'],
    ['has infinity', lines('0,1,-inf,3'), 'log.csv, line 2, column "dq": holds -inf instead of a number.'],
    [
      'has a number that is too large',
      lines('0,1,2,1e999'),
      'log.csv, line 2, column "tau": holds a number too large to hold.',
    ],
    [
      'repeats a time',
      lines('0,1,2,3', '0.10,1,2,3', '0.1,1,2,3'),
      'log.csv, line 4, column "time": repeats the time "0.1".',
    ],
    [
      'goes back in time',
      lines('0,1,2,3', '5,1,2,3', '4,1,2,3'),
      'log.csv, line 4, column "time": goes back in time, to "4".',
    ],
    [
      'has a short line',
      lines('0,1,2,3', '0.1,1,2'),
      'log.csv, line 3: has 3 fields where the header has 4.',
    ],
    ['has a long line', lines('0,1,2,3,4'), 'log.csv, line 2: has 5 fields where the header has 4.'],
    [
      'opens a quotation mark',
      lines('0,1,2,3', '0.1,"1,2,3'),
      'log.csv, line 3: opens a quotation mark that is never closed.',
    ],
    [
      'has a stray quotation mark',
      lines('0,1,2,3', '0.1,1"2,2,3'),
      'log.csv, line 3: has a quotation mark in the middle of a field.',
    ],
    [
      'is one endless line',
      `${HEADER}\n0,1,2,${'3'.repeat(1_100_000)}`,
      'log.csv, line 2: is longer than 1000000 characters',
    ],
    [
      'is one endless line of aligned columns',
      `time q dq tau\n0 1 2 3\n0.1 1 2${' '.repeat(1_100_000)}3`,
      'log.csv, line 3: is longer than 1000000 characters',
    ],
    ['is not text', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]), 'log.csv: is not a text file.'],
    ['is too slow for the period', lines('0,1,2,3', '2,1,2,3', '4,1,2,3'), 'its usual step is 2 s'],
    ['has one sample', lines('0,1,2,3'), 'has no two samples'],
  ])('that %s is refused with the place', async (_what, text, sentence) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringContaining(sentence),
      next: expect.stringMatching(/./),
    });
  });

  it('that is not there is named', async () => {
    await expect(readCsvEpisodes({ ...optionsFor(''), files: ['/nowhere/log.csv'] })).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no file /nowhere/log.csv, where a CSV file was expected.',
    });
  });

  it.each([
    [{ rig: 'My Rig' }, '"My Rig" cannot be the name of a rig.'],
    [{ files: [] }, 'No file'],
    [{ periodSeconds: 0 }, 'A period of 0 s'],
    [{ gapSeconds: -1 }, 'A gap of -1 s'],
    [{ mapping: { ...mapping, observations: [] } }, 'No column is an observation.'],
    [{ mapping: { ...mapping, actions: [] } }, 'No column is an action.'],
    [
      { mapping: { ...mapping, actions: [columnOption('q=tau')] } },
      'Two columns would both be the channel "q".',
    ],
    [{ mapping: { ...mapping, actions: [columnOption('2nd')] } }, '"2nd" cannot be the name of a channel.'],
    [
      { mapping: { ...mapping, actions: [columnOption('u:rad:angle')] } },
      'The action "u" is marked as an angle.',
    ],
    [
      { mapping: { ...mapping, observations: [columnOption('x:m:angle')] } },
      'The angle "x" is in m, not in rad.',
    ],
  ])('is not even opened when what is asked cannot be done (%#)', async (change, sentence) => {
    await expect(readCsvEpisodes({ ...optionsFor(''), ...change })).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringContaining(sentence),
    });
  });
});

describe('a column on the command line', () => {
  it('is a header with, where wanted, a name, a unit and the word angle', () => {
    expect(columnOption('q')).toEqual({ column: 'q', unit: '1' });
    expect(columnOption('Joint 2 pos:m')).toEqual({ column: 'Joint 2 pos', unit: 'm' });
    expect(columnOption('torque = tau : N m')).toEqual({ column: 'tau', name: 'torque', unit: 'N m' });
    expect(columnOption('q:deg:angle')).toEqual({
      column: 'q',
      unit: 'rad',
      angle: true,
      scale: Math.PI / 180,
    });
    for (const text of ['', '=q', 'q:rad:turns', 'q:rad:angle:x']) {
      expect(() => columnOption(text)).toThrow('does not say which column it means');
    }
  });
});

describe('an import into a log', () => {
  it('of many files is in the words of a few, which the process that has the workspace open accepts', async () => {
    const { files, ...options } = optionsFor(lines('0,1,2,3', '0.1,1,2,3'));
    const [first = ''] = files;
    const many = Array.from({ length: 100 }, (_, i) =>
      join(dirname(first), `${i}${'-of-a-long-day'.repeat(10)}.csv`),
    );
    for (const file of many) copyFileSync(first, file);
    let said = '';
    let next = 0;
    const asked = (method: BesideMethod, ...args: unknown[]) => {
      const { document, body } = encodeRequest(method, args);
      return decodeRequest({ document: JSON.parse(JSON.stringify(document)), body }).args;
    };
    const beside = {
      stageEpisode: async (episode: NewEpisode) => asked('stageEpisode', episode) && ++next,
      stageRows: async (id: number, firstRow: number, columns: EpisodeColumns) => {
        asked('stageRows', id, firstRow, columns);
      },
      commitStaged: async (episodes: StagedEpisode[], what: string) => {
        said = String(asked('commitStaged', episodes, what)[1]);
        return episodes.map(({ id }) => id);
      },
      discardStaged: async () => true,
    };
    expect((await importCsvIntoLog(beside, { ...options, files: many })).episodes).toHaveLength(100);
    expect(said).toMatch(/^Imported 100 episodes from 0-of-a-.*, 4-of-a-[a-z-]*\.csv and 95 more$/);
    await importCsvIntoLog(beside, { ...options, files: [first, first] });
    expect(said).toBe('Imported 2 episodes from log.csv, log.csv');
  });

  it('adds nothing when the second of two files is bad', async () => {
    const good = optionsFor(lines('0,1,2,3', '0.1,1,2,3'));
    const bad = optionsFor(lines('0,1,2,3', '0.1,1,2,x'));
    const log = await openLog(temporaryFolder());
    const both = { ...good, files: [...good.files, ...bad.files] };
    await expect(importCsvIntoLog(log, both)).rejects.toThrow('line 3');
    expect(await log.episodes({ deleted: 'too' })).toEqual([]);
    await log.close();
  });

  // The log of a real arm may be used for tests but not shipped, so it is not everywhere.
  const data = fileURLToPath(new URL('../../../../shared/data/franka-joint/', import.meta.url));
  it.skipIf(lacksFile(data))(
    'takes two minutes of a real arm, two files as one dataset, with every sample accounted for',
    async () => {
      const files = ['joint2-slow.csv', 'joint2-middle.csv'].map((name) => join(data, name));
      const log = await openLog(temporaryFolder());
      const report = await importCsvIntoLog(log, {
        files,
        rig: 'franka',
        mapping: { ...mapping, observations: [columnOption('q:rad'), columnOption('dq:rad/s')] },
        periodSeconds: 0.01,
        tags: ['joint2'],
      });
      // Counted by hand: lines, last times (59.999 s and 60 s), largest steps (8 and 11 ms).
      const rest = { episodes: 1, gaps: 0, tooShort: 0, samplesLeftOut: 0 };
      const remarks = [expect.stringContaining("the file's last change was taken")];
      expect(report.files).toEqual([
        { ...rest, file: files[0], samples: 25390, rows: 6000, remarks },
        { ...rest, file: files[1], samples: 25402, rows: 6001, remarks },
      ]);
      const episodes = await log.episodes({ rig: 'franka', source: 'import', tags: ['joint2'] });
      expect(
        episodes.map(({ id, steps, return: sum, durationSeconds }) => ({ id, steps, sum, durationSeconds })),
      ).toEqual([
        { id: report.episodes[0], steps: 5999, sum: null, durationSeconds: expect.closeTo(59.99, 9) },
        { id: report.episodes[1], steps: 6000, sum: null, durationSeconds: expect.closeTo(60, 9) },
      ]);

      for (const [i, file] of files.entries()) {
        const samples = readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => line.split(',').map(Number));
        const columns = await log.columns(report.episodes[i] ?? 0);
        for (let row = 0; row < columns.rows; row += 97) {
          const expected = bruteForce(samples, row * 0.01, (row + 1) * 0.01);
          expect(columns.observations[2 * row]).toBeCloseTo(expected.q, 9);
          expect(columns.observations[2 * row + 1]).toBeCloseTo(expected.dq, 9);
          if (row < columns.rows - 1) expect(columns.actions[row]).toBeCloseTo(expected.tau, 6);
        }
      }
      expect(await log.undo()).toBe('Imported 2 episodes from joint2-slow.csv, joint2-middle.csv');
      expect(await log.episodes()).toEqual([]);
      await log.close();
    },
  );
});

/** Another way to the same numbers: search every time anew, and sum the held torque over 10 000 slivers. */
function bruteForce(samples: number[][], from: number, to: number) {
  const after = Math.max(
    1,
    samples.findIndex(([time = 0]) => time > from + 1e-9),
  );
  const [t1 = 0, q1 = 0, dq1 = 0] = samples[after - 1] ?? [];
  const [t2 = 1, q2 = 0, dq2 = 0] = samples[after] ?? samples[after - 1] ?? [];
  const fraction = t2 > t1 ? (from - t1) / (t2 - t1) : 0;
  const slivers = 10_000;
  let tau = 0;
  let held = after - 1;
  for (let i = 0; i < slivers; i++) {
    const now = from + ((i + 0.5) / slivers) * (to - from);
    while ((samples[held + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= now) held++;
    tau += (samples[held]?.[3] ?? Number.NaN) / slivers;
  }
  return { q: q1 + fraction * (q2 - q1), dq: dq1 + fraction * (dq2 - dq1), tau };
}
