import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLOURS } from '../../src/shared/latent-options';
import { eyesLooker, looker, showsDepth } from '../../src/shared/look';
import { Random } from '../../src/shared/random';

const RANGE = { near: 0.5, far: 4 };

/** 255 at the nearest, 1 at the farthest, by 1 / depth. @param metres known depths */
function byteOf(metres: number[]): number {
  const mean = metres.reduce((sum, depth) => sum + 1 / depth, 0) / metres.length;
  const share = (mean - 1 / RANGE.far) / (1 / RANGE.near - 1 / RANGE.far);
  return 1 + Math.round(254 * Math.min(1, Math.max(0, share)));
}

describe('depth as it is shown to a network', () => {
  it('is a byte behind the colours: by 1 / depth between the nearest and the farthest, 0 where most of it is not known', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom('greyd', 'rgbd', 'opponentd'), (seed, colour) => {
        const random = new Random(seed);
        const unknown = () => random.uniform() < 0.4;
        const depth = Uint16Array.from({ length: 16 }, () => (unknown() ? 0 : 300 + random.integer(5000)));
        const data = Uint8Array.from({ length: 48 }, () => random.integer(256));
        const channels = colour === 'greyd' ? 2 : 4;
        const into = new Uint8Array(4 * channels);
        const plain = new Uint8Array(4 * (channels - 1));
        const look = { width: 2, height: 2, colour, depth: RANGE } as const;
        const picture = { width: 4, height: 4, channels: 3, data, depth };
        looker(look, picture)(picture, into);
        looker({ ...look, colour: channels === 4 ? 'rgb' : 'grey' }, picture)(picture, plain);
        for (let pixel = 0; pixel < 4; pixel++) {
          const [row, column] = [2 * Math.floor(pixel / 2), 2 * (pixel % 2)];
          const four = [0, 1, 4, 5].map((k) => depth[4 * row + column + k]! / 1000);
          const known = four.filter((metres) => metres > 0);
          const shown = [...into.subarray(pixel * channels, (pixel + 1) * channels)];
          expect(shown.slice(0, -1)).toEqual([
            ...plain.subarray(pixel * (channels - 1), (pixel + 1) * (channels - 1)),
          ]);
          const wanted = known.length >= 2 ? byteOf(known) : 0;
          expect(Math.abs(shown.at(-1)! - wanted)).toBeLessThanOrEqual(wanted === 0 ? 0 : 1);
        }
      }),
    );
  });

  it('is missed where a picture came without', () => {
    const look = { width: 2, height: 2, colour: 'rgbd', depth: RANGE } as const;
    const picture = { width: 2, height: 2, channels: 3, data: new Uint8Array(12) };
    expect(() => looker(look, picture)(picture, new Uint8Array(16))).toThrow(
      'A picture came without the depth that is looked at.',
    );
    expect(COLOURS.map((colour) => showsDepth({ colour }))).toEqual([
      ...[false, false, false, true, true, true],
    ]);
  });
});

it('pictures of several cameras are shown one below the other, each with its own part', () => {
  const view = { width: 4, height: 2 };
  const eyes = {
    ...{ ...view, camera: 'side', size: 2, colour: 'grey' as const },
    others: [{ ...view, camera: 'top', crop: { left: 2, top: 0, width: 2, height: 2 } }],
  };
  const picture = (value: number) => ({
    ...{ ...view, channels: 1 },
    data: Uint8Array.from({ length: 8 }, (_, i) => value + (i % 4)),
  });
  const into = new Uint8Array(8);
  eyesLooker(eyes)([picture(10), picture(100)], into);
  expect([...into]).toEqual([11, 13, 11, 13, 102, 103, 102, 103]);
});

it('pictures are shown as wide and as high as their eyes ask', () => {
  const eyes = { camera: 'side', width: 4, height: 4, size: 4, pixelsDown: 2, colour: 'grey' as const };
  const data = Uint8Array.from({ length: 16 }, (_, i) => 10 * Math.floor(i / 4) + (i % 4));
  const into = new Uint8Array(8);
  eyesLooker(eyes)([{ width: 4, height: 4, channels: 1, data }], into);
  expect([...into]).toEqual([5, 6, 7, 8, 25, 26, 27, 28]);
});
