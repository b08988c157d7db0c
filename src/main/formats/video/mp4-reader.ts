import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { openForeign } from '../../foreign/read';
import { badFile } from '../faults';
import { type Box, boxesIn, boxIn, type Entries, entriesIn, shown } from './boxes';
import { codecOf, type TrackCodec } from './codec';

const FILE = {
  what: 'an MP4 video',
  most: 2 ** 40,
  next: 'Check its name and that you may read it. Nothing was imported.',
};
/** What is held of a file: its description, 22 million pictures' worth, and one picture. */
const MOST_DESCRIPTION_BYTES = 2 ** 28;
const MOST_PICTURE_BYTES = 2 ** 24;
/** Boxes beside the description, as those of a file that was written in pieces. */
const MOST_OUTER_BOXES = 100_000;

/** Where a sample lies in the file, and when it is shown, in the track's units from its beginning. */
export interface Sample {
  index: number;
  place: number;
  bytes: number;
  time: number;
}

interface Tables {
  durations: Entries;
  chunks: Entries;
  /** Bytes of every sample, where all have the same; 0 where each has its own. */
  sameBytes: number;
  sizes: Entries;
  places: Entries;
  /** Bytes of a place. */
  wide: 4 | 8;
}

/**
 * Reads the first video of an MP4 file, a sample at a time; the counterpart of `Mp4Writer`, for files of anybody. Nothing that a
 * file claims is believed: lengths and counts are compared with what is there before anything is taken for them, and what is
 * held is its description and one picture.
 */
export class Mp4Reader {
  readonly #tables: Tables;

  private constructor(
    private readonly handle: FileHandle,
    private readonly bytes: number,
    readonly name: string,
    readonly track: TrackCodec & { timescale: number; samples: number },
    tables: Tables,
  ) {
    this.#tables = tables;
  }

