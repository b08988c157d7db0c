import { writeFileSync } from 'node:fs';

const u32 = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
};
const ascii = (text: string) => Buffer.from(text, 'latin1');
export const box = (kind: string, ...parts: Buffer[]): Buffer => {
  const data = Buffer.concat(parts);
  return Buffer.concat([u32(data.length + 8), ascii(kind), data]);
};

export interface ForeignVideo {
  /** Of the sample description: "av01". */
  codec: string;
  /** Of "mp4v": what encoded the pictures. */
  objectType?: number;
  width?: number;
  height?: number;
  samples?: Uint8Array[];
  /** Units of time in a second; each sample lasts 100. */
  timescale?: number;
}

/** An MP4 file as other people's programs write it: the description first, 32-bit places, two samples a chunk. */
export function foreignVideo(path: string, given: ForeignVideo): void {
  const { codec, objectType, width = 16, height = 12, samples = [], timescale = 3000 } = given;
  const half = Buffer.alloc(4);
  half.writeUInt16BE(width, 0);
  half.writeUInt16BE(height, 2);
  // Lengths of descriptors in four bytes, as FFmpeg writes them.
  const long = (tag: number, ...parts: Buffer[]) => {
    const data = Buffer.concat(parts);
    return Buffer.concat([Buffer.of(tag, 0x80, 0x80, 0x80, data.length), data]);
  };
  const decoder = long(4, Buffer.of(objectType ?? 0, 0x11, 0, 0, 0), u32(0, 0));
  const esds = box('esds', u32(0), long(3, Buffer.of(0, 1, 0), decoder, long(6, Buffer.of(2))));
  const inner = objectType === undefined ? box('pasp', u32(1, 1)) : esds;
  const entry = box(codec, Buffer.alloc(24), half, Buffer.alloc(50), inner);
  const chunks: Uint8Array[][] = [];
  for (let at = 0; at < samples.length; at += 2) chunks.push(samples.slice(at, at + 2));
  const isOdd = samples.length % 2 === 1;
  const stsc = isOdd ? u32(0, 2, 1, 2, 1, chunks.length, 1, 1) : u32(0, 1, 1, 2, 1);
  const sizes = samples.map((sample) => sample.length);
  const file = (begin: number) => {
    let at = begin;
    const places = chunks.map((chunk) => {
      const place = at;
      at += chunk.reduce((sum, { length }) => sum + length, 0);
      return place;
    });
    const stbl = box(
      'stbl',
      box('stsd', u32(0, 1), entry),
      box('stts', u32(0, 1, samples.length, 100)),
      box('stsc', chunks.length === 1 && isOdd ? u32(0, 1, 1, 1, 1) : stsc),
      box('stsz', u32(0, 0, samples.length, ...sizes)),
      box('stco', u32(0, chunks.length, ...places)),
    );
    const minf = box('minf', box('vmhd', u32(1, 0, 0)), stbl);
    const mdia = box(
      'mdia',
      box('mdhd', u32(0, 0, 0, timescale, 0, 0)),
      box('hdlr', u32(0, 0), ascii('vide'), u32(0, 0, 0)),
      minf,
    );
    const sound = box('trak', box('mdia', box('hdlr', u32(0, 0), ascii('soun'), u32(0, 0, 0))));
    return Buffer.concat([box('ftyp', ascii('isom'), u32(0)), box('moov', sound, box('trak', mdia))]);
  };
  const head = file(file(0).length + 8);
  writeFileSync(path, Buffer.concat([head, box('mdat', ...samples.map((sample) => Buffer.from(sample)))]));
}
