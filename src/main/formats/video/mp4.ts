import { type FileHandle, open } from 'node:fs/promises';

/** What encoded the pictures, by what MPEG-4 calls it (ISO/IEC 14496-1, table 5; registered at mp4ra.org). */
export const OBJECT_TYPES = { jpeg: 0x6c, png: 0x6d } as const;
export type PictureCodec = keyof typeof OBJECT_TYPES;

export interface Mp4Options {
  codec: PictureCodec;
  width: number;
  height: number;
  /** Units of time in a second, in which durations are given. */
  timescale: number;
}

/** Of "mdat": a length of 64 bits, so that it may be long. */
const MDAT_HEAD = 16;
const FILE_HEAD = box('ftyp', ascii('isom'), u32(0x200), ascii('isomiso2mp41'));
const VIDEO_TRACK = 1;
/** 72 dots an inch, as 16.16. */
const DPI = 0x00480000;
/** The picture stands as it is: the unit matrix, as 16.16 and 2.30. */
const UPRIGHT = [0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000];

/**
 * Writes pictures as they are, JPEG or PNG files one after another, into an MP4 file (ISO/IEC 14496-12 and -14): nothing is encoded
 * anew, so nothing is lost, and every picture can be gone to. Flat in memory but for sixteen bytes a picture. The caller
 * removes a file that was not finished.
 */
export class Mp4Writer {
  readonly #sizes: number[] = [];
  readonly #places: number[] = [];
  readonly #durations: number[] = [];
  #at = FILE_HEAD.length + MDAT_HEAD;

  private constructor(
    private readonly file: FileHandle,
    private readonly options: Mp4Options,
  ) {}

  static async create(path: string, options: Mp4Options): Promise<Mp4Writer> {
    const file = await open(path, 'wx');
    const writer = new Mp4Writer(file, options);
    await writer.#write(Buffer.concat([FILE_HEAD, zeros(MDAT_HEAD)]), 0);
    return writer;
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#at;
  }

  /** Pictures so far. */
  get length(): number {
    return this.#sizes.length;
  }

  /** @param count how many times it is shown, each for `duration`; it lies in the file once */
  async add(picture: Uint8Array, duration: number, count = 1): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.#sizes.push(picture.length);
      this.#places.push(this.#at);
      this.#durations.push(duration);
    }
    await this.#write(picture, this.#at);
    this.#at += picture.length;
  }

  async finish(): Promise<void> {
    const mdat = Buffer.concat([u32(1), ascii('mdat'), u64(this.#at - FILE_HEAD.length)]);
    await this.#write(mdat, FILE_HEAD.length);
    await this.#write(this.#moov(), this.#at);
    await this.file.sync();
    await this.file.close();
  }

  async abandon(): Promise<void> {
    await this.file.close().catch(() => undefined);
  }

  async #write(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await this.file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    }
  }

  #moov(): Buffer {
    const { width, height, timescale } = this.options;
    const duration = this.#durations.reduce((sum, each) => sum + each, 0);
    const times = [u64(0), u64(0)];
    const matrix = Buffer.concat(UPRIGHT.map(u32));
    const movie = full(
      ...(['mvhd', 1, 0] as const),
      // Speed and loudness of one; nothing else.
      ...[...times, u32(timescale), u64(duration), u32(0x00010000), u16(0x0100), zeros(10)],
      ...[matrix, zeros(24), u32(VIDEO_TRACK + 1)],
    );
    const track = full(
      ...(['tkhd', 1, 3] as const),
      ...[...times, u32(VIDEO_TRACK), u32(0), u64(duration), zeros(8), zeros(8), matrix],
      ...[u32(width * 0x10000), u32(height * 0x10000)],
    );
    // "und", packed: no language.
    const media = full('mdhd', 1, 0, ...times, u32(timescale), u64(duration), u16(0x55c4), u16(0));
    const handler = full('hdlr', 0, 0, u32(0), ascii('vide'), zeros(12), ascii('Pictures\0'));
    const here = box('dinf', full('dref', 0, 0, u32(1), full('url ', 0, 1)));
    const information = box('minf', full('vmhd', 0, 1, zeros(8)), here, this.#table());
    return box('moov', movie, box('trak', track, box('mdia', media, handler, information)));
  }

  #table(): Buffer {
    const count = this.#sizes.length;
    const places = Buffer.alloc(8 * count);
    for (const [i, place] of this.#places.entries()) places.writeBigUInt64BE(BigInt(place), 8 * i);
    const sizes = Buffer.alloc(4 * count);
    for (const [i, size] of this.#sizes.entries()) sizes.writeUInt32BE(size, 4 * i);
    const runs: [number, number][] = [];
    for (const duration of this.#durations) {
      const last = runs.at(-1);
      if (last?.[1] === duration) last[0]++;
      else runs.push([1, duration]);
    }
    return box(
      'stbl',
      full('stsd', 0, 0, u32(1), this.#entry()),
      full('stts', 0, 0, u32(runs.length), ...runs.flat().map(u32)),
      // A picture a chunk. There is no table of key pictures: each is one.
      full('stsc', 0, 0, u32(1), u32(1), u32(1), u32(1)),
      full('stsz', 0, 0, u32(0), u32(count), sizes),
      full('co64', 0, 0, u32(count), places),
    );
  }

  #entry(): Buffer {
    const { codec, width, height } = this.options;
    const config = descriptor(4, Buffer.of(OBJECT_TYPES[codec], 0x11, 0, 0, 0), u32(0), u32(0));
    const esds = full('esds', 0, 0, descriptor(3, u16(0), Buffer.of(0), config, descriptor(6, Buffer.of(2))));
    return box(
      'mp4v',
      ...[zeros(6), u16(1), zeros(16), u16(width), u16(height), u32(DPI), u32(DPI), u32(0)],
      ...[u16(1), zeros(32), u16(24), u16(0xffff), esds],
    );
  }
}

function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function zeros(bytes: number): Buffer {
  return Buffer.alloc(bytes);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function box(kind: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(length), ascii(kind), ...parts]);
}

const full = (kind: string, version: number, flags: number, ...parts: readonly Buffer[]): Buffer =>
  box(kind, u32(version * 0x1000000 + flags), ...parts);

/** Of MPEG-4's object descriptors; none here is longer than 127 bytes. */
function descriptor(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag, body.length), body]);
}
