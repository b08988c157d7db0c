import { type CsvLayout, SPACES } from './layout';
import { NumberInBytes } from './number';
import { type FieldRecord, RecordError, readRecord } from './record';
import { badCsv } from './sentences';
import type { TableReader } from './table';
import { MAX_LINE_CHARACTERS, spaced } from './text';

const [TAB, LINE_FEED, RETURN, SPACE, QUOTE, HASH] = [9, 10, 13, 32, 34, 35];

/** What is done with a field of a line of numbers; 0 for one that nobody asked for. */
const [NUMBER, WRITTEN_TIME, EPISODE, EPISODE_NUMBER] = [1, 2, 3, 4];

/**
 * Takes the bytes of a file behind its head, line by line. A line of plain numbers, as nearly all of a long log are, becomes numbers
 * without ever being a text; any other (quotation marks, comments, words, a new episode) is read as text, with the same result.
 */
export class LineScanner {
  /** Lines of the file that were read. */
  line: number;
  readonly #number = new NumberInBytes();
  /** [fields] */
  readonly #numbers: Float64Array;
  /** [fields] what is done with each */
  readonly #kinds: Uint8Array;
  readonly #width: number;
  readonly #delimiter: string;
  /** 0 where the separator is no single character of ASCII: then every line is read as text. */
  readonly #delimiterByte: number;
  /** What stood last in the column that numbers the episodes. */
  #episode = Buffer.alloc(0);
  #rest = Buffer.alloc(0);
  /** The bytes from `base` on as text, a character a byte, once a line of them had to be. */
  #text: { base: number; characters: string } | undefined;

  constructor(
    private readonly file: string,
    { delimiter, width, linesBefore }: CsvLayout,
    private readonly reader: TableReader,
  ) {
    this.line = linesBefore;
    this.#delimiter = Buffer.from(delimiter, 'utf8').toString('latin1');
    const isSimple =
      this.#delimiter.length === 1 && this.#delimiter.charCodeAt(0) < 128 && width !== undefined;
    this.#delimiterByte = isSimple ? this.#delimiter.charCodeAt(0) : 0;
    this.#width = width ?? 0;
    this.#numbers = new Float64Array(this.#width);
    this.#kinds = new Uint8Array(this.#width);
    for (const field of reader.numberFields) this.#kinds[field] = NUMBER;
    const { episodeField } = reader;
    // The column that numbers the episodes may be a channel as well.
    if (episodeField !== undefined)
      this.#kinds[episodeField] = this.#kinds[episodeField] === NUMBER ? EPISODE_NUMBER : EPISODE;
  }

