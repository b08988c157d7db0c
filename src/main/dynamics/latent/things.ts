import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { silu, type Tensors } from '../mlp';
import { type Layers, layer } from './encoder';
import { type Centre, centres, layPatches } from './patches';
import { coloursOf, linesOf } from './size';

/** Things that are drawn, and what else is told of each beside its place. */
const THINGS = 16;
const TRAITS = 4;
/** Numbers that every square is told, such as how bright it is all over. */
const OVERALL = 16;
const SQUARE_UNITS = 64;
/** Squares of 4 × 4 pixels, of 8 × 8 in pictures of more than so many. */
const SMALL = 2048;
/** A place is at most so far from the middle, in half pictures: things go out of the picture. */
const FARTHEST = 1.25;

type Shape = Pick<EyesSummary, 'size' | 'pixelsDown' | 'colour'>;

const edgeOf = (shape: Shape): number => (linesOf(shape) * shape.size > SMALL ? 8 : 4);
/** What a square is told of a thing: how near it is, how far down and to the right, and its traits. */
const TOLD = 3 + TRAITS;

/**
 * Layers behind the first, of `units`: what is where, and two that draw every square of the picture. What they are told is relative to
 * the square, so that what moves across the picture is drawn by the same weights wherever it is (a spatial broadcast decoder, Watters et al.
 * 2019, whose coordinates are those of things, as in Jakab et al. 2018, "Unsupervised learning of object landmarks").
 */
export const thingLayers = (shape: Shape, units: number): Layers => [
  ['decoder/layer1', units, THINGS * (2 + TRAITS) + OVERALL],
  ['decoder/layer2', THINGS * TOLD + OVERALL + 2, SQUARE_UNITS],
  ['decoder/layer3', SQUARE_UNITS, edgeOf(shape) ** 2 * coloursOf(shape)],
];

/** Squares of which a picture consists. */
export const squaresOf = (shape: Shape): number => (linesOf(shape) * shape.size) / edgeOf(shape) ** 2;

/**
 * @param hidden [n, units]
 * @returns [n, height, width, colours]
 */
export function drawThings(shape: Shape, tensors: Tensors, hidden: tf.Tensor2D): tf.Tensor4D {
  const [n] = hidden.shape;
  const edge = edgeOf(shape);
  const [height, width] = [linesOf(shape), shape.size];
  const middles = centres(height, width, edge);
  const told = toldOf(
    layer(tensors, 'decoder/layer1', hidden),
    middles,
    // From half pictures to edges of a square.
    { down: height / edge / 2, right: width / edge / 2 },
  );
  const drawn = layer(tensors, 'decoder/layer3', silu(layer(tensors, 'decoder/layer2', told)));
  return layPatches(tf.reshape(drawn, [n, middles.length, -1]) as tf.Tensor3D, {
    ...{ height, width, down: edge, right: edge },
  });
}

/**
 * What every square is told.
 * @param where [n, THINGS · (2 + TRAITS) + OVERALL]
 * @param edges of a square in half a picture
 * @returns [n · squares, THINGS · TOLD + OVERALL + 2]
 */
function toldOf(
  where: tf.Tensor2D,
  middles: readonly Centre[],
  edges: Record<keyof Centre, number>,
): tf.Tensor2D {
  const [n] = where.shape;
  const squares = middles.length;
  const [down, right, traits, overall] = tf.split(
    where,
    [THINGS, THINGS, THINGS * TRAITS, OVERALL],
    1,
  ) as tf.Tensor2D[];
  const apart = (place: tf.Tensor | undefined, axis: keyof Centre) => {
    const middle = middles.map((centre) => centre[axis]);
    const at = tf.reshape(tf.mul(FARTHEST, tf.tanh(place as tf.Tensor)), [n, 1, THINGS]);
    return tf.mul(tf.sub(at, tf.tensor3d(middle, [1, squares, 1])), edges[axis]);
  };
  const [below, beside] = [apart(down, 'down'), apart(right, 'right')];
  // Falls slowly, so that a thing is drawn to where it is missed from any distance.
  const near = tf.div(1, tf.add(1, tf.add(tf.square(below), tf.square(beside))));
  const each = tf.reshape(traits as tf.Tensor2D, [n, 1, TRAITS, THINGS]);
  const places = middles.flatMap((centre) => [centre.down, centre.right]);
  const told = tf.concat(
    [
      near,
      tf.mul(near, below),
      tf.mul(near, beside),
      tf.reshape(tf.mul(each, tf.reshape(near, [n, squares, 1, THINGS])), [n, squares, TRAITS * THINGS]),
      tf.tile(tf.reshape(overall as tf.Tensor2D, [n, 1, OVERALL]), [1, squares, 1]),
      tf.tile(tf.tensor3d(places, [1, squares, 2]), [n, 1, 1]),
    ],
    2,
  );
  return tf.reshape(told, [n * squares, THINGS * TOLD + OVERALL + 2]) as tf.Tensor2D;
}
