import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seenTogether } from '../../src/main/camera/training/seen-together';

const ROWS = 12;
/** A camera with pictures of two numbers, the first its place; each row sees the one before it or the next. */
const camera = fc.array(fc.boolean(), { minLength: ROWS, maxLength: ROWS }).map((isNew) => {
  let newest = -1;
  const seen = Int32Array.from(isNew, (comes) => (comes ? ++newest : newest));
  return { pictures: Uint8Array.from({ length: 2 * (newest + 1) }, (_, i) => i), seen };
});

it('what several cameras saw is one picture a step: the newest of each, from when all of them have one', () => {
  fc.assert(
    fc.property(fc.array(camera, { minLength: 1, maxLength: 3 }), (cameras) => {
      const { pictures, seen } = seenTogether(cameras, 2);
      const width = 2 * cameras.length;
      for (let row = 0; row < ROWS; row++) {
        const places = cameras.map((one) => one.seen[row]!);
        if (places.some((place) => place < 0)) {
          expect(seen[row]).toBe(-1);
          continue;
        }
        const at = seen[row]! * width;
        const wanted = places.flatMap((place) => [2 * place, 2 * place + 1]);
        expect([...pictures.subarray(at, at + width)]).toEqual(wanted);
      }
      expect(pictures.length / width).toBe(new Set(seen).size - (seen.includes(-1) ? 1 : 0));
    }),
  );
});
