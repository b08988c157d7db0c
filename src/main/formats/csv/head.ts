import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { ImportHead } from '../../../shared/import';
import { isNoNumber, isNumberLike } from './cells';
import { COMMENT, DELIMITERS, fieldsOf, MOST_UNIT_ROWS, SPACES } from './layout';
import { badCsv } from './sentences';
import { readHead } from './text';
import { timeOf } from './times';

/** Lines of samples that are shown and judged by. */
const ROWS_SHOWN = 8;
/** A preamble is no longer. */
const MOST_LINES = 100;
const MOST_COLUMNS = 1000;

/**
 * What the beginning of a file says of its columns, for whoever has to choose what they mean.
 * @throws ForesightError bad-data: it is empty, no text, or has no line of numbers
 */
export async function readCsvHead(path: string): Promise<ImportHead> {
  const stream = createReadStream(path);
  try {
    const { lines } = await readHead(stream, basename(path));
    return headOf(lines, basename(path));
  } finally {
    stream.destroy();
  }
}

/** @throws ForesightError bad-data */
export function headOf(lines: readonly string[], file: string): ImportHead {
  const found = firstSample(lines);
  if (!found) {
    const next = 'Choose a text file with a number in every column, one line a sample.';
    throw badCsv(file, {}, 'has no line of numbers near its beginning', next);
  }
  const { delimiter, line, width } = found;
  const { headerLine, names, units } = headingOf(lines, line, delimiter, width);
  const rows = lines
    .slice(line)
    .filter(isText)
    .map((text) => fieldsOf(text, delimiter))
    .slice(0, ROWS_SHOWN);
  return {
    delimiter: delimiter === SPACES ? 'space' : delimiter === '\t' ? 'tab' : delimiter,
    headerLine,
    columns: Array.from({ length: width }, (_, i) => {
      const cells = rows.map((row) => row[i] ?? '');
      const { label, unit } = unitIn(names[i] ?? '');
      const kind = kindOf(cells);
      return {
        column: headerLine === 0 ? String(i + 1) : (names[i] ?? ''),
        ...{ label, unit: unit || bare(units[i] ?? ''), kind },
        step: usualStep(cells),
      };
    }),
    rows: rows.map((row) => Array.from({ length: width }, (_, i) => (row[i] ?? '').slice(0, 100))),
  };
}

const isText = (line: string) => line.trim() !== '' && !COMMENT.test(line);
const isValue = (cell: string) => isNumberLike(cell) || isNoNumber(cell) || timeOf(cell) !== undefined;

/** The first line that is mostly values, under the separator that gives most of them. */
function firstSample(lines: readonly string[]) {
  for (const [line, text] of lines.slice(0, MOST_LINES).entries()) {
    if (!isText(text)) continue;
    const next = lines.slice(line + 1).find(isText);
    const ways = DELIMITERS.map((delimiter) => {
      const cells = fieldsOf(text, delimiter);
      return { delimiter, line, width: cells.length, values: cells.filter(isValue).length };
    })
      .filter(({ width, values }) => width > 1 && width <= MOST_COLUMNS && 2 * values >= width)
      // A sentence with numbers in it is no sample: the next line has other fields.
      .filter(({ delimiter, width }) => next === undefined || fieldsOf(next, delimiter).length === width);
    const best = ways.reduce<(typeof ways)[number] | undefined>(
      (a, b) => (a === undefined || b.values > a.values ? b : a),
      undefined,
    );
    if (best) return best;
  }
  return undefined;
}

/** The names above the samples, and the units between, where there are any. */
function headingOf(lines: readonly string[], before: number, delimiter: string, width: number) {
  const headings: { line: number; cells: string[]; commented: boolean }[] = [];
  for (let line = before - 1; line >= 0 && headings.length <= MOST_UNIT_ROWS; line--) {
    const text = lines[line] ?? '';
    if (text.trim() === '') continue;
    const commented = COMMENT.test(text);
    // Names may stand in a comment, but a comment above names is only one.
    if (commented && headings[0]?.commented === false) break;
    const cells = fieldsOf(text.replace(COMMENT, ''), delimiter);
    if (cells.length !== width) break;
    headings.unshift({ line, cells, commented });
  }
  const [names, units] = headings;
  return { headerLine: names ? names.line + 1 : 0, names: names?.cells ?? [], units: units?.cells ?? [] };
}

/** "Joint 2 [rad/s]" → Joint 2 in rad/s */
function unitIn(heading: string): { label: string; unit: string } {
  const found = /^(.*\S)\s*(?:\[([^\]]*)\]|\(([^)]*)\))\s*$/.exec(heading);
  if (!found) return { label: heading, unit: '' };
  return { label: found[1] ?? '', unit: (found[2] ?? found[3] ?? '').trim() };
}

const bare = (unit: string) => unit.replace(/^[[(]|[\])]$/g, '').trim();

function kindOf(cells: readonly string[]): 'number' | 'time' | 'text' {
  if (cells.every((cell) => isNumberLike(cell) || isNoNumber(cell))) return 'number';
  return cells.every((cell) => timeOf(cell) !== undefined) ? 'time' : 'text';
}

/** The usual step of what goes up from cell to cell; null where it does not. */
function usualStep(cells: readonly string[]): number | null {
  const numbers = cells.map((cell) => timeOf(cell)?.seconds ?? Number(cell.replace(',', '.')));
  const steps = numbers.slice(1).map((n, i) => n - (numbers[i] ?? Number.NaN));
  if (steps.length === 0 || !steps.every((step) => step > 0)) return null;
  return steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? null;
}
