/** What is wrong with bytes that make no line of text. */
export type BadLine = 'too long' | 'not text';

export type DecodedLine = { text: string } | { bad: BadLine; bytes: number };

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const TAB = 0x09;

/**
 * Cuts whatever comes into lines, which end with a line feed, a carriage return, or both. What is longer than `longest`
 * bytes or has bytes outside of printable ASCII is no line, and costs itself alone: the next line end begins anew.
 */
export class LineDecoder {
  readonly counters = { bytes: 0, lines: 0, tooLong: 0, notText: 0 };
  private readonly buffer: Uint8Array;
  private length = 0;
  private damaged = false;

  constructor(private readonly longest: number) {
    this.buffer = new Uint8Array(longest);
  }

  push(bytes: Uint8Array): DecodedLine[] {
    this.counters.bytes += bytes.length;
    const lines: DecodedLine[] = [];
    for (const byte of bytes) {
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        const line = this.end();
        if (line) lines.push(line);
        continue;
      }
      if (byte !== TAB && (byte < 0x20 || byte > 0x7e)) this.damaged = true;
      if (this.length < this.longest) this.buffer[this.length] = byte;
      this.length++;
    }
    return lines;
  }

  /** undefined for an empty line, as one stands between a carriage return and its line feed. */
  private end(): DecodedLine | undefined {
    const { length, damaged } = this;
    this.length = 0;
    this.damaged = false;
    if (length === 0) return undefined;
    if (length > this.longest) {
      this.counters.tooLong++;
      return { bad: 'too long', bytes: length };
    }
    if (damaged) {
      this.counters.notText++;
      return { bad: 'not text', bytes: length };
    }
    this.counters.lines++;
    return { text: String.fromCharCode(...this.buffer.subarray(0, length)) };
  }
}
