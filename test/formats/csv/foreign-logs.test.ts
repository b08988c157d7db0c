import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type CsvImportOptions,
  type CsvMapping,
  columnOption,
  importCsvIntoLog,
  readCsvEpisodes,
} from '../../../src/main/formats/csv';
import { openLog } from '../../../src/main/log';
import { ForesightError } from '../../../src/shared/errors';
import { lacksFile } from '../../needs';
import { collected } from './collected';

const folder = mkdtempSync(join(tmpdir(), 'foresight-csv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mapping: CsvMapping = {
  time: 'time',
  observations: [columnOption('q:rad'), columnOption('dq:rad/s')],
  actions: [columnOption('tau:Nm')],
};

/** The mapped numbers of a text, as they are before they are resampled. */
async function table(text: string, change: Partial<CsvMapping> = {}) {
  const source = (async function* () {
    yield Buffer.from(text);
  })();
  return collected(source, 'log.csv', { ...mapping, ...change });
}

/** [time, q, dq, tau] of every sample. */
const samples = async (text: string, change: Partial<CsvMapping> = {}) => (await table(text, change)).samples;

const remarks = async (text: string, change: Partial<CsvMapping> = {}) => (await table(text, change)).remarks;

let file = 0;
function episodesOf(text: string, change: Partial<CsvImportOptions> = {}) {
  const path = join(folder, `${file++}.csv`);
  writeFileSync(path, text);
  return readCsvEpisodes({ files: [path], rig: 'bench', mapping, periodSeconds: 0.01, ...change });
}

const PLAIN = [
  [0, 0.5, -1, 2],
  [0.01, 0.25, 1e-3, -3],
];
const ROWS = '0,0.5,-1,2\n0.01,0.25,0.001,-3\n';

describe('an import takes what people have', () => {
  it.each([
    ['a preamble', `Device: bench 3\nDate: 2024-05-01\n\ntime,q,dq,tau\n${ROWS}`, 'Device: bench 3'],
    ['a line of units', `time,q,dq,tau\ns,rad,rad/s,Nm\n${ROWS}`, 's,rad,rad/s,Nm'],
    [
      'units and a description',
      `time,q,dq,tau\n[s],[rad],[rad/s],[Nm]\nclock,hinge,,motor\n${ROWS}`,
      'clock,hinge',
    ],
    ['names behind a #', `# time,q,dq,tau\n${ROWS}`, 'line 1, which is commented out'],
    ['a comma at the end of every line', 'time,q,dq,tau\n0,0.5,-1,2,\n0.01,0.25,0.001,-3,\n', ''],
  ])('with %s', async (_what, text, remark) => {
    expect(await samples(text)).toEqual(PLAIN);
    expect((await remarks(text)).join(' ')).toContain(remark);
  });

  it('with columns that are aligned with spaces', async () => {
    const text = '  time      q     dq   tau\n  0.00   0.50  -1     2\n  0.01   0.25   0.001  -3\n';
    for (const end of ['\n', '\r\n', '\r']) {
      expect(await samples(text.replaceAll('\n', end))).toEqual(PLAIN);
    }
  });

  it('without a header, where columns are named by their numbers', async () => {
    const numbered: CsvMapping = {
      time: '1',
      observations: [columnOption('q=2:rad'), columnOption('dq=3:rad/s')],
      actions: [columnOption('tau=4:Nm')],
    };
    expect(await samples(ROWS, numbered)).toEqual(PLAIN);
    expect(await samples(`made by hand\n${ROWS.replaceAll(',', ' ')}`, numbered)).toEqual(PLAIN);
    expect(await remarks(`made by hand\n${ROWS}`, numbered)).toEqual([
      'The columns were taken by their numbers.',
      'Passed over before the first sample: "made by hand".',
    ]);
    // Names win: a header of numbers is a header.
    expect(await samples('1,4,3,2\n0,2,-1,0.5\n', numbered)).toEqual([[0, 0.5, -1, 2]]);
    await expect(samples('a,b,c,d\n1,2,3,4\n', { headerLine: 0 })).rejects.toThrow(
      'is no number of a column',
    );
  });

  it('without a clock, at a rate that is given', async () => {
    const text = 'q,dq,tau\n1,2,3\n4,5,6\n7,8,9\n';
    const clockless = { time: undefined, sampleRate: 50 } as unknown as Partial<CsvMapping>;
    expect((await samples(text, clockless)).map(([t]) => t)).toEqual([0, 0.02, 0.04]);
    expect(await remarks(text, clockless)).toEqual([
      'The file has no clock: its samples were taken to be 0.02 s apart.',
    ]);
    await expect(
      episodesOf(text, {
        mapping: { ...mapping, ...clockless, sampleRate: undefined } as unknown as CsvMapping,
      }),
    ).rejects.toThrow('Nothing says when the samples were taken.');
  });

  it('with dates and with times of day, and says what of it is not known', async () => {
    const at = (zone: string) =>
      `time,q,dq,tau\n2024-05-01T12:00:00.25${zone},0,0,0\n2024-05-01T12:00:00.26${zone},0,0,0\n`;
    const epoch = Date.UTC(2024, 4, 1, 12) / 1000;
    expect((await samples(at('Z'))).map(([t = 0]) => t - epoch)).toEqual([0.25, expect.closeTo(0.26, 6)]);
    expect((await samples(at('+02:00')))[0]?.[0]).toBe(epoch + 0.25 - 7200);
    expect(await remarks(at('Z'))).toEqual([]);
    expect(await remarks(at(''))).toEqual(['The times have no zone: they were taken for UTC.']);
    const day = 'time;q;dq;tau\n12:00:00,5;0;0;0\n12:00:01,5;0;0;0\n';
    expect((await samples(day)).map(([t]) => t)).toEqual([43200.5, 43201.5]);
    expect(await remarks(day)).toEqual(['The times are times of day: the date is not known.']);
    await expect(samples('time,q,dq,tau\n12:00:00,0,0,0\n7,0,0,0\n')).rejects.toThrow(
      'instead of a time as in the lines before',
    );
    await expect(samples('time,q,dq,tau\n2024-02-31T00:00:00Z,0,0,0\n')).rejects.toThrow('line 2');
  });

  it('with a counter that ran over, when its bits are told, and says how to tell them', async () => {
    const text = `time,q,dq,tau\n${2 ** 32 - 10_000},0,0,0\n0,0,0,0\n10000,0,0,0\n`;
    await expect(table(text, { timeUnit: 'us' })).rejects.toMatchObject({
      message: expect.stringContaining('line 3, column "time": goes back in time'),
      next: expect.stringContaining('--time-bits 32'),
    });
    const times = (await samples(text, { timeUnit: 'us', timeBits: 32 })).map(([t = 0]) => t);
    expect(times[2]! - times[0]!).toBeCloseTo(0.02, 9);
  });

  it('as it is told, where it would find something else', async () => {
    const text = `time,q,dq,tau\n9,9,9,9\ntime,q,dq,tau\nfirst,0,0,0\n${ROWS}`;
    expect(await samples(text, { headerLine: 3, skipRows: 1 })).toEqual(PLAIN);
    await expect(samples(text)).rejects.toThrow('line 3, column "time"');
    expect(
      await samples(ROWS.replaceAll(',', '\t').replace('', 'time\tq\tdq\ttau\n'), { delimiter: 'tab' }),
    ).toEqual(PLAIN);
  });
});

describe('an import says what it made up or could not know', () => {
  const lines = (rows: (string | number)[][]) =>
    ['time,q,dq,tau', ...rows.map((row) => row.join(',')), ''].join('\n');

  it('of rows that lie between samples', async () => {
    const slow = lines(Array.from({ length: 40 }, (_, i) => [(i / 30).toFixed(5), 0, 0, 0]));
    const { files, episodes } = await episodesOf(slow);
    const said = expect.stringMatching(
      /^The period of 0\.01 s is finer than the log, which has a sample every 0\.0333 s: 131 rows were made of 40 samples.* --rate 30 /,
    );
    expect(files[0]?.remarks).toContainEqual(said);
    expect(episodes[0]?.notes).toContainEqual(said);
    const kept = await episodesOf(slow, { periodSeconds: 1 / 30 });
    expect(kept.files[0]?.remarks.join()).not.toContain('finer');
  });

  it('of an angle that jumps by a whole turn and is not marked', async () => {
    const turning = lines(
      Array.from({ length: 40 }, (_, i) => [i / 100, ((i * 20 + 180) % 360) - 180, 0, 0]),
    );
    const options = (column: string): Partial<CsvImportOptions> => ({
      mapping: { ...mapping, observations: [columnOption(column), columnOption('dq:rad/s')] },
    });
    const { files } = await episodesOf(turning, options('q:deg'));
    expect(files[0]?.remarks[0]).toMatch(
      /^"q" jumps by a whole turn 2 times, first at 0\.09 s: .* imported as q:deg:angle\.$/,
    );
    const marked = await episodesOf(turning, options('q:deg:angle'));
    expect(marked.files[0]?.remarks.join()).not.toContain('jumps');
  });

  it('of a unit in the file that is not the one it was told', async () => {
    const text = `time,q,dq,tau\ns,deg,rad/s,N m\n${ROWS}`;
    expect(await remarks(text)).toContain('The file says that "q" is in deg; it was imported as rad.');
    expect((await remarks(text)).join()).not.toContain('"tau" is in');
  });

  it('with the episodes, where they are shown', async () => {
    const log = await openLog(join(folder, 'workspace'));
    const path = join(folder, 'slow.csv');
    writeFileSync(path, lines(Array.from({ length: 40 }, (_, i) => [i / 10, 0, 0, 0])));
    const { episodes } = await importCsvIntoLog(log, {
      files: [path],
      rig: 'bench',
      mapping,
      periodSeconds: 0.05,
    });
    const notes = (await log.events(episodes[0] ?? 0)).map((event) => event.message);
    expect(notes.join()).toContain('finer than the log');
    expect(notes.join()).toContain('When it was recorded does not stand in the file');
    await log.close();
  });
});

describe('numbers with a dot or a comma', () => {
  it('in one file are refused, because one of them groups thousands, and read when it is said which', async () => {
    const text = 'time;q;dq;tau\n0,000;1.000;0,5;0\n0,010;1.001;0,5;0\n';
    await expect(table(text)).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringMatching(
        /^log\.csv, line 2, column "q": holds "1\.000" and line 2, column "time", "0,000": dots and commas/,
      ),
      next: expect.stringContaining('--decimal comma'),
    });
    expect((await samples(text, { decimal: 'comma' }))[1]).toEqual([0.01, 1001, 0.5, 0]);
    await expect(samples(text, { decimal: 'dot' })).rejects.toThrow('column "time"');
  });

  it('come back as they were written, in either style, with any separator that they allow', async () => {
    const number = fc.oneof(
      // Text has no −0.
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => value + 0),
      fc.integer({ min: -1000, max: 1000 }),
    );
    const rows = fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 12 });
    const style = fc.constantFrom(
      ['.', ','],
      ['.', ';'],
      ['.', '\t'],
      ['.', '|'],
      [',', ';'],
      [',', '\t'],
      [',', '|'],
      [',', '   '],
      ['.', '   '],
    );
    await fc.assert(
      fc.asyncProperty(
        rows,
        style,
        fc.constantFrom('\n', '\r\n'),
        async (values, [sign = '', delimiter = ''], end) => {
          const cell = (value: number) => String(value).replace('.', sign);
          const text = [['time', 'q', 'dq', 'tau'], ...values.map((row, i) => [i, ...row].map(cell))]
            .map((row) => row.join(delimiter))
            .join(end);
          expect(await samples(text)).toEqual(values.map((row, i) => [i, ...row]));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('whatever stands in a file', () => {
  it('is read or refused with the one typed error', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'time,q,dq,tau',
        '\n',
        ',',
        ';',
        '"',
        '#',
        '0,1,2,3\n',
        '1.5',
        '1,5',
        'nan',
        '\t',
        ' ',
        '\r',
        '|',
        '\ufeff',
        '2024-05-01T00:00:00Z',
      ),
      fc.string({ maxLength: 20, unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        try {
          const read = await table(pieces.join(''));
          expect(read.samples.every((sample) => sample.length === 4 && sample.every(Number.isFinite))).toBe(
            true,
          );
        } catch (thrown) {
          if (!(thrown instanceof ForesightError)) throw thrown;
          expect(thrown.code).toBe('bad-data');
          expect(thrown.next).not.toBe('');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never becomes more rows than fit, however fine the period', async () => {
    await expect(
      episodesOf('time,q,dq,tau\n0,0,0,0\n1000000,0,0,0\n', { periodSeconds: 1e-5, gapSeconds: 1e6 }),
    ).rejects.toThrow('would become 100000000000 rows');
  });

  it.skipIf(process.platform === 'win32')('is not waited for where it is no file', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero', folder]) {
      await expect(
        readCsvEpisodes({ files: [path], rig: 'bench', mapping, periodSeconds: 0.01 }),
      ).rejects.toMatchObject({
        code: 'bad-file',
        message: expect.stringContaining('where a CSV file was expected'),
      });
    }
  });
});

// Inputs that once came out wrong; they are kept beside the repository.
const cases = fileURLToPath(new URL('../../../../shared/cases/csv/', import.meta.url));
describe.skipIf(lacksFile(cases))('logs that once came out wrong', () => {
  const read = (name: string, change: Partial<CsvMapping> = {}) =>
    readCsvEpisodes({
      files: [join(cases, name)],
      rig: 'bench',
      mapping: { ...mapping, ...change },
      periodSeconds: 0.01,
    });

  it('come out right', async () => {
    const plain = (await read('plain.csv')).episodes[0]?.columns;
    for (const name of ['units_row.csv', 'preamble.csv', 'hashheader.csv', 'spaces_align.csv']) {
      const columns = (await read(name)).episodes[0]?.columns;
      expect(columns?.observations, name).toEqual(plain?.observations);
      expect(columns?.actions, name).toEqual(plain?.actions);
    }
    await expect(read('grouping.csv')).rejects.toThrow('dots and commas in numbers');
    const { files } = await read('hz30.csv');
    expect(files[0]?.remarks[0]).toContain('1330 rows were made of 400 samples');
    const degrees = { observations: [columnOption('q:deg'), columnOption('dq:rad/s')] };
    expect((await read('deg_cross.csv', degrees)).files[0]?.remarks[0]).toContain('q:deg:angle');
    await expect(read('overflow_us.csv', { timeUnit: 'us' })).rejects.toMatchObject({
      next: expect.stringContaining('--time-bits 32'),
    });
    const counted = await read('overflow_us.csv', { timeUnit: 'us', timeBits: 32 });
    expect(counted.episodes[0]?.columns.observations.length).toBe(plain?.observations.length);
  });
});
