import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mp4Writer } from '../../../src/main/formats/video/mp4';
import { freshPath } from '../workspaces';

/** Boxes of a stretch of a file, by their kinds (ISO/IEC 14496-12, 4.2). */
function boxes(bytes: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt32BE(at);
    const [length, head] = short === 1 ? [Number(bytes.readBigUInt64BE(at + 8)), 16] : [short, 8];
    found.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + head, at + length));
    at += length;
  }
  return found;
}

const inside = (bytes: Buffer, ...path: readonly string[]): Buffer =>
  path.reduce((outer, kind) => boxes(outer).get(kind) ?? Buffer.alloc(0), bytes);

/** Every sample of a file with how long it is shown, as a player finds them. */
function samplesOf(file: Buffer): { data: Buffer; duration: number }[] {
  const table = boxes(inside(file, 'moov', 'trak', 'mdia', 'minf', 'stbl'));
  const [sizes, places, times] = [table.get('stsz')!, table.get('co64')!, table.get('stts')!];
  const durations: number[] = [];
  for (let run = 0; run < times.readUInt32BE(4); run++) {
    const [count, duration] = [times.readUInt32BE(8 + 8 * run), times.readUInt32BE(12 + 8 * run)];
    durations.push(...new Array<number>(count).fill(duration));
  }
  return durations.map((duration, i) => {
    const from = Number(places.readBigUInt64BE(8 + 8 * i));
    return { data: file.subarray(from, from + sizes.readUInt32BE(12 + 4 * i)), duration };
  });
}

describe('an MP4 file of pictures', () => {
  it('has each picture as it was, as often and as long as it is to be shown, and lies in the file once', async () => {
    const picture = fc.record({
      data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      duration: fc.integer({ min: 1, max: 5 }),
      count: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(picture, { minLength: 1, maxLength: 12 }), async (pictures) => {
        const path = freshPath('video.mp4');
        const writer = await Mp4Writer.create(path, { codec: 'jpeg', width: 8, height: 6, timescale: 1000 });
        for (const { data, duration, count } of pictures) await writer.add(data, duration, count);
        await writer.finish();
        const file = await readFile(path);
        const wanted = pictures.flatMap(({ data, duration, count }) =>
          new Array(count).fill({ data: Buffer.from(data), duration }),
        );
        expect(samplesOf(file)).toEqual(wanted);
        const bytes = pictures.reduce((sum, { data }) => sum + data.length, 0);
        expect(inside(file, 'mdat').length).toBe(bytes);
        const total = wanted.reduce((sum, { duration }) => sum + duration, 0);
        expect(inside(file, 'moov', 'mvhd').readBigUInt64BE(24)).toBe(BigInt(total));
      }),
      { numRuns: 30 },
    );
  });

  it('is never written over another file', async () => {
    const path = freshPath('video.mp4');
    const options = { codec: 'png', width: 8, height: 8, timescale: 10 } as const;
    await (await Mp4Writer.create(path, options)).finish();
    await expect(Mp4Writer.create(path, options)).rejects.toThrow('EEXIST');
  });
});
