import fc from 'fast-check';
import { encode } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { decodeJpeg, jpegSize } from '../../src/main/camera/jpeg';
import { decodePicture } from '../../src/main/camera/picture-file';
import { encodePng } from '../../src/main/camera/png';

/** A picture of one colour, as a file. */
function plain(width: number, height: number, rgb: readonly number[]): Uint8Array {
  const data = Buffer.from(Array.from({ length: width * height }, () => [...rgb, 255]).flat());
  return new Uint8Array(encode({ width, height, data }, 95).data);
}

describe('pictures as JPEG files', () => {
  it('have the size and the colours that were put in', () => {
    const side = fc.integer({ min: 1, max: 70 });
    const colour = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(side, side, colour, (width, height, rgb) => {
        const file = plain(width, height, rgb);
        expect(jpegSize(file)).toEqual({ width, height });
        const { data, channels } = decodePicture(file);
        expect([channels, data.length]).toEqual([3, 3 * width * height]);
        for (const [i, value] of data.entries()) expect(Math.abs(value - rgb[i % 3]!)).toBeLessThanOrEqual(6);
      }),
      { numRuns: 30 },
    );
  });

  it('are known as whole or not without a look at their pixels, whatever bytes come', () => {
    const file = plain(16, 8, [10, 20, 30]);
    for (let length = 0; length < file.length; length++)
      expect(jpegSize(file.subarray(0, length))).toBeNull();
    expect(jpegSize(Buffer.concat([file, Buffer.alloc(9)]))).toEqual({ width: 16, height: 8 });
    expect(jpegSize(encodePng(new Uint8Array(12), 2, 2))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        const size = jpegSize(Uint8Array.of(0xff, 0xd8, ...noise, 0xff, 0xd9));
        expect(size === null || (size.width > 0 && size.height > 0)).toBe(true);
      }),
    );
  });

  it('that cannot be read are a sentence', () => {
    const file = plain(16, 16, [200, 20, 30]);
    expect(() => decodeJpeg(file.subarray(0, file.length - 20))).toThrow('is no whole JPEG file');
    const huge = Buffer.from(file);
    const frame = huge.indexOf(Buffer.of(0xff, 0xc0));
    huge.writeUInt16BE(60_000, frame + 5);
    huge.writeUInt16BE(60_000, frame + 7);
    expect(() => decodeJpeg(huge)).toThrow('is no whole JPEG file');
  });
});
