import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { ForesightError } from '../../shared/errors';
import { DEPTH_CHUNK, packDepth, unpackDepth } from './depth';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Of PNG's filters: what a byte is without the one to the left, and without the one above. */
const SUB = 1;
const UP = 2;
/** Quick: a clean picture is a tenth of its size with any level. */
const LEVEL = 1;
/** Colour types of PNG, and how many bytes a pixel has. */
const CHANNELS: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
]);

/** A picture [height, width, channels] of bytes. */
export interface Pixels {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array;
  /** [height, width] mm, 0 where it is not known; of a picture that came without left out. */
  depth?: Uint16Array;
}

/** A PNG file of a colour picture [height, width, 3]. @param depth beside it (depth.ts), [height, width] */
export function encodePng(
  rgb: Uint8Array,
  width: number,
  height: number,
  depth?: Uint16Array | null,
): Uint8Array {
  const line = 3 * width;
  const filtered = Buffer.allocUnsafe(height * (line + 1));
  for (let row = 0, to = 0, from = 0; row < height; row++) {
    filtered[to++] = row === 0 ? SUB : UP;
    const back = row === 0 ? 3 : line;
    for (let i = 0; i < line; i++, from++, to++) {
      filtered[to] = row === 0 && i < 3 ? rgb[from]! : rgb[from]! - rgb[from - back]!;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits of red, green and blue; not interlaced.
  head.set([8, 2], 8);
  const parts = [
    SIGNATURE,
    chunk('IHDR', head),
    ...(depth ? [chunk(DEPTH_CHUNK, packDepth(depth))] : []),
    chunk('IDAT', deflateSync(filtered, { level: LEVEL })),
    chunk('IEND', new Uint8Array(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

function chunk(name: string, data: Uint8Array): Buffer {
  const whole = Buffer.alloc(12 + data.length);
  whole.writeUInt32BE(data.length, 0);
  whole.write(name, 4, 'latin1');
  whole.set(data, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + data.length)), 8 + data.length);
  return whole;
}

/**
 * Reads a PNG file of grey or colour with eight bits, which is what is recorded here.
 * @throws ForesightError bad-file
 */
export function decodePng(file: Uint8Array): Pixels {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw unreadable('it is no PNG file');
  let size: { width: number; height: number; channels: number } | undefined;
  const compressed: Buffer[] = [];
  let packedDepth: Buffer | undefined;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const name = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (name === 'IHDR' && data.length === 13) size = headOf(data);
    if (name === 'IDAT') compressed.push(data);
    if (name === DEPTH_CHUNK) packedDepth = data;
    if (name === 'IEND') break;
    at += 12 + length;
  }
  if (size === undefined) throw unreadable('it does not say how large it is');
  const { width, height, channels } = size;
  const wanted = height * (width * channels + 1);
  let filtered: Buffer;
  try {
    filtered = inflateSync(Buffer.concat(compressed), { maxOutputLength: wanted });
  } catch (cause) {
    throw unreadable((cause as Error).message);
  }
  if (filtered.length !== wanted) throw unreadable('it is cut off');
  const data = unfiltered(filtered, width * channels, height, channels);
  const depth = packedDepth && unpackDepth(packedDepth, width * height);
  return { ...size, data, ...(depth && { depth }) };
}

function headOf(data: Buffer) {
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const channels = CHANNELS.get(data[9] ?? -1);
  if (channels === undefined || !isRead(data))
    throw unreadable('its pixels are not grey or colour of eight bits');
  if (width < 1 || height < 1 || width > 65_536 || height > 65_536) throw unreadable('its size is none');
  return { width, height, channels };
}

/**
 * Sides of the picture in a PNG file that is whole by its checksums and of a kind that is read here; null for any other. Looks at
 * no pixel.
 */
export function pngSize(file: Uint8Array): { width: number; height: number } | null {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return null;
  let size: { width: number; height: number } | null = null;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) return null;
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) return null;
    const name = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, end - 4);
    if (name === 'IHDR' && data.length === 13 && isRead(data)) {
      size = { width: data.readUInt32BE(0), height: data.readUInt32BE(4) };
    }
    if (name === 'IEND') return size;
    at = end;
  }
  return null;
}

/** Eight bits of grey or colour, not interlaced. */
const isRead = (head: Buffer) => CHANNELS.has(head[9] ?? -1) && head[8] === 8 && head[12] === 0;

/** @param line bytes of a row */
function unfiltered(filtered: Uint8Array, line: number, height: number, channels: number): Uint8Array {
  const data = new Uint8Array(height * line);
  for (let row = 0, from = 0, to = 0; row < height; row++, to += line) {
    const filter = filtered[from++]!;
    const end = to + line;
    // What is written here has these two; any other is read a byte at a time.
    if (filter === UP && row > 0) {
      for (let at = to; at < end; at++, from++) data[at] = filtered[from]! + data[at - line]!;
    } else if (filter === SUB) {
      for (let at = to; at < end; at++, from++) {
        data[at] = filtered[from]! + (at - to < channels ? 0 : data[at - channels]!);
      }
    } else from = unfilterRow(filter, filtered, from, data, to, line, channels);
  }
  return data;
}

function unfilterRow(
  filter: number,
  filtered: Uint8Array,
  from: number,
  data: Uint8Array,
  to: number,
  line: number,
  channels: number,
): number {
  const isFirst = to === 0;
  for (let i = 0; i < line; i++) {
    const left = i < channels ? 0 : data[to + i - channels]!;
    const above = isFirst ? 0 : data[to + i - line]!;
    const corner = isFirst || i < channels ? 0 : data[to + i - line - channels]!;
    data[to + i] = filtered[from + i]! + foreseen(filter, left, above, corner);
  }
  return from + line;
}

/** What PNG's filters take a byte for. */
function foreseen(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case SUB:
      return left;
    case UP:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4: {
      const guess = left + above - corner;
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
      return a <= b && a <= c ? left : b <= c ? above : corner;
    }
    default:
      throw unreadable(`it has a filter ${filter}`);
  }
}

function unreadable(why: string): ForesightError {
  return new ForesightError(
    'bad-file',
    `A picture cannot be read: ${why}.`,
    'Go on without this episode, or take it from a backup.',
  );
}
