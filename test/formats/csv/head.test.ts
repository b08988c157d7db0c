import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headOf } from '../../../src/main/formats/csv/head';

const head = (...lines: string[]) => headOf(lines, 'log.csv');

describe('the head of a file', () => {
  test('has names with their units, and says what a column holds', () => {
    const { delimiter, headerLine, columns, rows } = head(
      'Logger 3, room 12',
      'Stamp [ms];q (deg);mode',
      '0;1,5;on',
      '20;1,4;on',
    );
    expect({ delimiter, headerLine }).toEqual({ delimiter: ';', headerLine: 2 });
    expect(columns).toEqual([
      { column: 'Stamp [ms]', label: 'Stamp', unit: 'ms', kind: 'number', step: 20 },
      { column: 'q (deg)', label: 'q', unit: 'deg', kind: 'number', step: null },
      { column: 'mode', label: 'mode', unit: '', kind: 'text', step: null },
    ]);
    expect(rows).toEqual([
      ['0', '1,5', 'on'],
      ['20', '1,4', 'on'],
    ]);
  });

  test('takes units from the line under the names, and names from behind a #', () => {
    const { headerLine, columns } = head('# t\tq', '# [s]\t[rad]', '0\t1', '1\t2');
    expect(headerLine).toBe(1);
    expect(columns.map(({ column, unit }) => [column, unit])).toEqual([
      ['t', 's'],
      ['q', 'rad'],
    ]);
  });

  test('calls columns by their numbers where there are no names', () => {
    const { headerLine, columns } = head('0,1,2', '1,1,2');
    expect(headerLine).toBe(0);
    expect(columns.map(({ column }) => column)).toEqual(['1', '2', '3']);
  });

  test('tells the usual step of a clock, also of one that is written as a time, and none of what does not go up', () => {
    const { columns } = head(
      't,at,q',
      '0.0,12:00:00.5,1',
      '0.1,12:00:01.0,2',
      '0.2,12:00:01.5,3',
      '0.9,12:00:02,2',
    );
    expect(columns.map(({ kind, step }) => [kind, step && Number(step.toFixed(6))])).toEqual([
      ['number', 0.1],
      ['time', 0.5],
      ['number', null],
    ]);
  });

  test('is found whatever separates the columns, however many there are and whatever stands before them', () => {
    const cell = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    const table = fc.integer({ min: 2, max: 9 }).chain((width) =>
      fc.record({
        names: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z_]{0,8}$/), {
          minLength: width,
          maxLength: width,
        }),
        rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
          minLength: 1,
          maxLength: 12,
        }),
        delimiter: fc.constantFrom(',', ';', '\t', '|', ' '),
        before: fc.constantFrom([], ['# made by a logger'], ['Logger', '']),
      }),
    );
    fc.assert(
      fc.property(table, ({ names, rows, delimiter, before }) => {
        const found = head(...before, ...[names, ...rows].map((cells) => cells.join(delimiter)));
        expect(found.columns.map(({ column }) => column)).toEqual(names);
        expect(found.headerLine).toBe(before.length + 1);
        expect(found.rows).toEqual(rows.slice(0, 8));
      }),
    );
  });

  test('is refused where no line holds numbers', () => {
    expect(() => head('Dear colleague,', 'here is the file.')).toThrow('log.csv: has no line of numbers');
  });
});
