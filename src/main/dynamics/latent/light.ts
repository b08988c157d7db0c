import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../shared/eyes';
import type { PixelUnit } from '../../../shared/latent-options';
import type { Random } from '../../../shared/random';
import { named, type Tensors } from '../mlp';
import type { Eyes, NamedArray } from '../types';
import type { SeenEpisode } from './pictures';
import { camerasOf, coloursOf, heightOf, pixelsOf, type Sizes } from './size';

/**
 * Deviation below which a pixel counts as one that never changes, of brightness 0 to 1: what flickers by less is noise, and a pixel
 * that one thin thing passed once must not weigh more than all others.
 */
const STILL = 0.03;
/** Pictures that the statistics are of, at most. */
const MOST = 4000;

/** Brightness by byte: looked up, because a division would be made for every pixel of every batch. */
const BRIGHTNESS = Float64Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * Opponent colours of red, green and blue, [3, 3]: brightness, red less blue, green less both (I1, I2, I3 of Ohta, Kanade and Sakai, Color
 * information for region segmentation, 1980). What is grey shows in the first alone, so that a small thing of a colour is not lost beside
 * it.
 */
const OPPONENTS = [
  [1 / 3, 1 / 3, 1 / 3],
  [1 / 2, 0, -1 / 2],
  [-1 / 4, 1 / 2, -1 / 4],
] as const;
/** Red, green and blue of those, [3, 3]. */
const COLOURS_OF_OPPONENTS = [
  [1, 1, -2 / 3],
  [1, 0, 4 / 3],
  [1, -1, -2 / 3],
] as const;

type Mixing = readonly (readonly [number, number, number])[];
type Coloured = Pick<EyesSummary, 'colour'>;

/** Are the first three numbers of a pixel mixed before they are looked at? */
const mixes = ({ colour }: Coloured): boolean => colour.startsWith('opponent');

/** Each three numbers of `values` that are light, mixed in place. */
function mix(
  values: Float32Array | Float64Array,
  at: number,
  count: number,
  colours: number,
  by: Mixing,
): void {
  const [[a, b, c], [d, e, f], [g, h, i]] = by as [Mixing[0], Mixing[0], Mixing[0]];
  for (let from = at; from < at + count; from += colours) {
    const [one, two, three] = [values[from]!, values[from + 1]!, values[from + 2]!];
    values[from] = a * one + b * two + c * three;
    values[from + 1] = d * one + e * two + f * three;
    values[from + 2] = g * one + h * two + i * three;
  }
}

/** The light of a picture as it is looked at. */
function looked(
  summary: Coloured,
  picture: ArrayLike<number>,
  into: Float32Array | Float64Array,
  at: number,
): void {
  for (let i = 0; i < picture.length; i++) into[at + i] = BRIGHTNESS[picture[i]!]!;
  if (mixes(summary)) mix(into, at, picture.length, coloursOf(summary), OPPONENTS);
}

/**
 * "pixel/mean" and "pixel/scale": how a pixel differs from its mean, in units of its own deviation, so that something small in a large picture
 * counts as well; or in units of the mean one of its camera and colour, so that something that moves across the picture looks the same
 * wherever it is.
 */
export function pixelStatistics(
  summary: Sizes & Coloured,
  episodes: readonly SeenEpisode[],
  random: Random,
  unit: PixelUnit = 'pixel',
): Map<string, NamedArray> {
  const numbers = pixelsOf(summary);
  const total = episodes.reduce((sum, { pictures }) => sum + pictures.length / numbers, 0);
  const chosen = Math.min(total, MOST);
  const sum = new Float64Array(numbers);
  const squares = new Float64Array(numbers);
  const light = new Float64Array(numbers);
  let [place, first] = [0, 0];
  for (let k = 0; k < chosen; k++) {
    const index = total <= MOST ? k : random.integer(total);
    if (total > MOST) [place, first] = [0, 0];
    let episode = episodes[place] as SeenEpisode;
    while (index - first >= episode.pictures.length / numbers) {
      first += episode.pictures.length / numbers;
      episode = episodes[++place] as SeenEpisode;
    }
    const from = (index - first) * numbers;
    looked(summary, episode.pictures.subarray(from, from + numbers), light, 0);
    for (let i = 0; i < numbers; i++) {
      const value = light[i]!;
      sum[i] = sum[i]! + value;
      squares[i] = squares[i]! + value * value;
    }
  }
  const shape = [1, heightOf(summary), summary.size, coloursOf(summary)];
  const mean = Float32Array.from(sum, (value) => value / chosen);
  const variances = Float64Array.from(squares, (square, i) =>
    Math.max(0, square / chosen - (sum[i]! / chosen) ** 2),
  );
  if (unit === 'picture') shareVariances(summary, variances);
  const scale = Float32Array.from(variances, (variance) => 1 / Math.sqrt(variance + STILL ** 2));
  return new Map([
    ['pixel/mean', { shape, values: mean }],
    ['pixel/scale', { shape, values: scale }],
  ]);
}

