import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePng, encodePng, pngSize } from '../../src/main/camera/png';
import { framesSeen } from '../../src/main/camera/seen';
import { ForesightError } from '../../src/shared/errors';
import { Random } from '../../src/shared/random';

const picture = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height })
      .map((rgb) => ({ width, height, rgb })),
  );

/** The file with the packed bytes of its rows in place of its own. */
function withRows(file: Uint8Array, rows: number[]): Uint8Array {
  const bytes = Buffer.from(file);
  const at = bytes.indexOf('IDAT') - 4;
  const data = deflateSync(Uint8Array.from(rows));
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write('IDAT', 4, 'latin1');
  chunk.set(data, 8);
  return Buffer.concat([bytes.subarray(0, at), chunk, bytes.subarray(-12)]);
}

describe('pictures as PNG files', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(picture, ({ width, height, rgb }) => {
        expect(decodePng(encodePng(rgb, width, height))).toEqual({ width, height, channels: 3, data: rgb });
      }),
    );
  });

  it('bring how deep things lie with them where it is known, for those who look for it', () => {
    fc.assert(
      fc.property(picture, fc.integer(), ({ width, height, rgb }, seed) => {
        const random = new Random(seed);
        const depth = Uint16Array.from({ length: width * height }, () => random.integer(65_536));
        const file = encodePng(rgb, width, height, depth);
        expect(decodePng(file)).toEqual({ width, height, channels: 3, data: rgb, depth });
        expect(pngSize(file)).toEqual({ width, height });
        const damaged = Buffer.from(file);
        damaged.fill(0, damaged.indexOf('dpTH') + 4, damaged.indexOf('dpTH') + 8);
        expect(decodePng(damaged)).toEqual({ width, height, channels: 3, data: rgb });
      }),
    );
  });

  it('are read with every filter that PNG has', () => {
    const file = encodePng(new Uint8Array(3 * 2 * 5), 2, 5);
    const rows = [
      ...[0, 10, 20, 30, 40, 50, 60],
      ...[1, 1, 2, 3, 4, 5, 6],
      ...[2, 1, 1, 1, 1, 1, 1],
      ...[3, 2, 2, 2, 2, 2, 2],
      ...[4, 1, 1, 1, 1, 1, 1],
    ];
    expect([...decodePng(withRows(file, rows)).data]).toEqual([
      ...[10, 20, 30, 40, 50, 60],
      ...[1, 2, 3, 5, 7, 9],
      ...[2, 3, 4, 6, 8, 10],
      ...[3, 3, 4, 6, 7, 9],
      ...[4, 4, 5, 7, 8, 10],
    ]);
  });

  it('end in a sentence where they are cut off, or are none', () => {
    const file = encodePng(new Uint8Array(300).fill(9), 10, 10);
    for (const bad of [
      file.subarray(0, 60),
      file.subarray(0, 20),
      Uint8Array.of(1, 2, 3),
      withRows(file, [1]),
    ]) {
      expect(() => decodePng(bad)).toThrow(ForesightError);
      expect(() => decodePng(bad)).toThrow('A picture cannot be read: ');
    }
  });
});

describe('the frame that a step saw', () => {
  it('is the newest that was captured no later than its observation', () => {
    expect([...framesSeen([0, 0.05, 0.1, 0.15, 0.2], [0.01, 0.1, 0.16])]).toEqual([-1, 0, 1, 1, 2]);
  });

  it('is never one of later, and none in between is passed over', () => {
    const times = fc
      .array(fc.integer({ min: 0, max: 100 }), { maxLength: 30 })
      .map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(times, times, (steps, frames) => {
        framesSeen(steps, frames).forEach((seen, step) => {
          expect(frames.filter((at) => at <= steps[step]!).length - 1).toBe(seen);
        });
      }),
    );
  });
});
