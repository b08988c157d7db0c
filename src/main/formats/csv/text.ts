import { badCsv } from './sentences';

const HEAD_CHARACTERS = 64 * 1024;

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

/** Reads until the header line is whole; the rest of the text follows, head included. */
export async function splitHead(
  text: AsyncGenerator<string>,
): Promise<{ header: string; all: AsyncGenerator<string> }> {
  let head = '';
  let header: string | undefined;
  while (header === undefined && head.length < HEAD_CHARACTERS) {
    const { value, done } = await text.next();
    head += value ?? '';
    header = headerLine(head, done === true);
    if (done === true) break;
  }
  async function* all() {
    yield head;
    yield* text;
  }
  return { header: header ?? '', all: all() };
}

/** First line that is neither empty nor a comment, once it is whole. */
function headerLine(head: string, whole: boolean): string | undefined {
  const lines = head.split(/\r\n|\n|\r/);
  if (!whole) lines.pop();
  return lines.find((line) => line.trim() !== '' && !line.startsWith('#'));
}

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The separator under which the header holds most of the wanted names; among equals, the one with most fields. */
export function sniffDelimiter(header: string, wanted: readonly string[]): string {
  let best = { delimiter: ',', score: -1 };
  for (const delimiter of DELIMITERS) {
    const fields = header.split(delimiter).map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
    const score = wanted.filter((name) => fields.includes(name)).length * 1000 + Math.min(fields.length, 999);
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}
