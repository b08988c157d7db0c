import { badCsv } from './sentences';

/** As much of a file is looked at to find out what it is. */
const HEAD_BYTES = 64 * 1024;
/** Within so many bytes a file shows that it is no text. */
const TELLING_BYTES = 4096;
export const MAX_LINE_CHARACTERS = 1_000_000;

/** The bytes of a text as UTF-8, also of UTF-16 by its byte order mark, as spreadsheets export it. The mark is dropped. */
async function* utf8Of(source: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | undefined;
  let begun = false;
  for await (const bytes of atLeast(4, source)) {
    if (begun) {
      yield decoder === undefined ? bytes : Buffer.from(decoder.decode(bytes, { stream: true }));
      continue;
    }
    begun = true;
    const [first, second, third] = bytes;
    const utf16 =
      first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff && 'utf-16be';
    if (utf16) {
      decoder = new TextDecoder(utf16);
      yield Buffer.from(decoder.decode(bytes, { stream: true }));
    } else if (bytes.subarray(0, TELLING_BYTES).includes(0)) {
      throw badCsv(file, {}, 'is not a text file', 'Export the data as comma-separated values.');
    } else yield first === 0xef && second === 0xbb && third === 0xbf ? bytes.subarray(3) : bytes;
  }
  if (decoder !== undefined) yield Buffer.from(decoder.decode());
}

/** The same bytes, the first of them at least so many together. */
async function* atLeast(count: number, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first: Uint8Array | undefined = new Uint8Array();
  for await (const bytes of source) {
    if (first === undefined) {
      yield bytes;
      continue;
    }
    first = first.length === 0 ? bytes : Buffer.concat([first, bytes]);
    if (first.length < count) continue;
    yield first;
    first = undefined;
  }
  if (first !== undefined && first.length > 0) yield first;
}

/** The beginning of a file, as whole lines, and all of it after that. */
export interface Head {
  lines: string[];
  /** The bytes, in UTF-8, without the first `count` lines; asked for once. */
  bytesAfter(count: number): AsyncGenerator<Uint8Array>;
}

/** Reads no more of a file than its head, until more is asked for. */
export async function readHead(source: AsyncIterable<Uint8Array>, file: string): Promise<Head> {
  const bytes = utf8Of(source, file);
  const parts: Uint8Array[] = [];
  let length = 0;
  let whole = false;
  while (!whole && length < HEAD_BYTES) {
    const { value, done } = await bytes.next();
    whole = done === true;
    if (value === undefined) continue;
    parts.push(value);
    length += value.length;
  }
  const head = Buffer.concat(parts);
  const lines = head.toString('utf8').split(/\r\n|\n|\r/);
  // Cut in the middle, unless it is all there is: one line at least, however long.
  if (!whole && lines.length > 1) lines.pop();
  return {
    lines,
    async *bytesAfter(count) {
      yield head.subarray(endOfLines(head, count));
      yield* bytes;
    },
  };
}

/** Where the first `count` lines end. */
function endOfLines(bytes: Uint8Array, count: number): number {
  let place = 0;
  for (let line = 0; line < count; line++) {
    while (place < bytes.length && bytes[place] !== 10 && bytes[place] !== 13) place++;
    if (place === bytes.length) return place;
    place += bytes[place] === 13 && bytes[place + 1] === 10 ? 2 : 1;
  }
  return place;
}

/** A line of columns that are aligned with spaces (or tabs), with one space between. */
export function spaced(line: string): string {
  return line.trim().split(/\s+/).join(' ');
}