  /** @throws ForesightError not-found, bad-file; bad-data with the place: no MP4 file, or one that cannot be */
  static async open(path: string): Promise<Mp4Reader> {
    const { handle, bytes } = await openForeign(path, FILE);
    const name = basename(path);
    try {
      const { track, tables } = described(await descriptionOf(handle, bytes, name), name);
      return new Mp4Reader(handle, bytes, name, track, tables);
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  /** Every sample in the order in which they are shown. @throws ForesightError bad-data: one does not lie in the file */
  *samples(): Generator<Sample, void, void> {
    const { durations, chunks, sameBytes, sizes, places, wide } = this.#tables;
    let [run, left, time] = [-1, 0, 0];
    let [stretch, inChunk] = [0, 0];
    let index = 0;
    for (let chunk = 0; chunk < places.count && index < this.track.samples; chunk++) {
      while (stretch < chunks.count && chunks.data.readUInt32BE(12 * stretch) <= chunk + 1) {
        inChunk = chunks.data.readUInt32BE(12 * stretch++ + 4);
      }
      let place =
        wide === 8 ? Number(places.data.readBigUInt64BE(8 * chunk)) : places.data.readUInt32BE(4 * chunk);
      for (let i = 0; i < inChunk && index < this.track.samples; i++, index++) {
        const bytes = sameBytes || sizes.data.readUInt32BE(4 * index);
        if (place + bytes > this.bytes) {
          throw badFile(
            this.name,
            `picture ${index}`,
            `is said to lie at byte ${place}, which is not in the file`,
          );
        }
        yield { index, place, bytes, time };
        place += bytes;
        while (left === 0 && ++run < durations.count) left = durations.data.readUInt32BE(8 * run);
        time += run < durations.count ? durations.data.readUInt32BE(8 * run + 4) : 0;
        left = Math.max(0, left - 1);
      }
    }
    if (index < this.track.samples) {
      throw badFile(this.name, 'moov/trak/stsc', `has places for ${index} of ${this.track.samples} pictures`);
    }
  }

  /** @throws ForesightError bad-data: too large, or the file has become shorter */
  read({ index, place, bytes }: Sample): Promise<Buffer> {
    if (bytes <= MOST_PICTURE_BYTES) return read(this.handle, this.name, place, bytes);
    throw badFile(this.name, `picture ${index}`, `is ${bytes} bytes long, more than ${MOST_PICTURE_BYTES}`);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** The inside of "moov", wherever it lies. */
async function descriptionOf(handle: FileHandle, bytes: number, name: string): Promise<Buffer> {
  let count = 0;
  for (let at = 0; at + 8 <= bytes; count++) {
    if (count === MOST_OUTER_BOXES) throw badFile(name, `byte ${at}`, 'there are too many boxes');
    const head = await read(handle, name, at, Math.min(16, bytes - at));
    const kind = head.toString('latin1', 4, 8);
    const short = head.readUInt32BE(0);
    const isLong = short === 1 && head.length === 16;
    const length = isLong ? Number(head.readBigUInt64BE(8)) : short === 0 ? bytes - at : short;
    const inside = at + (isLong ? 16 : 8);
    if (at === 0 && kind !== 'ftyp') throw badFile(name, 'byte 0', 'is no MP4 file');
    if (at + length > bytes || at + length < inside) {
      throw badFile(
        name,
        `byte ${at}`,
        `"${shown(kind)}" is said to be ${length} bytes long, which is not in the file: it was cut short or damaged`,
      );
    }
    if (kind === 'moov') {
      if (length <= MOST_DESCRIPTION_BYTES) return read(handle, name, inside, at + length - inside);
      throw badFile(
        name,
        `byte ${at}`,
        `its description is ${length} bytes long, more than ${MOST_DESCRIPTION_BYTES}`,
      );
    }
    at += length;
  }
  throw badFile(name, '', 'has no description of its pictures ("moov"): it was not written to its end');
}

function described(moov: Buffer, file: string) {
  const tracks = boxesIn(moov, file, 'moov').filter(({ kind }) => kind === 'trak');
  for (const { data } of tracks) {
    const media = boxesIn(boxIn(boxesIn(data, file, 'moov/trak'), 'mdia', file, 'moov/trak'), file, 'mdia');
    if (boxIn(media, 'hdlr', file, 'mdia').toString('latin1', 8, 12) !== 'vide') continue;
    const information = boxesIn(boxIn(media, 'minf', file, 'mdia'), file, 'minf');
    const stbl = boxesIn(boxIn(information, 'stbl', file, 'minf'), file, 'stbl');
    const codec = codecOf(boxIn(stbl, 'stsd', file, 'stbl'), file);
    const timescale = timescaleOf(boxIn(media, 'mdhd', file, 'mdia'), file);
    const { samples, tables } = tablesOf(stbl, file);
    return { track: { ...codec, timescale, samples }, tables };
  }
  throw badFile(file, 'moov', 'describes no video');
}

function timescaleOf(mdhd: Buffer, file: string): number {
  const at = mdhd[0] === 1 ? 20 : 12;
  const timescale = mdhd.length >= at + 4 ? mdhd.readUInt32BE(at) : 0;
  if (timescale > 0) return timescale;
  throw badFile(file, 'moov/trak/mdhd', 'does not say in which units it counts time');
}

function tablesOf(stbl: readonly Box[], file: string): { samples: number; tables: Tables } {
  const table = (kind: string, head: number, size: number) =>
    entriesIn(boxIn(stbl, kind, file, 'stbl'), head, size, file, `moov/trak/${kind}`);
  const stsz = boxIn(stbl, 'stsz', file, 'stbl');
  if (stsz.length < 12) throw badFile(file, 'moov/trak/stsz', 'is cut short');
  const sameBytes = stsz.readUInt32BE(4);
  const sizes = table('stsz', 8, sameBytes === 0 ? 4 : 0);
  const wide = stbl.some(({ kind }) => kind === 'co64') ? 8 : 4;
  const places = table(wide === 8 ? 'co64' : 'stco', 4, wide);
  const durations = table('stts', 4, 8);
  const chunks = table('stsc', 4, 12);
  return { samples: sizes.count, tables: { durations, chunks, sameBytes, sizes, places, wide } };
}

async function read(handle: FileHandle, name: string, from: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await handle.read(buffer, at, bytes - at, from + at);
    if (bytesRead === 0) throw badFile(name, `byte ${from + at}`, 'ends here, in the middle');
    at += bytesRead;
  }
  return buffer;
}
