import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { coloursOf } from './size';

/** Pixels along a glimpse. */
const EDGE = 20;
/** Standard deviation of what a pixel of it is the mean of, pixels. */
const BLUR = 0.6;

/** Numbers of a glimpse. */
export const glimpseNumbers = (shape: Pick<EyesSummary, 'colour'>): number => EDGE ** 2 * coloursOf(shape);

/**
 * The surroundings of a place in each picture, to parts of a pixel: each pixel of it is the mean of those around its place under a Gaussian,
 * two matrix products a picture (the read operation of Gregor et al. 2015, "DRAW", at a fixed scale). Beyond the picture it is 0, the mean.
 * @param pictures [n, height, width, colours]
 * @param down where its middle is, −1 to 1 from above to below [n, 1]
 * @param right −1 to 1 from left to right [n, 1]
 * @returns [n, glimpseNumbers], column by column
 */
export function glimpsed(pictures: tf.Tensor4D, down: tf.Tensor2D, right: tf.Tensor2D): tf.Tensor2D {
  const [n, height, width, colours] = pictures.shape;
  const lines = tf.matMul(
    means(down, height),
    tf.reshape(pictures, [n, height, width * colours]),
  ) as tf.Tensor3D;
  const columns = tf.transpose(tf.reshape(lines, [n, EDGE, width, colours]), [0, 2, 1, 3]);
  const seen = tf.matMul(means(right, width), tf.reshape(columns, [n, width, EDGE * colours]));
  return tf.reshape(seen, [n, EDGE ** 2 * colours]) as tf.Tensor2D;
}

/** What every pixel along a picture counts in every one of a glimpse around `middle`, [n, EDGE, pixels]. */
function means(middle: tf.Tensor2D, pixels: number): tf.Tensor3D {
  const [n] = middle.shape;
  // Of both in pixels, from the left edge of the first.
  const around = tf.tensor3d(
    Array.from({ length: EDGE }, (_, i) => i - (EDGE - 1) / 2),
    [1, EDGE, 1],
  );
  const along = tf.tensor3d(
    Array.from({ length: pixels }, (_, i) => i + 0.5),
    [1, 1, pixels],
  );
  const at = tf.reshape(tf.mul(tf.add(middle, 1), pixels / 2), [n, 1, 1]);
  const apart = tf.sub(tf.add(at, around), along);
  const scale = 1 / (BLUR * Math.sqrt(2 * Math.PI));
  return tf.mul(tf.exp(tf.mul(tf.square(apart), -0.5 / BLUR ** 2)), scale) as tf.Tensor3D;
}
