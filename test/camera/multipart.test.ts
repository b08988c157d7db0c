import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Multipart } from '../../src/main/camera/outside/multipart';

const MOST = 4096;
/** A file without the boundary in it. */
const file = fc.uint8Array({ minLength: 1, maxLength: 300 });

/** As servers write it: with or without a length, with or without an empty line at the very beginning. */
function stream(files: readonly Uint8Array[], withLength: boolean): Buffer {
  return Buffer.concat(
    files.flatMap((data) => [
      Buffer.from(
        `--frame\r\nContent-Type: image/jpeg\r\n${withLength ? `Content-Length: ${data.length}\r\n` : ''}X-Timestamp: 12.5\r\n\r\n`,
      ),
      data,
      Buffer.from('\r\n'),
    ]),
  );
}

describe('a stream of pictures', () => {
  it('gives every file that was put in, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(
        fc.array(file, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
        (files, withLength, sizes) => {
          const bytes = Buffer.concat([stream(files, withLength), Buffer.from('--frame--\r\n')]);
          const parts = new Multipart('frame', MOST);
          const found: Uint8Array[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length]!;
            for (const { data, head } of parts.push(bytes.subarray(at, at + size))) {
              expect(head.get('x-timestamp')).toBe('12.5');
              found.push(new Uint8Array(data));
            }
            at += size;
          }
          expect(found).toEqual(files.map((data) => new Uint8Array(data)));
        },
      ),
    );
  });

  it('gives a file with a length as soon as it is there, and does not believe a length that is none', () => {
    const data = Buffer.from('0123456789');
    expect(new Multipart('--frame', MOST).push(stream([data], true).subarray(0, -2))).toHaveLength(1);
    for (const length of ['3', '9', '11', '999999999', '-1', '1e9', 'many']) {
      const wrong = Buffer.from(
        stream([data], true).toString().replace('Content-Length: 10', `Content-Length: ${length}`),
      );
      const parts = new Multipart('frame', MOST).push(Buffer.concat([wrong, Buffer.from('--frame\r\n\r\n')]));
      expect(parts.map((part) => part.data.toString())).toEqual(['0123456789']);
    }
  });

  it('is refused where a picture is too large, or what comes is no stream at all', () => {
    const parts = new Multipart('frame', MOST);
    const push = () => {
      for (let i = 0; i < 100; i++)
        parts.push(
          stream([new Uint8Array(1000)], false)
            .subarray(0, i ? 1000 : 1030)
            .fill(65, i ? 0 : 60),
        );
    };
    expect(push).toThrow('a picture of more than 0.00390625 MB');
    expect(() => new Multipart('frame', MOST).push(Buffer.alloc(20_000, 65))).toThrow('MB');
    const headless = Buffer.concat([Buffer.from('--frame\r\n'), Buffer.alloc(9000, 65)]);
    expect(() => new Multipart('frame', MOST).push(headless)).toThrow('no head before a picture');
  });
});
