/** A part of a stream: a file, and what the head before it says, names in lower case. */
export interface Part {
  head: ReadonlyMap<string, string>;
  data: Buffer;
}

const MOST_HEAD_BYTES = 8192;
const BLANK = Buffer.from('\r\n\r\n');
const LINE = Buffer.from('\r\n');

/**
 * Takes `multipart/x-mixed-replace` apart, which cameras on a network serve: files one after another, each with a head and
 * a line of the boundary before it (RFC 2046, 5.1). A length in the head is believed where the next boundary stands behind it.
 */
export class Multipart {
  #buffer: Buffer = Buffer.alloc(0);
  /** What came since, not looked at before there are `#wanted` bytes: a picture comes in many pieces, and is put together once. */
  #pieces: Uint8Array[] = [];
  #length = 0;
  #wanted = 0;
  #looked = 0;
  readonly #boundary: Buffer;

  /** @param boundary as the content type gives it; some servers write the dashes before it there as well */
  constructor(
    boundary: string,
    private readonly mostBytes: number,
  ) {
    this.#boundary = Buffer.from(`--${boundary.replace(/^--/, '')}`, 'latin1');
  }

  /**
   * The parts that are whole with these bytes.
   * @throws Error a sentence part: it is no such stream
   */
  push(bytes: Uint8Array): Part[] {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length < this.#wanted) return [];
    this.#buffer = Buffer.concat([this.#buffer, ...this.#pieces]);
    this.#pieces = [];
    this.#wanted = 0;
    const parts: Part[] = [];
    for (let part = this.#next(); part !== null; part = this.#next()) parts.push(part);
    this.#length = this.#buffer.length;
    if (this.#length > this.mostBytes + MOST_HEAD_BYTES) {
      throw new Error(`a picture of more than ${this.mostBytes / 2 ** 20} MB`);
    }
    return parts;
  }

  #next(): Part | null {
    const start = this.#buffer.indexOf(this.#boundary);
    if (start < 0) return null;
    const headFrom = start + this.#boundary.length;
    const headTo = this.#buffer.indexOf(BLANK, headFrom);
    if (headTo < 0) {
      if (this.#buffer.length - headFrom > MOST_HEAD_BYTES) throw new Error('no head before a picture');
      return null;
    }
    const head = headOf(this.#buffer.subarray(headFrom, headTo).toString('latin1'));
    const from = headTo + BLANK.length;
    const to = this.#end(from, head.get('content-length'));
    if (to === null) return null;
    const data = Buffer.from(this.#buffer.subarray(from, to));
    this.#buffer = this.#buffer.subarray(to);
    this.#looked = 0;
    return { head, data };
  }

  /** Where a file that begins at `from` ends; null where more has to come. */
  #end(from: number, length: string | undefined): number | null {
    const told = /^\d{1,9}$/.test(length ?? '') ? from + Number(length) : null;
    if (told !== null && told <= from + this.mostBytes) {
      // Not waited for the boundary: it comes with the next picture only.
      if (this.#buffer.length < told) {
        this.#wanted = told;
        return null;
      }
      const behind = this.#buffer.subarray(told, told + LINE.length + this.#boundary.length);
      const isRight = [
        Buffer.concat([LINE, this.#boundary]),
        this.#boundary,
        Buffer.concat([LINE, LINE]),
      ].some((wanted) => wanted.subarray(0, behind.length).equals(behind.subarray(0, wanted.length)));
      if (isRight) return told;
    }
    const boundary = this.#buffer.indexOf(this.#boundary, Math.max(from, this.#looked));
    if (boundary < 0) {
      this.#looked = Math.max(from, this.#buffer.length - this.#boundary.length);
      return null;
    }
    return this.#buffer.subarray(boundary - LINE.length, boundary).equals(LINE)
      ? boundary - LINE.length
      : boundary;
  }
}

function headOf(text: string): Map<string, string> {
  const lines = text.split('\r\n').map((line) => [line.indexOf(':'), line] as const);
  return new Map(
    lines.flatMap(([colon, line]) =>
      colon > 0 ? [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]] : [],
    ),
  );
}
