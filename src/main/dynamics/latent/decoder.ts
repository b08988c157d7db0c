import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { silu, type Tensors } from '../mlp';
import { convolvedNumbers, drawByConvolutions, drawingLayers } from './convolutions';
import { arraysOfCamera, type Layers, layer, ofEachCamera } from './encoder';
import { layPatches } from './patches';
import { poseNumbers, posesOf } from './pose';
import { camerasOf, linesOf, pixelsOfOne } from './size';
import { drawThings, thingLayers } from './things';

const UNITS = 256;
/** Squares along an edge of the picture that are drawn by the same layer. */
const SIDE = 8;
const SQUARE_UNITS = 32;

type Shape = Pick<
  EyesSummary,
  'size' | 'pixelsDown' | 'colour' | 'latent' | 'decoder' | 'others' | 'motion' | 'stack' | 'acts'
>;

/** Layers of the decoder, for each camera its own. */
export const decoderLayers = (shape: Shape): Layers => ofEachCamera(shape, 'decoder', cameraLayers(shape));

/** Two for what is seen where, and one that draws every square of the picture, or convolutions that do; or things that lie about in it. */
function cameraLayers(shape: Shape): Layers {
  const first: Layers[number] = ['decoder/layer0', poseNumbers(shape), UNITS];
  if (shape.decoder === 'things') return [first, ...thingLayers(shape, UNITS)];
  if (shape.decoder === 'convolutions') {
    return [first, ['decoder/layer1', UNITS, convolvedNumbers(shape)], ...drawingLayers(shape)];
  }
  return [
    first,
    ['decoder/layer1', UNITS, SIDE ** 2 * SQUARE_UNITS],
    ['decoder/layer2', SQUARE_UNITS, pixelsOfOne(shape) / SIDE ** 2],
  ];
}

/** The layer that draws begins near 0, the mean of the pictures. */
const LAST = { squares: '/layer2', things: '/layer3', convolutions: '/layer4' } as const;

export const decoderScale =
  ({ decoder }: Pick<Shape, 'decoder'>) =>
  (name: string): number =>
    name.endsWith(LAST[decoder]) ? 0.1 : 1;

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
  const hidden = silu(layer(tensors, 'decoder/layer0', posesOf(shape, latent)));
  if (shape.decoder === 'things') return drawThings(shape, tensors, hidden);
  const where = silu(layer(tensors, 'decoder/layer1', hidden));
  if (shape.decoder === 'convolutions') return drawByConvolutions(shape, tensors, where);
  const squares = tf.reshape(where, [n * SIDE ** 2, SQUARE_UNITS]) as tf.Tensor2D;
  const drawn = layer(tensors, 'decoder/layer2', squares);
  return layPatches(tf.reshape(drawn, [n, SIDE ** 2, -1]) as tf.Tensor3D, {
    ...{ height: linesOf(shape), width: shape.size },
    ...{ down: linesOf(shape) / SIDE, right: shape.size / SIDE },
  });
}
