import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../shared/eyes';
import type { Random } from '../../../shared/random';
import { named, silu, type Tensors } from '../mlp';
import type { NamedArray } from '../types';
import { convolvedNumbers, convolvePictures, convolvingLayers } from './convolutions';
import { glimpsed, glimpseNumbers } from './glimpse';
import { cutOverlapping, cutPatches, overlappingCentres } from './patches';
import { poseNumbers, stateOfPoses } from './pose';
import { camerasOf, coloursOf, linesOf, pixelsOfOne } from './size';

/** Numbers of what is seen in a picture. */
export const FEATURES = 64;
/** Pixels along a square that "keypoints" looks at, and along one of "patches" in a picture of 64 (of other sizes as many squares). */
const SQUARE = 8;
const PATCHES_A_SIDE = 8;
const KEYPOINTS = 24;
const KEYPOINT_UNITS = 64;
/** e to this is the largest weight of a square against the smallest. */
const SHARPEST = 8;
/** Keypoints whose surroundings are looked at, and units of the layers that look. */
export const GLIMPSES = 2;
const GLIMPSE_UNITS = 128;
const GLIMPSE_FEATURES = 32;
/** What a square counts in which nothing differs from the mean picture, where a usual one counts 1. */
const NOTHING = 0.01;
const PATCH_UNITS = 32;
const MERGED_UNITS = 64;
const WHOLE_UNITS = 256;
const JOINED_UNITS = 128;

type Arrays = Map<string, NamedArray>;
type PictureShape = Pick<EyesSummary, 'size' | 'pixelsDown' | 'colour' | 'encoder' | 'others'>;
type Shape = PictureShape & Pick<EyesSummary, 'stack' | 'latent' | 'acts' | 'motion'>;

/** Layers by name, each [inputs, units]. */
export type Layers = [name: string, inputs: number, units: number][];

/**
 * Layers of the encoder, all of them matrix products but for the last kind:
 *   keypoints  every square of 8 × 8 pixels, half overlapping, through the same two layers, which say where in it something is
 *              and how much it is looked for; the mean place over the picture, so weighted, is a keypoint (a spatial soft-argmax as
 *              in Finn et al. 2016, "Deep spatial autoencoders", on squares instead of convolutions). What moves across the
 *              picture moves its keypoints alike, with weights that know of no place.
 *   glimpses   keypoints, and the surroundings of the first two of them, through the same two layers: what stands beside a thing that
 *              moves across the picture is looked at as if the thing had not moved. A square counts by how much differs in it from the
 *              mean picture, so that keypoints lie where there is something from the beginning.
 *   patches    the same layer for each of 8 × 8 squares, a second for four neighbours, then one for all of it
 *   dense      layers for the whole picture
 *   convolutions  three of 4 × 4 pixels on every second place
 * and, whatever the encoder, "join": the features of the newest picture and how they changed, to a latent state; or those of each picture
 * to its pose.
 */
export const encoderLayers = (shape: Shape): Layers => [
  ...pictureLayers(shape),
  ['join/layer0', joinedNumbers(shape), JOINED_UNITS],
  ['join/layer1', JOINED_UNITS, poseNumbers(shape)],
];

const joinedNumbers = (shape: Shape): number =>
  shape.motion === 'differences' ? featuresOf(shape) : shape.stack * featuresOf(shape) + shape.acts;

/** Numbers of what is seen in the pictures of all cameras. */
export const featuresOf = (shape: Pick<EyesSummary, 'others'>): number => camerasOf(shape) * FEATURES;

/** Those that look at single pictures: each camera has its own. */
export const pictureLayers = (shape: PictureShape): Layers =>
  ofEachCamera(shape, 'encoder', cameraLayers(shape));

/** Layers "<part>/…" once for each camera: of the second and later ones "<part>/<number>/…". */
export const ofEachCamera = (shape: Pick<EyesSummary, 'others'>, part: string, layers: Layers): Layers =>
  Array.from({ length: camerasOf(shape) }, (_, place) =>
    layers.map(([name, inputs, units]): Layers[number] => [
      place === 0 ? name : name.replace(`${part}/`, `${part}/${place + 1}/`),
      inputs,
      units,
    ]),
  ).flat();

/** The arrays of one camera, by the names of the first. */
export function arraysOfCamera(tensors: Tensors, part: string, place: number): Tensors {
  if (place === 0) return tensors;
  const prefix = `${part}/${place + 1}/`;
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [`${part}/${name.slice(prefix.length)}`, tensor]),
  );
}

