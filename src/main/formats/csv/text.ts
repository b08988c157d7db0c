import { badCsv } from './sentences';

/** As much of a file is looked at to find out what it is. */
const HEAD_CHARACTERS = 64 * 1024;
export const MAX_LINE_CHARACTERS = 1_000_000;

/** Decodes UTF-8 and, by its byte order mark, UTF-16, as spreadsheets export it. The mark is dropped. */
export async function* decodeText(source: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const bytes of source) {
    if (decoder === undefined) {
      const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
      if (!utf16 && bytes.subarray(0, 4096).includes(0)) {
        throw badCsv(file, {}, 'is not a text file', 'Export the data as comma-separated values.');
      }
      decoder = new TextDecoder(utf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8');
    }
    yield decoder.decode(bytes, { stream: true });
  }
  if (decoder !== undefined) yield decoder.decode();
}

/** The beginning of a file, as whole lines, and all of it after that. */
export interface Head {
  lines: string[];
  /** The text without its first `count` lines; asked for once. */
  textAfter(count: number): AsyncGenerator<string>;
}

export async function readHead(text: AsyncGenerator<string>): Promise<Head> {
  let head = '';
  let whole = false;
  while (!whole && head.length < HEAD_CHARACTERS) {
    const { value, done } = await text.next();
    head += value ?? '';
    whole = done === true;
  }
  const lines = head.split(/\r\n|\n|\r/);
  // Cut in the middle, unless it is all there is: one line at least, however long.
  if (!whole && lines.length > 1) lines.pop();
  return {
    lines,
    async *textAfter(count) {
      yield afterLines(head, count);
      yield* text;
    },
  };
}

function afterLines(text: string, count: number): string {
  const ends = /\r\n|\n|\r/g;
  for (let line = 0; line < count; line++) {
    if (ends.exec(text) === null) return '';
  }
  return text.slice(ends.lastIndex);
}

/**
 * Columns that are aligned with spaces (or tabs), as columns with one space between.
 * @param linesBefore of the file, before this text
 * @throws ForesightError bad-data: a line that does not end
 */
export async function* joinSpaces(
  text: AsyncGenerator<string>,
  file: string,
  linesBefore: number,
): AsyncGenerator<string> {
  let rest = '';
  let line = linesBefore;
  for await (const part of text) {
    // What comes next may be the other half of a \r\n.
    const lines = (rest + part).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    line += lines.length;
    if (rest.length > MAX_LINE_CHARACTERS) {
      throw badCsv(file, { line: line + 1 }, `is longer than ${MAX_LINE_CHARACTERS} characters`);
    }
    if (lines.length > 0) yield `${lines.map(spaced).join('\n')}\n`;
  }
  yield spaced(rest);
}

export function spaced(line: string): string {
  return line.trim().split(/\s+/).join(' ');
}
