import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { ForesightError } from '../../../shared/errors';
import { findLayout, SPACES } from './layout';
import { badCsv } from './sentences';
import { TableReader } from './table';
import { decodeText, joinSpaces, MAX_LINE_CHARACTERS, readHead } from './text';
import type { CsvMapping, CsvTable } from './types';

/** A file that takes longer to read is not read to its end. */
const MOST_MINUTES = 10;

/**
 * Reads the mapped columns of a file, as a stream and with limits of size and time. Lines that are empty or start with
 * # are passed over, and so is what stands before the samples; every line after that must hold as many fields as
 * the header and a number in every mapped column, with time going forward.
 * @throws ForesightError bad-data with file, line and column; nothing is guessed or repaired
 */
export async function readCsv(
  source: AsyncIterable<Uint8Array>,
  file: string,
  mapping: CsvMapping,
): Promise<CsvTable> {
  const head = await readHead(decodeText(source, file));
  const layout = findLayout(head.lines, file, mapping);
  const reader = new TableReader(file, mapping, layout);
  const parser = parse({
    delimiter: layout.delimiter,
    comment: '#',
    comment_no_infix: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: MAX_LINE_CHARACTERS,
    on_record: (record: string[], { lines }) => {
      reader.take(record, layout.linesBefore + lines);
      return null;
    },
  });
  parser.resume();
  const text = head.textAfter(layout.linesBefore);
  const lines = layout.delimiter === SPACES ? joinSpaces(text, file, layout.linesBefore) : text;
  const signal = AbortSignal.timeout(MOST_MINUTES * 60_000);
  try {
    await pipeline(Readable.from(lines), parser, { signal });
  } catch (thrown) {
    if (signal.aborted) throw tooSlow(file);
    throw thrown instanceof CsvError ? asSentence(thrown, file, reader.line) : thrown;
  }
  return reader.table();
}

function tooSlow(file: string): ForesightError {
  return badCsv(
    file,
    {},
    `was not read after ${MOST_MINUTES} minutes`,
    'Copy it to a disk of this computer, or import it in parts. Nothing was imported.',
  );
}

function asSentence(error: CsvError, file: string, lastLine: number): Error {
  const what =
    error.code === 'CSV_MAX_RECORD_SIZE'
      ? `is longer than ${MAX_LINE_CHARACTERS} characters, or a quotation mark was never closed`
      : error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'opens a quotation mark that is never closed'
        : 'has a quotation mark in the middle of a field';
  return badCsv(file, { line: lastLine + 1 }, what);
}