function cameraLayers(shape: PictureShape): Layers {
  const { encoder } = shape;
  const picture = pixelsOfOne(shape);
  if (encoder === 'keypoints' || encoder === 'glimpses') {
    const near = encoder === 'glimpses' ? GLIMPSES : 0;
    const layers: Layers = [
      ['encoder/layer0', SQUARE ** 2 * coloursOf(shape), KEYPOINT_UNITS],
      ['encoder/layer1', KEYPOINT_UNITS, KEYPOINT_UNITS],
      ['encoder/layer2', KEYPOINT_UNITS, 3 * KEYPOINTS],
      ['encoder/layer3', 3 * KEYPOINTS + near * GLIMPSE_FEATURES, FEATURES],
    ];
    if (near === 0) return layers;
    return [
      ...layers,
      ['encoder/layer4', glimpseNumbers(shape), GLIMPSE_UNITS],
      ['encoder/layer5', GLIMPSE_UNITS, GLIMPSE_FEATURES],
    ];
  }
  if (encoder === 'patches') {
    return [
      ['encoder/layer0', picture / PATCHES_A_SIDE ** 2, PATCH_UNITS],
      ['encoder/layer1', 4 * PATCH_UNITS, MERGED_UNITS],
      ['encoder/layer2', (PATCHES_A_SIDE / 2) ** 2 * MERGED_UNITS, WHOLE_UNITS],
      ['encoder/layer3', WHOLE_UNITS, FEATURES],
    ];
  }
  if (encoder === 'convolutions') {
    return [...convolvingLayers(shape), ['encoder/layer3', convolvedNumbers(shape), FEATURES]];
  }
  return [
    ['encoder/layer0', picture, WHOLE_UNITS],
    ['encoder/layer1', WHOLE_UNITS, WHOLE_UNITS / 2],
    ['encoder/layer2', WHOLE_UNITS / 2, FEATURES],
  ];
}

/** Weights before training: kernels normal with variance 2 / (inputs + units) (Glorot & Bengio 2010), biases 0. */
export function initialLayers(layers: Layers, random: Random, scale = (_: string) => 1): Arrays {
  return new Map(
    layers.flatMap(([name, inputs, units]): [string, NamedArray][] => {
      const deviation = scale(name) * Math.sqrt(2 / (inputs + units));
      const kernel = Float32Array.from({ length: inputs * units }, () => deviation * random.normal());
      return [
        [`${name}/kernel`, { shape: [inputs, units], values: kernel }],
        [`${name}/bias`, { shape: [units], values: new Float32Array(units) }],
      ];
    }),
  );
}

export const layer = (tensors: Tensors, name: string, x: tf.Tensor2D): tf.Tensor2D =>
  tf.add(tf.matMul(x, named(tensors, `${name}/kernel`) as tf.Tensor), named(tensors, `${name}/bias`));

/** Rows brought to mean 0 and variance 1 (layer normalisation without weights of its own). */
export function normalisedRows<T extends tf.Tensor>(x: T): T {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.div(centred, tf.sqrt(tf.add(variance, 1e-5))) as T;
}

/**
 * What is seen in single pictures, of each camera by itself.
 * @param pictures [n, height, size, colours], normalised pixel by pixel
 * @returns [n, features]
 */
export function encodePictures(shape: PictureShape, tensors: Tensors, pictures: tf.Tensor4D): tf.Tensor2D {
  const cameras = camerasOf(shape);
  if (cameras === 1) return encodeCamera(shape, tensors, pictures);
  const each = tf.split(pictures, cameras, 1) as tf.Tensor4D[];
  return tf.concat(
    each.map((one, place) => encodeCamera(shape, arraysOfCamera(tensors, 'encoder', place), one)),
    1,
  );
}

/** @param pictures [n, height, size, colours] */
function encodeCamera(shape: PictureShape, tensors: Tensors, pictures: tf.Tensor4D): tf.Tensor2D {
  const { encoder } = shape;
  if (encoder === 'keypoints' || encoder === 'glimpses') return keypointFeatures(shape, tensors, pictures);
  const [n] = pictures.shape;
  if (encoder === 'patches') {
    const squares = cutPatches(pictures, linesOf(shape) / PATCHES_A_SIDE, shape.size / PATCHES_A_SIDE);
    const [, count, numbers] = squares.shape;
    const each = silu(layer(tensors, 'encoder/layer0', tf.reshape(squares, [n * count, numbers])));
    const grid = tf.reshape(each, [n, PATCHES_A_SIDE, PATCHES_A_SIDE, PATCH_UNITS]) as tf.Tensor4D;
    const fours = tf.reshape(cutPatches(grid, 2, 2), [-1, 4 * PATCH_UNITS]) as tf.Tensor2D;
    const merged = silu(layer(tensors, 'encoder/layer1', fours));
    const whole = layer(tensors, 'encoder/layer2', tf.reshape(merged, [n, -1]) as tf.Tensor2D);
    return normalisedRows(layer(tensors, 'encoder/layer3', silu(normalisedRows(whole))));
  }
  if (encoder === 'convolutions') {
    return normalisedRows(layer(tensors, 'encoder/layer3', convolvePictures(tensors, pictures)));
  }
  const flat = tf.reshape(pictures, [n, -1]) as tf.Tensor2D;
  const first = silu(normalisedRows(layer(tensors, 'encoder/layer0', flat)));
  const second = silu(normalisedRows(layer(tensors, 'encoder/layer1', first)));
  return normalisedRows(layer(tensors, 'encoder/layer2', second));
}

