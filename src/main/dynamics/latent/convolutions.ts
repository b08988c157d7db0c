import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { named, silu, type Tensors } from '../mlp';
import { cutPatches } from './patches';
import { coloursOf, linesOf } from './size';

/** Units of a layer that halves the picture's edge, or doubles it on the way back. */
const CHANNELS = [16, 32, 64] as const;
const [FIRST, SECOND, THIRD] = CHANNELS;

type Edges = Pick<EyesSummary, 'size' | 'pixelsDown'>;
type Shape = Edges & Pick<EyesSummary, 'colour'>;

/** Places down and along where three layers have halved the edges. */
const coarse = (shape: Edges): [down: number, along: number] => [
  linesOf(shape) / 2 ** CHANNELS.length,
  shape.size / 2 ** CHANNELS.length,
];

/** Numbers that the convolutions leave of a picture, and begin to draw one from. */
export const convolvedNumbers = (shape: Edges): number => {
  const [down, along] = coarse(shape);
  return down * along * THIRD;
};

/** Layers by name, each [inputs, units]: kernels of 4 × 4 pixels, on every second place. */
export const convolvingLayers = (shape: Shape): [string, number, number][] => [
  ['encoder/layer0', 16 * coloursOf(shape), FIRST],
  ['encoder/layer1', 16 * FIRST, SECOND],
  ['encoder/layer2', 16 * SECOND, THIRD],
];

/** Kernels of 3 × 3, each of whose places then becomes four: depth to space (Shi et al. 2016), a tenth of a transposed convolution's cost. */
export const drawingLayers = (shape: Shape): [string, number, number][] => [
  ['decoder/layer2', 9 * THIRD, 4 * SECOND],
  ['decoder/layer3', 9 * SECOND, 4 * FIRST],
  ['decoder/layer4', 9 * FIRST, 4 * coloursOf(shape)],
];

function convolved(
  tensors: Tensors,
  name: string,
  x: tf.Tensor4D,
  { edge, stride }: { edge: number; stride: number },
): tf.Tensor4D {
  const kernel = named(tensors, `${name}/kernel`);
  const units = kernel.shape[1] as number;
  const filter = tf.reshape(kernel, [edge, edge, x.shape[3], units]) as tf.Tensor4D;
  return tf.add(tf.conv2d(x, filter, stride, 'same'), named(tensors, `${name}/bias`));
}

/**
 * A kernel of 4 × 4 pixels on every second place as one matrix product: with a rim of zeros, pixels are taken two by two together, and two by
 * two of those are what a place looks at. So each number is copied four times in whole rows, and the product has all of a kernel's inputs.
 */
function halved(tensors: Tensors, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const kernel = named(tensors, `${name}/kernel`);
  const [n, height, width, colours] = x.shape;
  const units = kernel.shape[1] as number;
  const [down, along] = [height / 2, width / 2];
  const rimmed = tf.pad(x, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]) as tf.Tensor4D;
  const fours = tf.reshape(cutPatches(rimmed, 2, 2), [n, down + 1, along + 1, 4 * colours]) as tf.Tensor4D;
  const looked = [0, 1].flatMap((below) =>
    [0, 1].map((beside) => tf.slice4d(fours, [0, below, beside, 0], [n, down, along, 4 * colours])),
  );
  const rows = tf.reshape(tf.concat(looked, 3), [n * down * along, 16 * colours]) as tf.Tensor2D;
  // Its rows are in the order of pixels; the columns above in that of twos.
  const twos = tf.reshape(kernel, [2, 2, 2, 2, colours * units]);
  const ordered = tf.reshape(tf.transpose(twos, [0, 2, 1, 3, 4]), [16 * colours, units]) as tf.Tensor2D;
  const made = tf.add(tf.matMul(rows, ordered), named(tensors, `${name}/bias`));
  return tf.reshape(made, [n, down, along, units]) as tf.Tensor4D;
}

/**
 * @param pictures [n, height, size, colours]
 * @returns [n, convolvedNumbers]
 */
export function convolvePictures(tensors: Tensors, pictures: tf.Tensor4D): tf.Tensor2D {
  let x = pictures;
  for (let i = 0; i < CHANNELS.length; i++) {
    x = silu(halved(tensors, `encoder/layer${i}`, x));
  }
  return tf.reshape(x, [pictures.shape[0], -1]) as tf.Tensor2D;
}

/**
 * @param numbers [n, convolvedNumbers]
 * @returns [n, height, size, colours]
 */
export function drawByConvolutions(shape: Shape, tensors: Tensors, numbers: tf.Tensor2D): tf.Tensor4D {
  let x = tf.reshape(numbers, [numbers.shape[0], ...coarse(shape), THIRD]) as tf.Tensor4D;
  for (let i = 0; i < CHANNELS.length; i++) {
    const finer = tf.depthToSpace(
      convolved(tensors, `decoder/layer${i + 2}`, x, { edge: 3, stride: 1 }),
      2,
      'NHWC',
    );
    x = i < CHANNELS.length - 1 ? silu(finer) : finer;
  }
  return x;
}
