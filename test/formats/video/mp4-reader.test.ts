import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mp4Writer } from '../../../src/main/formats/video/mp4';
import { Mp4Reader } from '../../../src/main/formats/video/mp4-reader';
import { ForesightError } from '../../../src/shared/errors';
import { freshPath } from '../workspaces';
import { type ForeignVideo, foreignVideo } from './foreign-mp4';

/** What a file holds, sample by sample. */
async function contentOf(path: string) {
  const reader = await Mp4Reader.open(path);
  try {
    const samples: { data: Buffer; time: number; place: number }[] = [];
    for (const sample of reader.samples()) {
      samples.push({ data: await reader.read(sample), time: sample.time, place: sample.place });
    }
    return { track: reader.track, samples };
  } finally {
    await reader.close();
  }
}

describe('a reader of MP4 files', () => {
  it('gives back what the writer was given: every picture, when it is shown, and which are one and the same', async () => {
    const picture = fc.record({
      data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      duration: fc.integer({ min: 1, max: 5 }),
      count: fc.integer({ min: 1, max: 3 }),
    });
    const options = fc.record({
      codec: fc.constantFrom('jpeg' as const, 'png' as const),
      width: fc.integer({ min: 1, max: 2048 }),
      height: fc.integer({ min: 1, max: 2048 }),
      timescale: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(picture, { maxLength: 12 }), options, async (pictures, given) => {
        const path = freshPath('video.mp4');
        const writer = await Mp4Writer.create(path, given);
        for (const { data, duration, count } of pictures) await writer.add(data, duration, count);
        await writer.finish();
        const { track, samples } = await contentOf(path);
        const all = pictures.flatMap((one) => new Array<typeof one>(one.count).fill(one));
        expect(track).toEqual({ ...given, name: given.codec.toUpperCase(), samples: all.length });
        expect(samples.map(({ data }) => new Uint8Array(data))).toEqual(
          all.map(({ data }) => new Uint8Array(data)),
        );
        let time = 0;
        for (const [i, { duration }] of all.entries()) {
          expect(samples[i]?.time).toBe(time);
          time += duration;
        }
        expect(new Set(samples.map(({ place }) => place)).size).toBe(pictures.length);
      }),
      { numRuns: 40 },
    );
  });

  it('reads files as others write them: a sound beside, several pictures a chunk, 32-bit places', async () => {
    for (const count of [1, 2, 5]) {
      const path = freshPath('theirs.mp4');
      const samples = Array.from({ length: count }, (_, i) => Uint8Array.of(i, 1, 2, i));
      foreignVideo(path, { codec: 'mp4v', objectType: 0x6c, samples });
      const content = await contentOf(path);
      expect(content.track).toMatchObject({ codec: 'jpeg', width: 16, height: 12, timescale: 3000 });
      expect(content.samples.map(({ data }) => new Uint8Array(data))).toEqual(samples);
      expect(content.samples.map(({ time }) => time)).toEqual(samples.map((_, i) => 100 * i));
    }
  });

  it.each<[ForeignVideo, string, 'jpeg' | 'png' | null]>([
    [{ codec: 'av01' }, 'AV1', null],
    [{ codec: 'avc1' }, 'H.264', null],
    [{ codec: 'hvc1' }, 'H.265 (HEVC)', null],
    [{ codec: 'vp09' }, 'VP9', null],
    [{ codec: 'mp4v', objectType: 0x20 }, 'MPEG-4 Visual', null],
    [{ codec: 'mp4v', objectType: 0x6d }, 'PNG', 'png'],
    [{ codec: 'jpeg' }, 'JPEG', 'jpeg'],
    [{ codec: 'x\x01y\xff' }, '"x?y?"', null],
  ])('knows what the pictures of %o are, and whether they can be read', async (video, name, codec) => {
    const path = freshPath('theirs.mp4');
    foreignVideo(path, video);
    expect((await contentOf(path)).track).toMatchObject({ name, codec });
  });

  it('answers any damaged or truncated file with one kind of error and its place, or with pictures', async () => {
    const path = freshPath('whole.mp4');
    const writer = await Mp4Writer.create(path, { codec: 'png', width: 8, height: 6, timescale: 1000 });
    for (let i = 0; i < 9; i++) await writer.add(new Uint8Array(10 + i).fill(i), 1 + (i % 2), 1 + (i % 3));
    await writer.finish();
    const whole = readFileSync(path);
    const damaged = freshPath('damaged.mp4');
    const tried = async (bytes: Uint8Array): Promise<string> => {
      writeFileSync(damaged, bytes);
      try {
        await contentOf(damaged);
        return 'read';
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(ForesightError);
        const { code, message } = thrown as ForesightError;
        expect(code).toBe('bad-data');
        expect(message).toMatch(/^damaged\.mp4, .+: .+\.$|^damaged\.mp4: has no description/);
        return message;
      }
    };
    for (let length = 0; length < whole.length; length += 7) {
      expect(await tried(whole.subarray(0, length))).not.toBe('read');
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          await tried(bytes);
        },
      ),
      { numRuns: 400 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => void (await tried(bytes))),
    );
  });

  it('takes no memory for counts that a file cannot have, and no picture that does not lie in it', async () => {
    const path = freshPath('theirs.mp4');
    foreignVideo(path, { codec: 'jpeg', samples: [Uint8Array.of(1, 2)] });
    const whole = readFileSync(path);
    const changed = (kind: string, at: number, value: number) => {
      const bytes = Buffer.from(whole);
      bytes.writeUInt32BE(value, bytes.indexOf(kind, 0, 'latin1') + 4 + at);
      const to = freshPath('hostile.mp4');
      writeFileSync(to, bytes);
      return contentOf(to);
    };
    await expect(changed('stsz', 8, 2 ** 32 - 1)).rejects.toThrow(/stsz: is said to have 4294967295 entries/);
    await expect(changed('stco', 4, 2 ** 31)).rejects.toThrow(/stco: is said to have 2147483648 entries/);
    await expect(changed('stco', 8, 2 ** 31)).rejects.toThrow(/picture 0: is said to lie at byte 2147483648/);
    await expect(changed('stsz', 12, 2 ** 31)).rejects.toThrow(
      /picture 0: is said to lie at byte \d+, which is not/,
    );
    await expect(changed('stsc', 12, 0)).rejects.toThrow(/stsc: has places for 0 of 1 pictures/);
    await expect(changed('mdhd', 12, 0)).rejects.toThrow(/mdhd: does not say in which units/);
  });
});
