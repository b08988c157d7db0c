import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineDecoder } from '../../../../src/main/rig/drivers/lines/line-decoder';

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const printable = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
  minLength: 1,
  maxLength: 30,
});

describe('the line decoder', () => {
  it('gives every line once, in order, however the bytes are cut and whichever way lines end', () => {
    const ends = fc.constantFrom('\n', '\r', '\r\n');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(printable, ends)),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (lines, cuts) => {
          const decoder = new LineDecoder(64);
          const all = bytes(lines.map(([text, end]) => text + end).join(''));
          const found: unknown[] = [];
          for (let at = 0, cut = 0; at < all.length; cut++) {
            const next = at + (cuts[cut % Math.max(1, cuts.length)] ?? all.length);
            found.push(...decoder.push(all.subarray(at, next)));
            at = next;
          }
          expect(found).toEqual(lines.map(([text]) => ({ text })));
        },
      ),
    );
  });

  it('loses what is no text or too long, and gives the line after it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), printable, (noise, line) => {
        const decoder = new LineDecoder(64);
        const found = decoder.push(Uint8Array.of(...noise, 0x0a, ...bytes(line), 0x0a));
        expect(found.at(-1)).toEqual({ text: line });
      }),
    );
  });

  it('says how long a line was, and that bytes were no text', () => {
    const decoder = new LineDecoder(8);
    expect(decoder.push(bytes('0123456789\n\u00ff1\nok\n'))).toEqual([
      { bad: 'too long', bytes: 10 },
      { bad: 'not text', bytes: 2 },
      { text: 'ok' },
    ]);
    expect(decoder.counters).toEqual({ bytes: 17, lines: 1, tooLong: 1, notText: 1 });
  });
});
