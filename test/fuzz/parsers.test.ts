import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzz } from './noise';
import { TARGETS } from './targets';

/** Of all parsers together: what `npm run fuzz` takes when it is not told otherwise. */
const BYTES = 1e7;

describe.each(TARGETS)('the parser of $name', (target) => {
  it('is never an exception, and finds the next good packet behind noise, flipped bits, cut and spliced packets', () => {
    const { packets, found, byChance, missed } = fuzz(target, BYTES / TARGETS.length, 1);
    expect(missed).toEqual([]);
    expect(found + byChance).toBe(packets);
    expect(byChance / packets).toBeLessThan(target.byChance ?? 1e-3);
  });

  it('finds the same in whatever pieces bytes come', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 20 })),
        (bytes, cuts) => {
          const [whole, pieces] = [target.open(), target.open()];
          const expected = [...whole.push(bytes), ...whole.flush()];
          const found: string[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const next = at + (cuts[i] ?? 7);
            found.push(...pieces.push(bytes.subarray(at, next)));
            at = next;
          }
          expect([...found, ...pieces.flush()]).toEqual(expected);
        },
      ),
    );
  });
});
