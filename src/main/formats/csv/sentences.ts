import { ForesightError } from '../../../shared/errors';

const NEXT = 'Correct the file, or leave that column out. Nothing was imported.';

/** A file that does not say what it must, with the place: "log.csv, line 17, column "q": …". */
export function badCsv(
  file: string,
  place: { line?: number; column?: string },
  what: string,
  next = NEXT,
): ForesightError {
  const line = place.line === undefined ? '' : `, line ${place.line}`;
  const column = place.column === undefined ? '' : `, column "${place.column}"`;
  return new ForesightError('bad-data', `${file}${line}${column}: ${what}.`, next);
}

export function wrongImport(what: string, next: string): ForesightError {
  return new ForesightError('wrong-use', what, next);
}

/** What stands in a cell, short enough for a sentence. */
export function quoted(cell: string): string {
  return cell.length > 30 ? `"${cell.slice(0, 30)}…"` : `"${cell}"`;
}
