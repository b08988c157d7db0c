import { type Crop, isInside } from './crop';
import { ForesightError } from './errors';
import { type DepthRange, type Eyes, type View, viewsOf } from './eyes';
import { LUMA, type Pixels } from './pixels';
import { type Steady, steadier } from './steady';

/** How pictures are shown to whoever learns from them: what part of them, how large, in which colours. */
export interface Look {
  /** Pixels of the picture as it was recorded; all of it when left out. */
  crop?: Crop;
  width: number;
  height: number;
  colour: Eyes['colour'];
  /** Depths that are told apart, where they are shown. */
  depth?: DepthRange;
  /** What they are brought to lie on, and into the light of. */
  steady?: Steady;
}

/** Values of a pixel that are light. Opponent colours are made of red, green and blue by the network itself. */
const lightsOf = ({ colour }: Pick<Look, 'colour'>): number => (colour.startsWith('grey') ? 1 : 3);
export const showsDepth = ({ colour }: Pick<Look, 'colour'>): boolean => colour.endsWith('d');
export const channelsOf = (look: Pick<Look, 'colour'>): number => lightsOf(look) + (showsDepth(look) ? 1 : 0);

/** Bytes of a picture. */
export const lookBytes = (look: Look): number => look.width * look.height * channelsOf(look);

type Through = View & Pick<Eyes, 'size' | 'pixelsDown' | 'colour' | 'others'>;

/** What whoever looks through these eyes is shown of each camera. */
export const looksThrough = (eyes: Through): { view: View; look: Look }[] =>
  viewsOf(eyes).map((view) => ({
    view,
    look: {
      ...{ width: eyes.size, height: eyes.pixelsDown ?? eyes.size, colour: eyes.colour },
      ...(view.crop && { crop: view.crop }),
      ...(view.depth && { depth: view.depth }),
      ...(view.steady && { steady: view.steady }),
    },
  }));

/**
 * Makes of a picture of each camera, in the order of the eyes, what the network gets: one below the other. Where there is none of a camera
 * its part is left as it is.
 * @throws ForesightError wrong-use: a crop is not inside its camera's pictures
 */
export function eyesLooker(eyes: Through): (pictures: readonly (Pixels | null)[], into: Uint8Array) => void {
  const each = looksThrough(eyes).map(({ view, look }) => ({
    show: looker(look, view),
    bytes: lookBytes(look),
  }));
  return (pictures, into) => {
    let at = 0;
    for (const [i, { show, bytes }] of each.entries()) {
      const picture = pictures[i];
      if (picture) show(picture, into.subarray(at, at + bytes));
      at += bytes;
    }
  };
}

/** Where a pixel of the scaled picture takes its light from along one axis: `count` weights from `first` on. */
interface Reach {
  first: number;
  weights: Float64Array;
}

/** Each pixel of `to` is the mean of what it covers of `from` pixels, its edges by the part of them that it covers. */
function reaches(offset: number, from: number, to: number): Reach[] {
  const ratio = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [low, high] = [i * ratio, (i + 1) * ratio];
    const first = Math.floor(low);
    const last = Math.min(from, Math.ceil(high - 1e-9));
    const weights = Float64Array.from({ length: Math.max(1, last - first) }, (_, k) => {
      const [start, end] = [Math.max(low, first + k), Math.min(high, first + k + 1)];
      return (end - start) / ratio;
    });
    return { first: offset + first, weights };
  });
}

/**
 * Makes pictures of one size look so, each [height, width, channels].
 * @throws ForesightError wrong-use: the crop is not inside the picture
 */
