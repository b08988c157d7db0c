import { z } from 'zod';
import { ForesightError } from './errors';
import { LUMA, type Pixels } from './pixels';

/** Pixels that a picture may lie aside, at most. */
export const MOST_ASIDE = 16;
/** Cells across what stands still, at most: more find a picture's place no better, and take as much longer. */
const MOST_CELLS = 96;
/** Contrast that is another by more than this factor is none: the camera is covered, or something else stands before it. */
const MOST_LIGHT = 4;

/** A grid [height, width] of brightness. */
export interface Cells {
  width: number;
  height: number;
  values: Float64Array;
}

/** What stands still in a camera's pictures, by which each of them is brought to its place and to the same light. */
export const Steady = z.object({
  /** Pixels of the camera that a picture may lie aside, at most. */
  most: z.number().int().min(1).max(MOST_ASIDE),
  /** Pixels of the camera across a cell, and down one. */
  cell: z.number().int().min(1),
  width: z.number().int().min(1).max(MOST_CELLS),
  height: z.number().int().min(1).max(MOST_CELLS),
  /** [height, width] bytes, base64: brightness of each cell. */
  still: z.base64(),
  /** The same: how much each counts, 255 where nothing but the camera moves. */
  weight: z.base64(),
  /** Of the pictures that it was found in: the farthest aside, pixels, and the darkest and the brightest, as shares of the usual light. */
  found: z.object({ aside: z.number().int(), darkest: z.number(), brightest: z.number() }),
});
export type Steady = z.infer<typeof Steady>;

/** How a picture lies: so far to the right and down, and what its brightness, 0 to 255, is to be multiplied by and added to. */
export interface Placed {
  right: number;
  down: number;
  contrast: number;
  offset: number;
}

/** Pixels of the camera across a cell: as few as there may be. */
export const cellOf = ({ width, height }: { width: number; height: number }): number =>
  Math.ceil(Math.max(width, height) / MOST_CELLS);

/** Mean brightness of a picture's cells; of what is left at the right and below, which is less than a cell, nothing is told. */
export function cellsOf({ data, width, height, channels }: Pixels, cell: number): Cells {
  const [columns, rows] = [Math.floor(width / cell), Math.floor(height / cell)];
  const values = new Float64Array(columns * rows);
  for (let y = 0; y < rows * cell; y++) {
    for (let x = 0; x < columns * cell; x++) {
      const at = channels * (y * width + x);
      const light =
        channels < 3 ? data[at]! : LUMA[0] * data[at]! + LUMA[1] * data[at + 1]! + LUMA[2] * data[at + 2]!;
      const to = Math.floor(y / cell) * columns + Math.floor(x / cell);
      values[to] = values[to]! + light / (cell * cell);
    }
  }
  return { width: columns, height: rows, values };
}

/**
 * Where a picture p lies on what stands still, r, weighed by w: the shift with the largest weighed correlation over the cells that are seen
 * at it,
 *   c = cov(p, r)² / (var(p) var(r)),
 * and the light that brings it nearest, r ≈ contrast · p + offset by least squares: bright parts may have been too bright to be told.
 * Between cells by the parabola through the neighbours.
 * @param most cells aside
 * @returns right and down in parts of a cell; null for what is too dark or too even to be compared
 */
export function placeOn(picture: Cells, still: Cells, weight: Cells['values'], most: number): Placed | null {
  const span = 2 * most + 1;
  const found = new Float64Array(span * span);
  let best: { place: number; contrast: number; offset: number } | undefined;
  for (let place = 0; place < span * span; place++) {
    const [down, right] = [Math.floor(place / span) - most, (place % span) - most];
    const { alike, contrast, offset } = compared(picture, still, weight, { right, down });
    found[place] = alike;
    if (alike > (best ? found[best.place]! : 0)) best = { place, contrast, offset };
  }
  if (!best || !(best.contrast >= 1 / MOST_LIGHT && best.contrast <= MOST_LIGHT)) return null;
  const [down, right] = [Math.floor(best.place / span), best.place % span];
  return {
    right: right - most + between(right, span, (i) => found[down * span + i]!),
    down: down - most + between(down, span, (i) => found[i * span + right]!),
    ...{ contrast: best.contrast, offset: best.offset },
  };
}

