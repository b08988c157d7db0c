import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { silu, type Tensors } from '../mlp';
import { convolvedNumbers, drawByConvolutions, drawingLayers } from './convolutions';
import { arraysOfCamera, type Layers, layer, ofEachCamera } from './encoder';
import { layPatches } from './patches';
import { camerasOf, linesOf, pixelsOfOne } from './size';

const UNITS = 256;
/** Squares along an edge of the picture that are drawn by the same layer. */
const SIDE = 8;
const SQUARE_UNITS = 32;

type Shape = Pick<EyesSummary, 'size' | 'pixelsDown' | 'colour' | 'latent' | 'decoder' | 'others'>;

/** Layers of the decoder, for each camera its own. */
export const decoderLayers = (shape: Shape): Layers => ofEachCamera(shape, 'decoder', cameraLayers(shape));

/** Two for what is seen where, and one that draws every square of the picture, or convolutions that do. */
const cameraLayers = (shape: Shape): Layers => [
  ['decoder/layer0', shape.latent, UNITS],
  ...(shape.decoder === 'convolutions'
    ? [['decoder/layer1', UNITS, convolvedNumbers(shape)] as const, ...drawingLayers(shape)]
    : [
        ['decoder/layer1', UNITS, SIDE ** 2 * SQUARE_UNITS] as const,
        ['decoder/layer2', SQUARE_UNITS, pixelsOfOne(shape) / SIDE ** 2] as const,
      ]
  ).map(([name, inputs, units]): Layers[number] => [name, inputs, units]),
];

/** The last layer begins near 0, the mean of the pictures. */
export const decoderScale =
  ({ decoder }: Pick<Shape, 'decoder'>) =>
  (name: string): number =>
    name.endsWith(decoder === 'convolutions' ? '/layer4' : '/layer2') ? 0.1 : 1;

/**
 * The newest picture of a latent state, of all cameras one below the other.
 * @param latent [n, latent]
 * @returns [n, height, size, colours], normalised pixel by pixel
 */
export function decodePictures(shape: Shape, tensors: Tensors, latent: tf.Tensor2D): tf.Tensor4D {
  const cameras = camerasOf(shape);
  if (cameras === 1) return drawOne(shape, tensors, latent);
  return tf.concat(
    Array.from({ length: cameras }, (_, place) =>
      drawOne(shape, arraysOfCamera(tensors, 'decoder', place), latent),
    ),
    1,
  );
}

/** @returns [n, height, size, colours] */
function drawOne(shape: Shape, tensors: Tensors, latent: tf.Tensor2D): tf.Tensor4D {
  const [n] = latent.shape;
  const where = silu(layer(tensors, 'decoder/layer1', silu(layer(tensors, 'decoder/layer0', latent))));
  if (shape.decoder === 'convolutions') return drawByConvolutions(shape, tensors, where);
  const squares = tf.reshape(where, [n * SIDE ** 2, SQUARE_UNITS]) as tf.Tensor2D;
  const drawn = layer(tensors, 'decoder/layer2', squares);
  return layPatches(tf.reshape(drawn, [n, SIDE ** 2, -1]) as tf.Tensor3D, {
    ...{ height: linesOf(shape), width: shape.size },
    ...{ down: linesOf(shape) / SIDE, right: shape.size / SIDE },
  });
}
