import { ForesightError } from '../../../shared/errors';
import type { Pixels } from '../../../shared/pixels';
import { type Cells, cellOf, cellsOf, type Placed, placeOn, type Steady } from '../../../shared/steady';

type Size = Pick<Pixels, 'width' | 'height'>;

/** Times that the pictures are laid on what was found of them before. */
const ROUNDS = 4;
/** Deviation of brightness, of 255, below which a cell counts as one where nothing moves: that of a good sensor's noise. */
const NOISE = 3;

/**
 * What stands still in pictures of a camera: their mean, each at its place and in the same light, and how little each cell of that differs
 * from picture to picture. Found by turns, beginning with one of them; in the end the middle one of them lies where it does.
 * @param pictures looked at one by one: of each its cells are kept, and not the picture
 * @param most pixels of the camera that a picture may lie aside
 * @returns undefined without a picture
 * @throws ForesightError wrong-use: pictures too small for that; bad-data: no picture shows anything
 */
export function stillIn(camera: string, pictures: Iterable<Pixels>, most: number): Steady | undefined {
  const seen: Cells[] = [];
  let size: Size | undefined;
  for (const picture of pictures) {
    size ??= { width: picture.width, height: picture.height };
    seen.push(cellsOf(picture, cellOf(size)));
  }
  if (size === undefined) return undefined;
  const cell = cellOf(size);
  const reach = Math.ceil(most / cell);
  const { width, height } = seen[0] as Cells;
  if (Math.min(width, height) < 4 * reach + 8) throw tooSmall(camera, size, most);
  let still: Cells = middling(seen);
  let weight: Cells['values'] = new Float64Array(width * height).fill(1);
  let places: (Placed | null)[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // The first may lie as far to one side as another to the other.
    const far = round === 0 ? 2 * reach : reach;
    places = centred(seen.map((picture) => placeOn(picture, still, weight, far)));
    const laid = laidOver(seen, places);
    still = laid.still;
    // What differs while pictures are not at their places yet is what stands still and has edges.
    if (round > 0) weight = laid.weight;
  }
  const known = places.filter((place) => place !== null);
  if (known.length === 0) throw tooDark(camera);
  const aside = known.flatMap(({ right, down }) => [Math.abs(right), Math.abs(down)]);
  const light = known.map((place) => 1 / place.contrast);
  return {
    ...{ most, cell, width, height },
    still: inBase64(still.values),
    weight: inBase64(weight),
    found: {
      aside: Math.min(most, Math.round(cell * Math.max(...aside))),
      ...{ darkest: Math.min(...light), brightest: Math.max(...light) },
    },
  };
}

/** One to begin with, of the middle light, whatever else is dark. */
const middling = (seen: readonly Cells[]): Cells => {
  const light = seen.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const middle = light.toSorted((a, b) => a - b)[Math.floor(light.length / 2)];
  return seen[light.indexOf(middle as number)] as Cells;
};

/** Places and lights in which the middle one is where it belongs. */
function centred(places: readonly (Placed | null)[]): (Placed | null)[] {
  const known = places.filter((place) => place !== null);
  const middle = (of: (place: Placed) => number) =>
    known.map(of).toSorted((a, b) => a - b)[Math.floor(known.length / 2)] ?? 0;
  const [right, down] = [
    Math.round(middle((place) => place.right)),
    Math.round(middle((place) => place.down)),
  ];
  const [contrast, offset] = [middle((place) => place.contrast), middle((place) => place.offset)];
  return places.map(
    (place) =>
      place && {
        ...{ right: place.right - right, down: place.down - down },
        ...{ contrast: place.contrast / contrast, offset: (place.offset - offset) / contrast },
      },
  );
}

/** Mean of what was laid over each other, cell by cell, and 1 / its variance, 0 to 255. */
function laidOver(
  seen: readonly Cells[],
  places: readonly (Placed | null)[],
): { still: Cells; weight: Cells['values'] } {
  const { width, height } = seen[0] as Cells;
  const [sum, squares] = [new Float64Array(width * height), new Float64Array(width * height)];
  let count = 0;
  for (const [i, place] of places.entries()) {
    if (!place) continue;
    count++;
    const { values } = seen[i] as Cells;
    const [right, down] = [Math.round(place.right), Math.round(place.down)];
    for (let y = 0, at = 0; y < height; y++) {
      const line = Math.max(0, Math.min(height - 1, y + down)) * width;
      for (let x = 0; x < width; x++, at++) {
        const value =
          place.contrast * values[line + Math.max(0, Math.min(width - 1, x + right))]! + place.offset;
        sum[at] = sum[at]! + value;
        squares[at] = squares[at]! + value * value;
      }
    }
  }
  const mean = sum.map((value) => value / Math.max(1, count));
  const weight = squares.map((square, at) => {
    const variance = Math.max(0, square / Math.max(1, count) - mean[at]! ** 2);
    return Math.max(1, (255 * NOISE ** 2) / (variance + NOISE ** 2));
  });
  return { still: { width, height, values: mean }, weight };
}

const inBase64 = (values: Float64Array): string =>
  Buffer.from(Uint8ClampedArray.from(values, (value) => Math.round(value))).toString('base64');

const tooSmall = (camera: string, { width, height }: Size, most: number): ForesightError =>
  new ForesightError(
    'wrong-use',
    `Pictures of ${width} × ${height} pixels of camera "${camera}" are too small to be steadied by up to ${most} pixels.`,
    'Choose fewer pixels (--steady), or larger pictures.',
  );

const tooDark = (camera: string): ForesightError =>
  new ForesightError(
    'bad-data',
    `Nothing that stands still was found in the pictures of camera "${camera}".`,
    'Look at them in the room Episodes; uncover the camera and record again, or learn without steadying them (--steady 0).',
  );
