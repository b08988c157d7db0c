import { parse } from 'csv-parse/sync';
import { type AskedFrom, adviceFor } from './advice';
import { isNoNumber, isNumberLike } from './cells';
import { badCsv, quoted } from './sentences';
import { spaced } from './text';
import { timeOf } from './times';
import type { CsvMapping } from './types';

/** Where in a file what stands. */
export interface CsvLayout {
  delimiter: string;
  /** By wanted name, the field it stands in. */
  fields: Map<string, number>;
  /** Fields of a line; undefined where no header says it. */
  width: number | undefined;
  /** Lines before the first sample. */
  linesBefore: number;
  remarks: string[];
}

export const SPACES = ' ';
export const DELIMITERS = [',', ';', '\t', '|', SPACES] as const;
/** A header may be commented out, as numpy does. */
export const COMMENT = /^\s*(#|%|\/\/)[#%/\s]*/;
/** Lines among which the one is sought that a sentence is about when none holds all names. */
const LINES_FOR_A_SENTENCE = 20;
/** Lines of units or descriptions under the names. */
export const MOST_UNIT_ROWS = 3;

/**
 * Finds the names of the columns, what separates them, and where the samples begin: the first line that holds every
 * name that is wanted, also behind a # and after a preamble, then past lines without a number where numbers are
 * wanted. Columns that are wanted by their numbers are taken so where no line holds those as names.
 * @throws ForesightError bad-data
 */
export function findLayout(
  lines: readonly string[],
  file: string,
  mapping: CsvMapping,
  askedFrom?: AskedFrom,
): CsvLayout {
  const wanted = wantedNames(mapping);
  const delimiters = mapping.delimiter === undefined ? DELIMITERS : [delimiterOf(mapping.delimiter)];
  if (lines.every((line) => line.trim() === '')) {
    throw badCsv(file, {}, 'is empty', 'Choose another file. Nothing was imported.');
  }
  const { headerLine } = mapping;
  const found =
    headerLine === 0
      ? undefined
      : headerLine === undefined
        ? findHeader(lines, wanted, delimiters)
        : headerAt(lines, headerLine - 1, wanted, delimiters);
  if (found?.missing.length === 0) return fromHeader(lines, file, mapping, found);
  if (headerLine === 0 || (headerLine === undefined && wanted.every((name) => /^[1-9]\d*$/.test(name)))) {
    return byNumber(lines, file, mapping, { delimiters, askedFrom });
  }
  throw refusedHeader(lines, file, found ?? headerAt(lines, 0, wanted, delimiters), { wanted, askedFrom });
}

interface Header {
  /** Its place among the lines. */
  line: number;
  delimiter: string;
  names: string[];
  missing: string[];
  commented: boolean;
}

export function wantedNames({ time, observations, actions, episode }: CsvMapping): string[] {
  const optional = [time, episode].filter((name) => name !== undefined);
  return [...optional, ...[...observations, ...actions].map(({ column }) => column)];
}

function delimiterOf(given: string): string {
  if (given === 'space') return SPACES;
  return given === 'tab' ? '\t' : given;
}

/** The first line with all names; without one, the line that has most of them. */
function findHeader(
  lines: readonly string[],
  wanted: readonly string[],
  delimiters: readonly string[],
): Header | undefined {
  let best: Header | undefined;
  for (const [line, text] of lines.entries()) {
    if (text.trim() === '') continue;
    // Splitting a line in every way takes time; beyond the first lines only one that can be it is looked at.
    if (line >= LINES_FOR_A_SENTENCE && !wanted.every((name) => text.includes(name))) continue;
    const header = headerAt(lines, line, wanted, delimiters);
    if (header.missing.length === 0) return header;
    const plain = !header.commented && (best === undefined || header.missing.length < best.missing.length);
    if (plain) best = header;
  }
  return best;
}

/** What a line holds under the separator that gives most of the wanted names and, among equals, most fields. */
function headerAt(
  lines: readonly string[],
  line: number,
  wanted: readonly string[],
  delimiters: readonly string[],
): Header {
  const text = lines[line] ?? '';
  const bare = text.replace(COMMENT, '');
  const headers = delimiters.map((delimiter): Header => {
    const names = fieldsOf(bare, delimiter);
    const missing = wanted.filter((name) => !names.includes(name));
    return { line, delimiter, names, missing, commented: bare !== text };
  });
  return headers.reduce((a, b) =>
    b.missing.length < a.missing.length ||
    (b.missing.length === a.missing.length && b.names.length > a.names.length)
      ? b
      : a,
  );
}

export function fieldsOf(line: string, delimiter: string): string[] {
  const text = delimiter === SPACES ? spaced(line) : line;
  try {
    const [record = []] = parse(text, { delimiter, trim: true, relax_column_count: true }) as string[][];
    return record;
  } catch {
    // A quotation mark in a preamble: no header, so how it splits matters little.
    return text.split(delimiter).map((field) => field.trim());
  }
}

function fromHeader(lines: readonly string[], file: string, mapping: CsvMapping, header: Header): CsvLayout {
  const { line, delimiter, names, commented } = header;
  const fields = new Map<string, number>();
  for (const name of wantedNames(mapping)) {
    if (names.indexOf(name) !== names.lastIndexOf(name)) {
      throw badCsv(file, { line: line + 1, column: name }, 'stands twice in the header');
    }
    fields.set(name, names.indexOf(name));
  }
  const remarks: string[] = [];
  const before = lines.slice(0, line).filter((text) => text.trim() !== '' && !COMMENT.test(text));
  if (before.length > 0) {
    remarks.push(`Passed over before the names of the columns: ${before.map(quoted).join(', ')}.`);
  }
  if (commented)
    remarks.push(`The names of the columns were taken from line ${line + 1}, which is commented out.`);
  const skipped = unitRows(lines, line + 1, { delimiter, fields }, mapping);
  if (skipped.rows.length > 0) {
    remarks.push(`Passed over under the names of the columns: ${skipped.rows.map(quoted).join(', ')}.`);
    remarks.push(...unitDoubts(skipped.rows, delimiter, fields, mapping));
  }
  return { delimiter, fields, width: names.length, linesBefore: skipped.end, remarks };
}

/** Lines from `start` on that hold no number where numbers are wanted, as many as asked for or as there are. */
function unitRows(
  lines: readonly string[],
  start: number,
  { delimiter, fields }: Pick<CsvLayout, 'delimiter' | 'fields'>,
  { skipRows, episode }: CsvMapping,
): { rows: string[]; end: number } {
  const rows: string[] = [];
  let end = start;
  for (let line = start; line < lines.length; line++) {
    const text = lines[line] ?? '';
    if (text.trim() === '' || text.startsWith('#')) continue;
    const cells = fieldsOf(text, delimiter);
    const numbers = [...fields].filter(([name]) => name !== episode).map(([, field]) => cells[field] ?? '');
    const asked =
      skipRows === undefined ? rows.length < MOST_UNIT_ROWS && isUnitRow(numbers) : rows.length < skipRows;
    if (!asked) break;
    rows.push(text);
    end = line + 1;
  }
  return { rows, end };
}

function isUnitRow(cells: readonly string[]): boolean {
  const words = cells.filter((cell) => cell !== '');
  return (
    words.length > 0 &&
    !words.some((cell) => isNumberLike(cell) || isNoNumber(cell) || timeOf(cell) !== undefined)
  );
}

/** Where a line of units says another unit than the import was told. */
function unitDoubts(
  rows: readonly string[],
  delimiter: string,
  fields: ReadonlyMap<string, number>,
  { observations, actions }: CsvMapping,
): string[] {
  const cells = rows.map((row) => fieldsOf(row, delimiter));
  const plain = (unit: string) => unit.toLowerCase().replace(/[\s[\]()·*.]/g, '');
  return [...observations, ...actions].flatMap(({ column, unit, scale }) => {
    const told = plain(scale === undefined ? unit : unit.replace('rad', 'deg'));
    const said = cells
      .map((row) => row[fields.get(column) ?? -1] ?? '')
      .filter((cell) => KNOWN_UNITS.has(plain(cell)));
    const other = said.find((cell) => plain(cell) !== told);
    return other === undefined
      ? []
      : [`The file says that "${column}" is in ${other}; it was imported as ${told}.`];
  });
}

const KNOWN_UNITS = new Set([
  'm',
  'mm',
  'cm',
  'km',
  'rad',
  'deg',
  '°',
  'rad/s',
  'deg/s',
  '°/s',
  'm/s',
  'mm/s',
  'rpm',
  'n',
  'nm',
  'mnm',
  'a',
  'ma',
  'v',
  'mv',
  'w',
]);

/** No header: a column is the number of its field, from 1; the samples begin with the first line of numbers. */
function byNumber(
  lines: readonly string[],
  file: string,
  mapping: CsvMapping,
  { delimiters, askedFrom }: { delimiters: readonly string[]; askedFrom: AskedFrom | undefined },
): CsvLayout {
  const advice = adviceFor(askedFrom);
  const fields = new Map(wantedNames(mapping).map((name) => [name, Number(name) - 1]));
  const bad = [...fields].find(([, field]) => !Number.isInteger(field) || field < 0);
  if (bad !== undefined) {
    const next = `${advice.numbers} Nothing was imported.`;
    throw badCsv(
      file,
      { column: bad[0] },
      'is no number of a column, and the file has no names of columns',
      next,
    );
  }
  const last = Math.max(...fields.values());
  for (const [line, text] of lines.entries()) {
    if (text.trim() === '' || text.startsWith('#')) continue;
    for (const delimiter of delimiters) {
      const cells = fieldsOf(text, delimiter);
      const wanted = [...fields]
        .filter(([name]) => name !== mapping.episode)
        .map(([, field]) => cells[field] ?? '');
      if (cells.length <= last || !wanted.every((cell) => isNumberLike(cell) || timeOf(cell) !== undefined))
        continue;
      const before = lines.slice(0, line).filter((row) => row.trim() !== '' && !row.startsWith('#'));
      const remarks = ['The columns were taken by their numbers.'];
      if (before.length > 0)
        remarks.push(`Passed over before the first sample: ${before.slice(0, 5).map(quoted).join(', ')}.`);
      return { delimiter, fields, width: cells.length, linesBefore: line, remarks };
    }
  }
  const next = `${advice.noNumbers} Nothing was imported.`;
  throw badCsv(
    file,
    {},
    `has no line with a number in each of the columns ${[...fields.keys()].join(', ')}`,
    next,
  );
}

function refusedHeader(
  lines: readonly string[],
  file: string,
  best: Header,
  { wanted, askedFrom }: { wanted: readonly string[]; askedFrom: AskedFrom | undefined },
): Error {
  const advice = adviceFor(askedFrom);
  const none = best.missing.length === wanted.length;
  const first = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('#'));
  const { line, names } = none && first >= 0 ? headerAt(lines, first, wanted, [best.delimiter]) : best;
  if (names.length > 0 && names.every(isNumberLike)) {
    const next = `${advice.noNames} Nothing was imported.`;
    return badCsv(file, { line: line + 1 }, 'holds numbers where the names of the columns should be', next);
  }
  const column = best.missing[0] ?? wanted[0] ?? '';
  const there = names.slice(0, 50).map(quoted).join(', ');
  const next = `${advice.otherColumn} Nothing was imported.`;
  return badCsv(file, { line: line + 1, column }, `is not in the header, which has ${there}`, next);
}