/** The squared correlation at one shift, 0 where the two are contrary, and the light that brings one nearest to the other. */
function compared(
  { values: p }: Cells,
  { width, height, values: r }: Cells,
  weight: Cells['values'],
  { right, down }: Pick<Placed, 'right' | 'down'>,
): { alike: number; contrast: number; offset: number } {
  const aside = down * width + right;
  // Plain numbers, one by one: this is looked at some two hundred thousand times for every picture.
  let all = 0;
  let sumP = 0;
  let sumR = 0;
  let squaresP = 0;
  let squaresR = 0;
  let both = 0;
  const [first, last] = [Math.max(0, -down), Math.min(height, height - down)];
  const [left, end] = [Math.max(0, -right), Math.min(width, width - right)];
  for (let y = first; y < last; y++) {
    for (let at = y * width + left; at < y * width + end; at++) {
      const w = weight[at]!;
      const seen = p[at + aside]!;
      const rest = r[at]!;
      const weighedP = w * seen;
      const weighedR = w * rest;
      all += w;
      sumP += weighedP;
      sumR += weighedR;
      squaresP += weighedP * seen;
      squaresR += weighedR * rest;
      both += weighedP * rest;
    }
  }
  const [meanP, meanR] = [sumP / all, sumR / all];
  const varP = squaresP / all - meanP ** 2;
  const varR = squaresR / all - meanR ** 2;
  const covariance = both / all - meanP * meanR;
  const isAlike = covariance > 0 && varP > 0 && varR > 0;
  const contrast = covariance / varP;
  return {
    alike: isAlike ? covariance ** 2 / (varP * varR) : 0,
    ...{ contrast, offset: meanR - contrast * meanP },
  };
}

/** Where the parabola through a place and its neighbours is highest, −½ to ½; 0 at a rim. */
function between(place: number, span: number, of: (place: number) => number): number {
  if (place === 0 || place === span - 1) return 0;
  const [before, here, after] = [of(place - 1), of(place), of(place + 1)];
  const bend = before - 2 * here + after;
  return bend < 0 ? Math.min(0.5, Math.max(-0.5, (before - after) / (2 * bend))) : 0;
}

/** Brings pictures of a camera to their place and to the usual light; one that is too dark or too even to be compared stays as it is. */
export function steadier(steady: Steady): (picture: Pixels) => Pixels {
  const { width, height, cell, most } = steady;
  const bytes = (text: string) => Float64Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const still = { width, height, values: bytes(steady.still) };
  const weight = bytes(steady.weight);
  if (still.values.length !== width * height || weight.length !== width * height) throw damaged();
  const reach = Math.ceil(most / cell);
  const pixels = (cells: number) => Math.max(-most, Math.min(most, Math.floor(cells * cell + 0.5)));
  return (picture) => {
    const placed = placeOn(cellsOf(picture, cell), still, weight, reach);
    if (!placed) return picture;
    const whole = { ...placed, right: pixels(placed.right), down: pixels(placed.down) };
    return moved(picture, whole, (x, y) => {
      const [column, row] = [within(Math.floor(x / cell), width), within(Math.floor(y / cell), height)];
      return still.values[row * width + column]!;
    });
  };
}

/**
 * The picture moved back by so many pixels, and in another light.
 * @param fill brightness of a pixel that comes in at a rim, where nothing was seen
 */
function moved(
  picture: Pixels,
  { right, down, contrast, offset }: Placed,
  fill: (x: number, y: number) => number,
): Pixels {
  const { width, height, channels, data, depth } = picture;
  const lights = channels === 4 ? 3 : channels;
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => inByte(contrast * byte + offset));
  const next = new Uint8Array(data.length);
  const deep = depth && new Uint16Array(depth.length);
  for (let y = 0; y < height; y++) {
    const line = within(y + down, height);
    for (let x = 0; x < width; x++) {
      const column = within(x + right, width);
      const from = line * width + column;
      const to = y * width + x;
      const filled = line !== y + down || column !== x + right ? fill(x, y) : null;
      for (let part = 0; part < channels; part++) {
        const value = data[channels * from + part]!;
        next[channels * to + part] = part < lights ? (filled ?? bytes[value]!) : value;
      }
      if (depth && deep) deep[to] = filled === null ? depth[from]! : 0;
    }
  }
  return { width, height, channels, data: next, ...(deep && { depth: deep }) };
}

const within = (place: number, size: number): number => Math.max(0, Math.min(size - 1, place));
const inByte = (value: number): number => Math.max(0, Math.min(255, Math.floor(value + 0.5)));

const damaged = (): ForesightError =>
  new ForesightError(
    'bad-file',
    'What stands still in the pictures of its camera has another size than the file says.',
    'Get the file again, or train the model again.',
  );

/** What was found of a camera, as a sentence. */
export function steadyWords(camera: string, { most, found }: Steady): string {
  const { aside, darkest, brightest } = found;
  const shares = [darkest, brightest].map((share) => `${Math.round(100 * share)} %`);
  const light = `its light between ${shares.join(' and ')} of the usual`;
  if (aside === 0) return `Camera "${camera}" stood still in a sample of its pictures, ${light}.`;
  const atRim = aside >= most ? ' or more' : '';
  return `Camera "${camera}" lay up to ${aside} ${aside === 1 ? 'pixel' : 'pixels'}${atRim} aside in a sample of its pictures, ${light}.`;
}
