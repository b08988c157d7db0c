import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shifted } from '../../../src/main/dynamics/latent/augment';

describe('pictures that are shifted while an encoder learns', () => {
  it('have every pixel from so far below and beside in the same picture, and 0 where there is none', () => {
    const shift = fc.integer({ min: -8, max: 8 });
    const cases = fc.record({
      ...{ size: fc.constantFrom(16, 24), pixelsDown: fc.constantFrom(16, 32) },
      ...{ colour: fc.constantFrom('grey' as const, 'rgb' as const), down: shift, right: shift },
      cameras: fc.integer({ min: 1, max: 2 }),
    });
    fc.assert(
      fc.property(cases, ({ size, pixelsDown, colour, down, right, cameras }) => {
        const colours = colour === 'rgb' ? 3 : 1;
        const others = Array.from({ length: cameras - 1 }, () => ({
          camera: 'b',
          width: size,
          height: size,
        }));
        const pictures = Float32Array.from(
          { length: cameras * pixelsDown * size * colours },
          (_, i) => i + 1,
        );
        const into = new Float32Array(pictures.length).fill(-1);
        shifted({ size, pixelsDown, colour, others }, pictures, into, down, right);
        const expected = pictures.map((_, i) => {
          const [c, column] = [i % colours, Math.floor(i / colours) % size];
          const line = Math.floor(i / (colours * size));
          const [camera, row] = [Math.floor(line / pixelsDown), line % pixelsDown];
          const [y, x] = [row + down, column + right];
          const isInside = y >= 0 && y < pixelsDown && x >= 0 && x < size;
          return isInside ? pictures[((camera * pixelsDown + y) * size + x) * colours + c]! : 0;
        });
        expect([...into]).toEqual([...expected]);
      }),
    );
  });
});
