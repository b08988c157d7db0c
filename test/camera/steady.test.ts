import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stillIn as foundStill } from '../../src/main/camera/training/still';
import { looker } from '../../src/shared/look';
import type { Pixels } from '../../src/shared/pixels';
import { Random } from '../../src/shared/random';
import { Steady, steadier, steadyWords } from '../../src/shared/steady';

/** What a camera may look at: blocks before a wall, wider than a picture by what it may be moved. */
function scene(random: Random, width: number, height: number): Uint8Array {
  const values = new Uint8Array(width * height).fill(170);
  for (let block = 0; block < 12; block++) {
    const [left, top] = [random.integer(width - 8), random.integer(height - 8)];
    const [across, down, value] = [4 + random.integer(12), 4 + random.integer(12), 20 + random.integer(120)];
    for (let y = top; y < Math.min(height, top + down); y++) {
      values.fill(value, y * width + left, y * width + Math.min(width, left + across));
    }
  }
  return values;
}

const AROUND = 8;

const stillIn = (...given: Parameters<typeof foundStill>): Steady => foundStill(...given) as Steady;

/** A picture of it by a camera that shook, in some light, with something before it that moves. */
function shot(
  of: Uint8Array,
  size: { width: number; height: number; channels: number },
  { right, down, light, thing }: { right: number; down: number; light: number; thing: number },
): Pixels {
  const { width, height, channels } = size;
  const wide = width + 2 * AROUND;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const seen = of[(y - down + AROUND) * wide + x - right + AROUND]!;
      const isThing = Math.abs(x - right - thing) < 3 && Math.abs(y - down - height / 2) < 3;
      for (let part = 0; part < channels; part++) {
        data[channels * (y * width + x) + part] = Math.round((isThing ? 240 : seen) * light);
      }
    }
  }
  return { width, height, channels, data };
}

/** Pictures by a camera that shook by up to so many pixels; how, and how they would be if it had not. */
function shaken(seed: number, size: { width: number; height: number; channels: number }, most: number) {
  const random = new Random(seed);
  const of = scene(random, size.width + 2 * AROUND, size.height + 2 * AROUND);
  const shakes = Array.from({ length: 40 }, () => ({
    ...{ right: random.integer(2 * most + 1) - most, down: random.integer(2 * most + 1) - most },
    ...{ light: 0.75 + 0.25 * random.uniform(), thing: 10 + random.integer(size.width - 20) },
  }));
  return {
    pictures: shakes.map((shake) => shot(of, size, shake)),
    shakes,
    still: shakes.map(({ thing }) => shot(of, size, { right: 0, down: 0, light: 1, thing })),
  };
}

/** The difference that nine of ten pixels stay within, away from the rims. */
function mostly(one: Pixels, other: Pixels): number {
  const all: number[] = [];
  for (let y = 8; y < one.height - 8; y++) {
    for (let x = 8; x < one.width - 8; x++) {
      const at = one.channels * (y * one.width + x);
      all.push(Math.abs(one.data[at]! - other.data[at]!));
    }
  }
  return all.sort((a, b) => a - b)[Math.floor(0.9 * all.length)]!;
}