export function looker(
  look: Look,
  recorded: { width: number; height: number },
): (picture: Pixels, into: Uint8Array) => void {
  const crop = look.crop ?? { left: 0, top: 0, ...recorded };
  requireInside(crop, recorded);
  const columns = reaches(crop.left, crop.width, look.width);
  const rows = reaches(crop.top, crop.height, look.height);
  const lights = lightsOf(look);
  const range = showsDepth(look) ? look.depth : undefined;
  const light = new Float64Array(3);
  const isAsRecorded =
    crop.width === recorded.width &&
    crop.height === recorded.height &&
    look.width === recorded.width &&
    look.height === recorded.height;
  const steadied = look.steady && steadier(look.steady);
  return (shown, into) => {
    requireSize(shown, recorded);
    const picture = steadied ? steadied(shown) : shown;
    if (isAsRecorded && picture.channels === lights && !showsDepth(look)) {
      into.set(picture.data);
      return;
    }
    if (showsDepth(look) && !(picture.depth && range)) throw withoutDepth();
    let to = 0;
    for (const row of rows) {
      for (const column of columns) {
        mean(picture, row, column, light);
        if (lights === 1)
          into[to++] = Math.round(LUMA[0] * light[0]! + LUMA[1] * light[1]! + LUMA[2] * light[2]!);
        else for (let part = 0; part < 3; part++) into[to++] = Math.round(light[part]!);
        if (picture.depth && range) into[to++] = depthByte(picture.depth, picture.width, row, column, range);
      }
    }
  };
}

function mean({ data, width, channels }: Pixels, row: Reach, column: Reach, light: Float64Array): void {
  light.fill(0);
  for (let i = 0; i < row.weights.length; i++) {
    const line = (row.first + i) * width;
    for (let j = 0; j < column.weights.length; j++) {
      const at = channels * (line + column.first + j);
      const weight = row.weights[i]! * column.weights[j]!;
      for (let part = 0; part < 3; part++) {
        light[part] = light[part]! + weight * data[at + (channels >= 3 ? part : 0)]!;
      }
    }
  }
}

/** Share of what a pixel covers whose depth has to be known, for the pixel to have one. */
const KNOWN = 0.5;

/**
 * Depth as a byte: 255 at the nearest and nearer, 1 at the farthest and farther, in between by 1 / depth (which tells apart what is near,
 * where it matters, whatever lies far behind it); 0 where it is not known. Of several pixels the mean of 1 / depth of those that are known.
 */
function depthByte(
  depth: Uint16Array,
  width: number,
  row: Reach,
  column: Reach,
  { near, far }: DepthRange,
): number {
  let [known, sum] = [0, 0];
  for (let i = 0; i < row.weights.length; i++) {
    const line = (row.first + i) * width;
    for (let j = 0; j < column.weights.length; j++) {
      const value = depth[line + column.first + j]!;
      if (value === 0) continue;
      const weight = row.weights[i]! * column.weights[j]!;
      known += weight;
      sum += (weight * 1000) / value;
    }
  }
  if (known < KNOWN) return 0;
  const share = (sum / known - 1 / far) / (1 / near - 1 / far);
  return 1 + Math.round(254 * Math.min(1, Math.max(0, share)));
}

const withoutDepth = (): ForesightError =>
  new ForesightError(
    'bad-data',
    'A picture came without the depth that is looked at.',
    'Learn from and drive by a camera that tells depth ("depth": true in the rig.json), or choose colours without it.',
  );

function requireInside(crop: Crop, recorded: { width: number; height: number }): void {
  if (isInside(crop, recorded)) return;
  const { left, top, width, height } = crop;
  throw new ForesightError(
    'wrong-use',
    `The part of ${width} × ${height} pixels from ${left}, ${top} is not inside pictures of ${recorded.width} × ${recorded.height}.`,
    'Choose a part that lies inside the picture.',
  );
}

function requireSize(picture: Pixels, recorded: { width: number; height: number }): void {
  if (picture.width === recorded.width && picture.height === recorded.height) return;
  throw new ForesightError(
    'bad-data',
    `A picture has ${picture.width} × ${picture.height} pixels where ${recorded.width} × ${recorded.height} were recorded.`,
    'Go on without this episode.',
  );
}
