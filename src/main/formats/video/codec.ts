import { badFile } from '../faults';
import { type Box, boxesIn, shown } from './boxes';
import { OBJECT_TYPES, type PictureCodec } from './mp4';

/** What the pictures of a track are, by its sample description. */
export interface TrackCodec {
  /** How the samples are to be read; null: not here. */
  codec: PictureCodec | null;
  /** As people call it: "AV1". */
  name: string;
  width: number;
  height: number;
}

/** Of a picture's description (ISO/IEC 14496-12, 12.1.3), up to the boxes in it. */
const ENTRY_HEAD = 78;
/** Pictures as QuickTime names them: each sample is a file. */
const FILES: Record<string, PictureCodec> = { jpeg: 'jpeg', 'png ': 'png' };
const NAMES: Record<string, string> = {
  ...{ av01: 'AV1', avc1: 'H.264', avc2: 'H.264', avc3: 'H.264', avc4: 'H.264' },
  ...{ hev1: 'H.265 (HEVC)', hvc1: 'H.265 (HEVC)', vvc1: 'H.266', vp08: 'VP8', vp09: 'VP9' },
  ...{ encv: 'encrypted', s263: 'H.263', mjp2: 'Motion JPEG 2000', mjpa: 'MJPEG with two fields' },
};
/** Object types of MPEG-4 (registered at mp4ra.org) that are no pictures of their own. */
const OBJECT_NAMES: Record<number, string> = { 32: 'MPEG-4 Visual', 33: 'H.264', 35: 'H.265 (HEVC)' };

/** @param stsd the box's inside @throws ForesightError bad-data */
export function codecOf(stsd: Buffer, file: string): TrackCodec {
  const place = 'moov/trak/stsd';
  const [entry] = boxesIn(stsd.subarray(8), file, place);
  if (entry === undefined || entry.data.length < ENTRY_HEAD)
    throw badFile(file, place, 'says nothing of the pictures');
  const size = { width: entry.data.readUInt16BE(24), height: entry.data.readUInt16BE(26) };
  if (entry.kind === 'mp4v') return { ...mpeg4(entry, file, place), ...size };
  const codec = FILES[entry.kind] ?? null;
  return { codec, name: codec?.toUpperCase() ?? NAMES[entry.kind] ?? `"${shown(entry.kind)}"`, ...size };
}

function mpeg4({ data }: Box, file: string, place: string): Pick<TrackCodec, 'codec' | 'name'> {
  const esds = boxesIn(data.subarray(ENTRY_HEAD), file, place).find(({ kind }) => kind === 'esds');
  const type = esds && objectType(esds.data.subarray(4));
  if (type === undefined) throw badFile(file, `${place}/mp4v`, 'does not say what encoded its pictures');
  for (const codec of ['jpeg', 'png'] as const) {
    if (OBJECT_TYPES[codec] === type) return { codec, name: codec.toUpperCase() };
  }
  const isMpeg = (type >= 0x60 && type <= 0x65) || type === 0x6a;
  return {
    codec: null,
    name: OBJECT_NAMES[type] ?? (isMpeg ? 'MPEG-2 or MPEG-1' : `MPEG-4 object type ${type}`),
  };
}

const [ELEMENTARY_STREAM, DECODER] = [3, 4];

/** Of the descriptors of an elementary stream (ISO/IEC 14496-1, 7.2.6): the first byte of how it is decoded. */
function objectType(bytes: Buffer): number | undefined {
  const stream = descriptor(bytes, ELEMENTARY_STREAM);
  if (stream === undefined || stream.length < 3) return undefined;
  const flags = stream[2] ?? 0;
  const url = flags & 0x40 ? 1 + (stream[3 + (flags & 0x80 ? 2 : 0)] ?? 0) : 0;
  const skipped = 3 + (flags & 0x80 ? 2 : 0) + url + (flags & 0x20 ? 2 : 0);
  return descriptor(stream.subarray(skipped), DECODER)?.[0];
}

/** The inside of a descriptor; its length has seven bits a byte, at most four of them. */
function descriptor(bytes: Buffer, tag: number): Buffer | undefined {
  if (bytes[0] !== tag) return undefined;
  let length = 0;
  for (let at = 1; at <= 4; at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    length = length * 128 + (byte & 0x7f);
    if (byte < 0x80) return bytes.subarray(at + 1, at + 1 + length);
  }
  return undefined;
}
