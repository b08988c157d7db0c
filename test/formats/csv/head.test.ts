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
      { column: 'Stamp [ms]', label: 'Stamp', unit: 'ms', kind: 'number', rising: true },
      { column: 'q (deg)', label: 'q', unit: 'deg', kind: 'number', rising: false },
      { column: 'mode', label: 'mode', unit: '', kind: 'text', rising: false },
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

  test('is refused where no line holds numbers', () => {
    expect(() => head('Dear colleague,', 'here is the file.')).toThrow('log.csv: has no line of numbers');
  });
});
