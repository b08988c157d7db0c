import { ForesightError } from '../../../shared/errors';

/**
 * How two Foresights speak to each other over a local socket: one frame there, one frame back. A frame is two
 * little-endian uint32, the lengths of what follows: a JSON document, and bytes (empty unless the document says what
 * they are). Lengths are looked at before memory is taken for what they announce.
 */
export interface Frame {
  document: unknown;
  body: Uint8Array;
}

const HEAD_BYTES = 8;
/** A verdict with its maps is some hundred kB. */
export const MOST_DOCUMENT_BYTES = 16 * 2 ** 20;
/** Episodes of an import: 3 million rows of ten columns. */
export const MOST_BODY_BYTES = 256 * 2 ** 20;

export function encodeFrame({ document, body }: Frame): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(document), 'utf8');
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(body.byteLength, 4);
  return [head, text, body];
}

/** Takes bytes as they come and gives the frame once it is whole. */
export class FrameReader {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;
  #lengths: { text: number; body: number } | undefined;
  #document: unknown;
  #documentRead = false;

  /**
   * @param accept looks at the document before the bytes behind it are waited for, and throws when it is not to be heard
   */
  constructor(private readonly accept: (document: unknown) => void = () => {}) {}

  /** @throws ForesightError wrong-use: too long, not a frame, not accepted */
  push(part: Uint8Array): Frame | undefined {
    this.#parts.push(part);
    this.#bytes += part.byteLength;
    if (this.#lengths === undefined && this.#bytes >= HEAD_BYTES) this.#readHead();
    if (this.#lengths === undefined) return undefined;
    const { text, body } = this.#lengths;
    if (!this.#documentRead && this.#bytes >= HEAD_BYTES + text) {
      this.#document = parsed(this.#joined().subarray(HEAD_BYTES, HEAD_BYTES + text));
      this.#documentRead = true;
      this.accept(this.#document);
    }
    if (this.#bytes < HEAD_BYTES + text + body) return undefined;
    if (this.#bytes > HEAD_BYTES + text + body) throw wrong('holds more than it says');
    return { document: this.#document, body: this.#joined().subarray(HEAD_BYTES + text) };
  }

  #readHead(): void {
    const head = this.#joined();
    const [text, body] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    if (text > MOST_DOCUMENT_BYTES || body > MOST_BODY_BYTES) throw wrong('is too long');
    this.#lengths = { text, body };
  }

  #joined(): Buffer {
    const joined = Buffer.concat(this.#parts);
    this.#parts.splice(0, this.#parts.length, joined);
    return joined;
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw wrong('is not JSON');
  }
}

function wrong(what: string): ForesightError {
  return new ForesightError(
    'wrong-use',
    `What was asked of the Foresight that has the workspace open ${what}.`,
    'Use the same version of Foresight for both; import large files in parts.',
  );
}
