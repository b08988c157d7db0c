/** Why a text is no record. */
export type RecordFault = 'never closed' | 'in the middle';

export class RecordError extends Error {
  constructor(readonly fault: RecordFault) {
    super(`a quotation mark ${fault}`);
  }
}

/** Not `trimEnd`: a byte of a letter may look like a blank of another alphabet. */
const BLANKS_AT_END = /[ \t\f]+$/;

export interface FieldRecord {
  fields: string[];
  /** Where the next one begins. */
  next: number;
  /** Line ends that it took, those within quotation marks too. */
  lines: number;
}

const isEnd = (code: number) => code === 10 || code === 13;
/** Space, tab, form feed: what may stand around a field. */
const isBlank = (code: number) => code === 32 || code === 9 || code === 12;

/**
 * One record of comma-separated values (RFC 4180) from `at` on: fields without the blanks around them, those in quotation marks with
 * whatever they hold. An empty line has no fields, and neither has one that begins with #.
 * @param text has a byte a character, or is a line
 * @param final whether nothing comes after the text
 * @returns undefined where the text ends before the record does
 * @throws RecordError
 */
export function readRecord(
  text: string,
  at: number,
  delimiter: string,
  final: boolean,
): FieldRecord | undefined {
  const fields: string[] = [];
  let lines = 0;
  let place = skipBlanks(text, at, delimiter);
  if (text.charCodeAt(place) === 35) place = endOfLine(text, place);
  const empty = place >= text.length || isEnd(text.charCodeAt(place));
  while (!empty) {
    place = skipBlanks(text, place, delimiter);
    if (text.charCodeAt(place) === 34) {
      const quoted = readQuoted(text, place, final);
      if (quoted === undefined) return undefined;
      fields.push(quoted.value);
      lines += lineEnds(quoted.value);
      place = skipBlanks(text, quoted.next, delimiter);
    } else {
      const end = endOfField(text, place, delimiter);
      const field = text.slice(place, end);
      if (field.includes('"')) throw new RecordError('in the middle');
      fields.push(field.replace(BLANKS_AT_END, ''));
      place = end;
    }
    if (place >= text.length || isEnd(text.charCodeAt(place))) break;
    if (!text.startsWith(delimiter, place)) throw new RecordError('in the middle');
    place += delimiter.length;
  }
  if (place >= text.length) return final ? { fields, next: place, lines: lines + 1 } : undefined;
  const carriage = text.charCodeAt(place) === 13;
  // What comes next may be the other half of a \r\n.
  if (carriage && place + 1 === text.length && !final) return undefined;
  const next = place + (carriage && text.charCodeAt(place + 1) === 10 ? 2 : 1);
  return { fields, next, lines: lines + 1 };
}

function skipBlanks(text: string, at: number, delimiter: string): number {
  let place = at;
  while (isBlank(text.charCodeAt(place)) && !text.startsWith(delimiter, place)) place++;
  return place;
}

function endOfLine(text: string, at: number): number {
  let place = at;
  while (place < text.length && !isEnd(text.charCodeAt(place))) place++;
  return place;
}

function endOfField(text: string, at: number, delimiter: string): number {
  let place = at;
  while (place < text.length && !isEnd(text.charCodeAt(place)) && !text.startsWith(delimiter, place)) place++;
  return place;
}

function readQuoted(text: string, at: number, final: boolean): { value: string; next: number } | undefined {
  for (let place = at + 1; ; place += 2) {
    place = text.indexOf('"', place);
    if (place < 0 && final) throw new RecordError('never closed');
    // What comes next may be the other half of a doubled one.
    if (place < 0 || (place + 1 === text.length && !final)) return undefined;
    if (text.charCodeAt(place + 1) !== 34) {
      return { value: text.slice(at + 1, place).replaceAll('""', '"'), next: place + 1 };
    }
  }
}

const lineEnds = (text: string) => text.match(/\r\n|\n|\r/g)?.length ?? 0;