/** Each camera's and colour's pixels all get the mean variance of them. */
function shareVariances(shape: Sizes & Coloured, variances: Float64Array): void {
  const colours = coloursOf(shape);
  const numbers = variances.length / camerasOf(shape);
  for (let first = 0; first < variances.length; first += numbers) {
    for (let colour = first; colour < first + colours; colour++) {
      let sum = 0;
      for (let i = colour; i < first + numbers; i += colours) sum += variances[i]!;
      for (let i = colour; i < first + numbers; i += colours) variances[i] = (sum * colours) / numbers;
    }
  }
}

/** Writes a picture as the network gets it: each number of a pixel in its unit. @param picture 0 to 255 */
export function writeNormalised(
  { summary, arrays }: Eyes,
  picture: Uint8Array,
  into: Float32Array,
  at: number,
): void {
  const { mean, scale } = statisticsOf(arrays);
  if (mixes(summary)) {
    looked(summary, picture, into, at);
    for (let i = 0; i < mean.length; i++) into[at + i] = (into[at + i]! - mean[i]!) * scale[i]!;
    return;
  }
  for (let i = 0; i < mean.length; i++) into[at + i] = (BRIGHTNESS[picture[i]!]! - mean[i]!) * scale[i]!;
}

/** The way back, of one picture. @returns 0 to 255 */
export function writeShown(
  { summary, arrays }: Eyes,
  drawn: ArrayLike<number>,
  into: Uint8ClampedArray,
  at: number,
): void {
  const { mean, scale } = statisticsOf(arrays);
  const light = Float64Array.from(mean, (value, i) => drawn[i]! / scale[i]! + value);
  if (mixes(summary)) mix(light, 0, light.length, coloursOf(summary), COLOURS_OF_OPPONENTS);
  for (let i = 0; i < light.length; i++) into[at + i] = 255 * light[i]!;
}

/** The mean of the pictures learned from, as they are shown, 0 to 255, not rounded. */
export function meanShown({ summary, arrays }: Eyes): Float64Array {
  const light = Float64Array.from(statisticsOf(arrays).mean);
  if (mixes(summary)) mix(light, 0, light.length, coloursOf(summary), COLOURS_OF_OPPONENTS);
  return light.map((value) => 255 * value);
}

function statisticsOf(arrays: Eyes['arrays']) {
  return {
    mean: (arrays.get('pixel/mean') as NamedArray).values,
    scale: (arrays.get('pixel/scale') as NamedArray).values,
  };
}

/** What `writeNormalised` does, in a program. @param pictures [n, height, size, colours], 0 to 255 */
export function normalisedIn(summary: Coloured, tensors: Tensors, pictures: tf.Tensor): tf.Tensor4D {
  const light = mixedIn(summary, tf.mul(pictures, 1 / 255), OPPONENTS);
  return tf.mul(tf.sub(light, named(tensors, 'pixel/mean')), named(tensors, 'pixel/scale')) as tf.Tensor4D;
}

/** What `writeShown` does, in a program, without bounds. @param drawn [n, height, size, colours] */
export function shownIn(summary: Coloured, tensors: Tensors, drawn: tf.Tensor): tf.Tensor {
  const light = tf.add(tf.div(drawn, named(tensors, 'pixel/scale')), named(tensors, 'pixel/mean'));
  return tf.mul(mixedIn(summary, light, COLOURS_OF_OPPONENTS), 255);
}

function mixedIn(summary: Coloured, light: tf.Tensor, by: Mixing): tf.Tensor {
  if (!mixes(summary)) return light;
  const colours = coloursOf(summary);
  // A depth beside the colours stays what it is.
  const whole = Array.from({ length: colours }, (_, to) =>
    Array.from({ length: colours }, (_, from) => by[to]?.[from] ?? (to === from ? 1 : 0)),
  );
  const pixels = tf.reshape(light, [-1, colours]) as tf.Tensor2D;
  const mixing = tf.transpose(tf.tensor2d(whole)) as tf.Tensor2D;
  return tf.reshape(tf.matMul(pixels, mixing), light.shape);
}