  /** Reads the lines that end in these bytes, and what is left when `final`. @throws ForesightError bad-data */
  push(bytes: Uint8Array, final: boolean): void {
    const end = this.#rest.length + bytes.length;
    // The byte behind the last one belongs to no line.
    const buffer = Buffer.allocUnsafe(end + 1);
    buffer.set(this.#rest);
    buffer.set(bytes, this.#rest.length);
    buffer[end] = 0;
    this.#text = undefined;
    let place = 0;
    while (place < end) {
      const fast = this.#delimiterByte === 0 ? place : this.#numberLine(buffer, place);
      if (fast > place) {
        place = fast;
        continue;
      }
      const next = this.#textLine(buffer, place, end, final);
      if (next === undefined) break;
      place = next;
    }
    this.#rest = buffer.subarray(place, end);
    this.#text = undefined;
  }

  /** Reads a line of numbers; returns where the next one begins, or `start` where it is not one or not whole. */
  #numberLine(bytes: Buffer, start: number): number {
    const delimiter = this.#delimiterByte;
    const wide = delimiter === SPACE;
    const sign = this.reader.signByte;
    const number = this.#number;
    const [width, kinds, numbers] = [this.#width, this.#kinds, this.#numbers];
    let place = start;
    let field = 0;
    for (;;) {
      while (bytes[place] === SPACE || (wide && bytes[place] === TAB)) place++;
      const byte = bytes[place];
      if (field === 0 && (byte === LINE_FEED || byte === HASH || byte === RETURN)) return start;
      // A separator at the end of every line is none before another field.
      if (field === width) break;
      const kind = kinds[field];
      if (kind !== NUMBER) {
        const end = this.#skipped(bytes, place, delimiter);
        if (kind === WRITTEN_TIME)
          numbers[field] = this.reader.writtenSeconds(bytes.toString('latin1', place, end));
        if (kind >= EPISODE && !this.#isSameEpisode(bytes, place, end)) return start;
        if (kind !== EPISODE_NUMBER) place = end;
      }
      if (kind === NUMBER || kind === EPISODE_NUMBER) {
        if (!number.read(bytes, place, sign)) return start;
        numbers[field] = number.value;
        place = number.end;
      }
      const ended = place;
      while (bytes[place] === SPACE || (wide && bytes[place] === TAB)) place++;
      field++;
      if (
        wide
          ? bytes[place] === LINE_FEED || bytes[place] === RETURN || place === ended
          : bytes[place] !== delimiter
      )
        break;
      if (!wide) place++;
    }
    if (field !== width) return start;
    let next = place + 1;
    if (bytes[place] === RETURN) {
      if (bytes[next] === LINE_FEED) next++;
      // The bytes may end between the two.
      else if (bytes[next] === 0) return start;
    } else if (bytes[place] !== LINE_FEED) return start;
    if (!this.reader.takeNumbers(numbers)) return start;
    this.line++;
    this.reader.line = this.line;
    return next;
  }

  /** Where a field ends that nobody asked for; stays at a quotation mark, which is no end of a field. */
  #skipped(bytes: Buffer, from: number, delimiter: number): number {
    for (let place = from; ; place++) {
      const byte = bytes[place];
      if (byte === delimiter || byte <= RETURN || byte === QUOTE) {
        if (byte === TAB && delimiter !== SPACE && delimiter !== TAB) continue;
        return place;
      }
    }
  }

  #isSameEpisode(bytes: Buffer, from: number, end: number): boolean {
    let last = end;
    while (last > from && (bytes[last - 1] === SPACE || bytes[last - 1] === TAB)) last--;
    return bytes.compare(this.#episode, 0, this.#episode.length, from, last) === 0;
  }

  /** Reads a line as text; returns where the next one begins, undefined where it is not whole. */
  #textLine(bytes: Buffer, start: number, end: number, final: boolean): number | undefined {
    this.#text ??= { base: start, characters: bytes.toString('latin1', start, end) };
    const { base, characters } = this.#text;
    const at = start - base;
    let record: FieldRecord | undefined;
    try {
      record =
        this.#delimiter === SPACES
          ? spacedRecord(characters, at, final)
          : readRecord(characters, at, this.#delimiter, final);
    } catch (thrown) {
      if (!(thrown instanceof RecordError)) throw thrown;
      throw badCsv(
        this.file,
        { line: this.line + 1 },
        thrown.fault === 'never closed'
          ? 'opens a quotation mark that is never closed'
          : 'has a quotation mark in the middle of a field',
      );
    }
    if ((record?.next ?? characters.length) - at > MAX_LINE_CHARACTERS) {
      const what = `is longer than ${MAX_LINE_CHARACTERS} characters, or a quotation mark was never closed`;
      throw badCsv(this.file, { line: this.line + 1 }, what);
    }
    if (record === undefined) return undefined;
    this.line += record.lines;
    if (record.fields.length > 0) this.#take(record.fields);
    return base + record.next;
  }

  #take(fields: readonly string[]): void {
    this.reader.take(fields.map(asUtf8), this.line);
    const { episodeField, timeField } = this.reader;
    if (episodeField !== undefined) this.#episode = Buffer.from(fields[episodeField] ?? '', 'latin1');
    if (timeField !== undefined && timeField !== episodeField)
      this.#kinds[timeField] = this.reader.isWritten ? WRITTEN_TIME : NUMBER;
  }
}

/** A record of columns that are aligned with blanks, which ends with its line. */
function spacedRecord(text: string, at: number, final: boolean): FieldRecord | undefined {
  const ends = /\r\n|\n|\r(?!$)/g;
  ends.lastIndex = at;
  const found = ends.exec(text);
  if (found === null && !final) return undefined;
  // As letters, of which no byte is a blank by itself; then a byte a character again.
  const line = Buffer.from(spaced(asUtf8(text.slice(at, found?.index))), 'utf8').toString('latin1');
  const record = readRecord(line, 0, SPACES, true);
  return record && { ...record, lines: 1, next: found === null ? text.length : ends.lastIndex };
}

const BEYOND_ASCII = /[\u0080-\u00ff]/;

function asUtf8(field: string): string {
  return BEYOND_ASCII.test(field) ? Buffer.from(field, 'latin1').toString('utf8') : field;
}
