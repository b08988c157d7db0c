import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOption } from '../../../src/main/formats/csv';
import { NumberInBytes } from '../../../src/main/formats/csv/number';
import { readRecord } from '../../../src/main/formats/csv/record';
import type { CsvMapping } from '../../../src/main/formats/csv/types';
import { collected } from './collected';

const EVERYTHING = { comment: '#', comment_no_infix: true, relax_column_count: true } as const;

/** Fields as people and programs write them, with and without quotation marks. */
const plainField = fc.oneof(
  fc.string({ maxLength: 6, unit: fc.constantFrom('a', '1', '.', '-', 'e', 'é', '日') }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const quotedField = fc
  .string({ maxLength: 6, unit: fc.constantFrom('a', '1', ' ', ',', ';', '"', '\t', 'é', '\n', '#') })
  .map((text) => `"${text.replaceAll('"', '""')}"`);
const blanks = fc.constantFrom('', '', '', ' ', '  ');
const field = fc
  .tuple(blanks, fc.oneof(plainField, plainField, quotedField), blanks)
  .map((parts) => parts.join(''));
const files = fc.record({
  records: fc.array(fc.oneof(fc.array(field, { minLength: 1, maxLength: 5 }), fc.constant(['# a, remark'])), {
    maxLength: 8,
  }),
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  end: fc.constantFrom('\n', '\r\n', '\r'),
  last: fc.boolean(),
});

describe('the reading of comma-separated values', () => {
  it('finds the same fields in a text as csv-parse, on the same lines', () => {
    fc.assert(
      fc.property(files, ({ records, delimiter, end, last }) => {
        const text = records.map((record) => record.join(delimiter)).join(end) + (last ? end : '');
        const expected = parse(text, {
          ...EVERYTHING,
          ...{ delimiter, trim: true, skip_empty_lines: true, record_delimiter: end },
        }) as string[][];
        const found: string[][] = [];
        for (let at = 0; at < text.length; ) {
          const record = readRecord(text, at, delimiter, true);
          if (record === undefined) throw new Error('not whole');
          const taken = text.slice(at, record.next);
          // A line end within quotation marks ends no record, and counts as one all the same.
          const ends = taken.match(/\r\n|\n|\r/g)?.length ?? 0;
          expect(record.lines).toBe(/[\r\n]$/.test(taken) ? ends : ends + 1);
          if (record.fields.length > 0) found.push(record.fields);
          at = record.next;
        }
        expect(found).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('makes of every number the double that it says, and stops where it ends', () => {
    const written = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential()),
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => value.toFixed(9)),
      fc
        .tuple(fc.bigInt({ min: 0n, max: 10n ** 22n }), fc.integer({ min: -30, max: 30 }))
        .map(([m, e]) => `${m}e${e}`),
      fc.bigInt({ min: 0n, max: 10n ** 19n }).map((digits) => `0.${digits}`),
      fc.constantFrom(
        '-0',
        '+1',
        '.5',
        '5.',
        '1E3',
        '9007199254740993',
        '0.1',
        '1e-400',
        '123456789012345678',
      ),
    );
    const number = new NumberInBytes();
    fc.assert(
      fc.property(written, fc.constantFrom(',', ' ', '\n', 'x'), fc.boolean(), (text, after, comma) => {
        const bytes = Buffer.from(`,${comma ? text.replace('.', ',') : text}${comma ? ';' : after}`);
        expect(number.read(bytes, 1, comma ? 44 : 46)).toBe(true);
        expect(number.end).toBe(1 + text.length);
        expect(Object.is(number.value, Number(text))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['', '-', '.', 'e5', '1e', '1e+', 'nan', '1e999', '-.e1'])('takes %j for no number', (text) => {
    expect(new NumberInBytes().read(Buffer.from(`${text}\n`), 0, 46)).toBe(false);
  });
});

describe('the samples of a file', () => {
  const mapping: CsvMapping = {
    time: 'time',
    observations: [columnOption('q:rad'), columnOption('dq:rad/s')],
    actions: [columnOption('tau:Nm')],
    episode: 'run',
  };

  it('are the same however its bytes come, and whatever stands between its numbers', async () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((number) => number + 0),
      fc.integer({ min: -99, max: 99 }),
    );
    const style = fc.record({
      end: fc.constantFrom('\n', '\r\n', '\r'),
      mark: fc.constantFrom('', '\ufeff'),
      quotes: fc.array(fc.nat(30), { maxLength: 4 }),
      remarks: fc.array(fc.nat(30), { maxLength: 3 }),
      delimiter: fc.constantFrom(',', ';', '\t', ' ', '  '),
      pad: fc.constantFrom('', ' '),
      cut: fc.integer({ min: 1, max: 40 }),
      utf16: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 25 }),
        style,
        async (rows, how) => {
          const expected = rows.map((row, i) => [i / 8, ...row]);
          const names = ['time', 'other', 'q', 'dq', 'run', 'tau'];
          const lines = expected.map(([time, q, dq, tau], i) => {
            // One of its bytes looks like a blank of another alphabet.
            const cells = [time, 'àé', q, dq, `run${i >> 3}`, tau].map(String);
            const quoted = how.quotes.includes(i) ? cells.map((cell) => `"${cell}"`) : cells;
            const padded = how.delimiter === '\t' ? quoted : quoted.map((cell) => how.pad + cell + how.pad);
            return (
              (how.remarks.includes(i) ? `# a "remark"${how.end}${how.end}` : '') + padded.join(how.delimiter)
            );
          });
          const text = how.mark + [names.join(how.delimiter), ...lines].join(how.end);
          const bytes = how.utf16
            ? Buffer.from(`\ufeff${text.replace('\ufeff', '')}`, 'utf16le')
            : Buffer.from(text);
          const source = (async function* () {
            for (let at = 0; at < bytes.length; at += how.cut) yield bytes.subarray(at, at + how.cut);
          })();
          const { samples, starts } = await collected(source, 'log.csv', mapping);
          expect(samples).toEqual(expected);
          expect(starts).toEqual([...rows.keys()].filter((i) => i % 8 === 0));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('hold the number of the episode as well, where it is a channel', async () => {
    const text = 'time,run,q,tau\n0,3,1,0\n1,3,2,0\n2,3,3,0\n0,4,5,0\n1,4,6,0\n';
    const source = (async function* () {
      yield Buffer.from(text);
    })();
    const { samples, starts } = await collected(source, 'log.csv', {
      ...mapping,
      observations: [columnOption('q:rad'), columnOption('run:1')],
    });
    expect(samples.map(([, q, run]) => [q, run])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
      [5, 4],
      [6, 4],
    ]);
    expect(starts).toEqual([0, 3]);
  });

  it('come from a file of any size with no more of it in memory than what is read at once', async () => {
    let sent = 0;
    const lines = 40_000;
    const source = (async function* () {
      yield Buffer.from('time,q,dq,tau\n');
      for (let i = 0; i < lines; i += 1000) {
        sent = i + 1000;
        yield Buffer.from(Array.from({ length: 1000 }, (_, k) => `${i + k},1,2,3\n`).join(''));
      }
    })();
    let furthest = 0;
    let taken = 0;
    const { episode: _, ...plain } = mapping;
    const { readCsv } = await import('../../../src/main/formats/csv/read');
    const reading = readCsv(
      source,
      'log.csv',
      { mapping: plain },
      {
        sample: () => {
          taken += 1;
        },
      },
    );
    for (;;) {
      const { done } = await reading.next();
      furthest = Math.max(furthest, sent - taken);
      if (done) break;
    }
    expect(taken).toBe(lines);
    // The head of 64 kB, from which it is found out what the file is, and one part.
    expect(furthest).toBeLessThan(10_000);
  });
});