function keypointFeatures(shape: PictureShape, tensors: Tensors, pictures: tf.Tensor4D): tf.Tensor2D {
  const squares = cutOverlapping(pictures, SQUARE);
  const [n, count, numbers] = squares.shape;
  const rows = tf.reshape(squares, [n * count, numbers]) as tf.Tensor2D;
  const hidden = silu(layer(tensors, 'encoder/layer1', silu(layer(tensors, 'encoder/layer0', rows))));
  const found = tf.reshape(layer(tensors, 'encoder/layer2', hidden), [n, count, 3 * KEYPOINTS]);
  const [wanted, down, right] = tf.split(found, 3, 2) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
  const looksCloser = shape.encoder === 'glimpses';
  const liked = tf.exp(tf.mul(SHARPEST, tf.tanh(tf.mul(wanted, 0.5))));
  const differs = () => tf.add(tf.mean(tf.square(squares), 2, true), NOTHING);
  const weight = looksCloser ? tf.mul(liked, differs()) : liked;
  const total = tf.sum(weight, 1, true);
  const share = tf.div(weight, total);
  const [lines, columns] = [linesOf(shape), shape.size];
  const centres = overlappingCentres(lines, columns, SQUARE);
  const place = (axis: 'down' | 'right', within: tf.Tensor3D) => {
    const reach = SQUARE / (axis === 'down' ? lines : columns);
    const middles = tf.tensor3d(
      centres.map((centre) => centre[axis]),
      [1, count, 1],
    );
    return tf.sum(tf.mul(share, tf.add(middles, tf.mul(tf.tanh(within), reach))), 1);
  };
  // How much of it there is at all tells a thing that has left the picture from one that stands in its middle.
  const presence = tf.mul(tf.log(tf.div(tf.reshape(total, [n, KEYPOINTS]), count)), 0.25);
  const [lower, farther] = [place('down', down), place('right', right)] as [tf.Tensor2D, tf.Tensor2D];
  const seen = [tf.mul(lower, 3), tf.mul(farther, 3), presence] as tf.Tensor2D[];
  for (let i = 0; looksCloser && i < GLIMPSES; i++) {
    const of = (places: tf.Tensor2D) => tf.slice2d(places, [0, i], [n, 1]);
    const near = glimpsed(pictures, of(lower), of(farther));
    const first = silu(normalisedRows(layer(tensors, 'encoder/layer4', near)));
    seen.push(normalisedRows(layer(tensors, 'encoder/layer5', first)));
  }
  return layer(tensors, 'encoder/layer3', tf.concat(seen, 1));
}

/**
 * The latent state, from the features of the newest picture, their changes over the `stack` − 1 periods before it, and what was done in
 * these.
 * @param features of each picture [n, features], oldest first
 * @param acts the actions between them, each with a mean of 0 and a deviation of 1 over the recording, [n, acts]; undefined where there
 *   are none
 * @returns [n, latent], each row of mean 0 and variance 1, or the pose in it
 */
export function joinFeatures(
  { motion }: Pick<EyesSummary, 'motion'>,
  tensors: Tensors,
  features: readonly tf.Tensor2D[],
  acts: tf.Tensor2D | undefined,
): tf.Tensor2D {
  if (motion === 'differences') {
    const poses = joined(tensors, tf.concat([...features], 0));
    return stateOfPoses(tf.split(poses, features.length, 0) as tf.Tensor2D[], acts);
  }
  const changes = features.slice(1).map((one, i) => tf.sub(one, features[i] as tf.Tensor2D));
  const newest = features.at(-1) as tf.Tensor2D;
  return joined(tensors, tf.concat([newest, ...changes, ...(acts ? [acts] : [])] as tf.Tensor2D[], 1));
}

function joined(tensors: Tensors, seen: tf.Tensor2D): tf.Tensor2D {
  const hidden = silu(normalisedRows(layer(tensors, 'join/layer0', seen)));
  return normalisedRows(layer(tensors, 'join/layer1', hidden));
}