describe('pictures of a camera that shakes', () => {
  it('are brought to one place and one light, whatever moves before the camera', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1, 3, 4), (seed, channels) => {
        const { pictures } = shaken(seed, { width: 48, height: 40, channels }, 2);
        const show = steadier(stillIn('side', pictures, 3));
        const [first, ...others] = pictures.map(show) as [Pixels, ...Pixels[]];
        for (const other of others) expect(mostly(first, other)).toBeLessThanOrEqual(8);
      }),
      { numRuns: 8 },
    );
  });

  it('of a camera that stands still in the same light stay as they are', () => {
    const { still } = shaken(3, { width: 48, height: 40, channels: 3 }, 2);
    const steady = stillIn('side', still, 3);
    expect(steady.found.aside).toBe(0);
    for (const picture of still) {
      const shown = steadier(steady)(picture);
      expect(Math.max(...shown.data.map((value, i) => Math.abs(value - picture.data[i]!)))).toBeLessThan(6);
    }
    expect(steadyWords('side', steady)).toMatch(
      /^Camera "side" stood still in a sample of its pictures, its light between (9\d|100) % and 10\d % of the usual\.$/,
    );
  });

  it('are laid on coarser cells where they are large, to less than such a cell', () => {
    const { pictures, shakes } = shaken(5, { width: 240, height: 160, channels: 1 }, 6);
    const steady = stillIn('side', pictures, 6);
    expect([steady.cell, steady.width, steady.height]).toEqual([3, 80, 53]);
    const marks = pictures.map((picture, i) => {
      // A mark where the camera saw a corner of the wall comes back to one place.
      const { right, down } = shakes[i]!;
      const marked = { ...picture, data: new Uint8Array(picture.data) };
      marked.data[(80 + down) * 240 + 120 + right] = 255;
      const { data } = steadier(steady)(marked);
      const place = data.indexOf(Math.max(...data));
      return [place % 240, Math.floor(place / 240)] as const;
    });
    for (const axis of [0, 1] as const) {
      const places = marks.map((mark) => mark[axis]);
      expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(steady.cell);
    }
  });

  it('stay as they are where nothing can be told: a black one, and one of even grey', () => {
    const { pictures } = shaken(7, { width: 48, height: 40, channels: 3 }, 2);
    const show = steadier(stillIn('side', pictures, 3));
    for (const value of [0, 1, 128, 255]) {
      const even = { width: 48, height: 40, channels: 3, data: new Uint8Array(48 * 40 * 3).fill(value) };
      expect(show(even).data).toEqual(even.data);
    }
  });

  it('take their depth along, of which nothing is known where they come in at a rim', () => {
    const { pictures, shakes } = shaken(11, { width: 48, height: 40, channels: 3 }, 2);
    const show = steadier(stillIn('side', pictures, 3));
    const place = shakes.findIndex(({ right }) => right === 2);
    const picture = pictures[place] as Pixels;
    const depth = Uint16Array.from({ length: 48 * 40 }, (_, at) => 1000 + (at % 48));
    const { depth: moved } = show({ ...picture, depth });
    const row = [...moved!.subarray(20 * 48, 21 * 48)];
    const by = row[20]! - 1020;
    expect(by).toBeGreaterThan(0);
    expect(by).toBeLessThanOrEqual(4);
    expect(row).toEqual(row.map((_, x) => (x + by < 48 && x + by >= 0 ? 1000 + x + by : 0)));
  });

  it('are cropped and scaled after they were steadied', () => {
    const { pictures } = shaken(13, { width: 48, height: 40, channels: 1 }, 2);
    const steady = stillIn('side', pictures, 3);
    const crop = { left: 8, top: 8, width: 32, height: 24 };
    const look = { width: 16, height: 16, colour: 'grey', crop } as const;
    const [picture] = pictures as [Pixels];
    const [direct, looked] = [new Uint8Array(256), new Uint8Array(256)];
    looker(look, picture)(steadier(steady)(picture), direct);
    looker({ ...look, steady }, picture)(picture, looked);
    expect(looked).toEqual(direct);
  });
});

describe('what stands still in a camera’s pictures', () => {
  it('is nothing where there are no pictures', () => {
    expect(foundStill('side', [], 3)).toBeUndefined();
  });

  it('is refused where the pictures are too small to be moved, or show nothing', () => {
    const small = { width: 16, height: 16, channels: 1, data: new Uint8Array(256).fill(9) };
    expect(() => stillIn('side', [small], 3)).toThrow(
      'Pictures of 16 × 16 pixels of camera "side" are too small to be steadied by up to 3 pixels.',
    );
    const black = { width: 48, height: 40, channels: 1, data: new Uint8Array(48 * 40) };
    expect(() => stillIn('side', [black, black], 3)).toThrow(
      'Nothing that stands still was found in the pictures of camera "side".',
    );
  });

  it('comes back from a file as it was, and a damaged one is refused', () => {
    const { pictures } = shaken(17, { width: 48, height: 40, channels: 1 }, 2);
    const steady = stillIn('side', pictures, 3);
    expect(Steady.parse(JSON.parse(JSON.stringify(steady)))).toEqual(steady);
    expect(() => steadier({ ...steady, still: steady.still.slice(0, 400) })).toThrow(
      'What stands still in the pictures of its camera has another size than the file says.',
    );
  });

  it('says how far the camera moved, and how its light changed', () => {
    const found = { aside: 3, darkest: 0.72, brightest: 1.081 };
    const { pictures } = shaken(19, { width: 48, height: 40, channels: 1 }, 2);
    const steady = stillIn('side', pictures, 3);
    expect(steady.found.aside).toBeGreaterThanOrEqual(2);
    expect(steadyWords('side', { ...steady, found })).toBe(
      'Camera "side" lay up to 3 pixels or more aside in a sample of its pictures, its light between 72 % and 108 % of the usual.',
    );
  });
});
