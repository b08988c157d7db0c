import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { cellNumber, NumberColumn } from './cells';
import { badCsv, quoted } from './sentences';
import { decodeText, sniffDelimiter, splitHead } from './text';
import { type CsvMapping, type CsvTable, TIME_UNITS } from './types';

/** Samples of one file that are held at once: 8 bytes a mapped column each. */
const MAX_SAMPLES = 20_000_000;
const MAX_LINE_CHARACTERS = 1_000_000;

interface Wanted {
  column: string;
  /** Position in the header. */
  index: number;
  scale: number;
}

/**
 * Reads the mapped columns of a file. Lines that are empty or start with # are passed over; every other line must
 * hold as many fields as the header and a number in every mapped column, with time going forward.
 * @throws ForesightError bad-data with file, line and column; nothing is guessed or repaired
 */
export async function readCsv(
  source: AsyncIterable<Uint8Array>,
  file: string,
  mapping: CsvMapping,
): Promise<CsvTable> {
  const { header, all } = await splitHead(decodeText(source, file));
  const channels = [...mapping.observations, ...mapping.actions];
  const names = [mapping.time, ...channels.map((channel) => channel.column)];
  const delimiter = mapping.delimiter ?? sniffDelimiter(header, names);
  const reader = new TableReader(file, mapping, delimiter);
  const parser = parse({
    delimiter,
    comment: '#',
    comment_no_infix: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: MAX_LINE_CHARACTERS,
    on_record: (record: string[], { lines }) => {
      reader.take(record, lines);
      return null;
    },
  });
  parser.resume();
  try {
    await pipeline(Readable.from(all), parser);
  } catch (thrown) {
    throw thrown instanceof CsvError ? asSentence(thrown, file, reader.line) : thrown;
  }
  return reader.table();
}

class TableReader {
  /** Last line that was read whole. */
  line = 0;
  #fields = 0;
  #wanted: Wanted[] = [];
  #time: Wanted = { column: '', index: 0, scale: 1 };
  #episodeIndex: number | undefined;
  #episode: string | undefined;
  readonly #times = new NumberColumn();
  readonly #columns: NumberColumn[] = [];
  readonly #starts: number[] = [];

  constructor(
    private readonly file: string,
    private readonly mapping: CsvMapping,
    private readonly delimiter: string,
  ) {}

  take(record: readonly string[], line: number): void {
    this.line = line;
    if (this.#fields === 0) this.#readHeader(record, line);
    else this.#readSample(record, line);
  }

  table(): CsvTable {
    const { file } = this;
    const next = 'Choose another file. Nothing was imported.';
    if (this.#fields === 0) throw badCsv(file, {}, 'is empty', next);
    if (this.#times.length === 0) throw badCsv(file, {}, 'holds a header and no data', next);
    return {
      file,
      samples: this.#times.length,
      time: this.#times.toArray(),
      columns: this.#columns.map((column) => column.toArray()),
      starts: this.#starts,
    };
  }

  #readHeader(header: readonly string[], line: number): void {
    this.#fields = header.length;
    const find = (column: string): number => {
      const index = header.indexOf(column);
      if (index >= 0 && header.indexOf(column, index + 1) < 0) return index;
      if (index >= 0) throw badCsv(this.file, { line, column }, 'stands twice in the header');
      if (header.every((name) => typeof cellNumber(name, this.delimiter) === 'number')) {
        const next = 'Write the names of the columns into the first line. Nothing was imported.';
        throw badCsv(this.file, { line }, 'holds numbers where the names of the columns should be', next);
      }
      const there = header.map((name) => `"${name}"`).join(', ');
      const next = 'Name one of the columns that are there. Nothing was imported.';
      throw badCsv(this.file, { line, column }, `is not in the header, which has ${there}`, next);
    };
    const { mapping } = this;
    const unit = TIME_UNITS[mapping.timeUnit ?? 's'];
    this.#time = { column: mapping.time, index: find(mapping.time), scale: unit };
    for (const { column, scale = 1 } of [...mapping.observations, ...mapping.actions]) {
      this.#wanted.push({ column, index: find(column), scale });
      this.#columns.push(new NumberColumn());
    }
    if (mapping.episode !== undefined) this.#episodeIndex = find(mapping.episode);
  }

  #readSample(record: readonly string[], line: number): void {
    if (record.length !== this.#fields) {
      throw badCsv(this.file, { line }, `has ${record.length} fields where the header has ${this.#fields}`);
    }
    if (this.#times.length === MAX_SAMPLES) {
      const next = 'Import it in parts. Nothing was imported.';
      throw badCsv(
        this.file,
        { line },
        `is more than the ${MAX_SAMPLES} samples that one file may hold`,
        next,
      );
    }
    const fresh = this.#startsEpisode(record);
    const time = this.#number(record, this.#time, line);
    const before = this.#times.last();
    if (!fresh && before !== undefined && time <= before) this.#refuseTime(time, before, record, line);
    if (fresh) this.#starts.push(this.#times.length);
    this.#times.push(time);
    this.#wanted.forEach((wanted, i) => {
      this.#columns[i]?.push(this.#number(record, wanted, line));
    });
  }

  #startsEpisode(record: readonly string[]): boolean {
    const episode = this.#episodeIndex === undefined ? '' : (record[this.#episodeIndex] ?? '');
    if (episode === this.#episode) return false;
    this.#episode = episode;
    return true;
  }

  #number(record: readonly string[], { column, index, scale }: Wanted, line: number): number {
    const value = cellNumber(record[index] ?? '', this.delimiter);
    if (typeof value === 'number') return value * scale;
    throw badCsv(this.file, { line, column }, `holds ${value}`);
  }

  #refuseTime(time: number, before: number, record: readonly string[], line: number): never {
    const cell = quoted(record[this.#time.index] ?? '');
    const what = time === before ? `repeats the time ${cell}` : `goes back in time, to ${cell}`;
    const next =
      'Sort the lines and keep one a time; where a new episode starts, name the column that numbers the episodes. Nothing was imported.';
    throw badCsv(this.file, { line, column: this.#time.column }, what, next);
  }
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
