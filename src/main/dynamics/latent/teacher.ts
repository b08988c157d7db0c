import * as tf from '@tensorflow/tfjs-core';
import { silu, type Tensors } from '../mlp';
import { type Layers, layer, normalisedRows } from './encoder';
import { movedOn, poseNumbers, posesOf, type StateShape } from './pose';

/** Units of the transition and the reward that an encoder is taught with; the model's own are learned afterwards. */
const UNITS = { transition: 200, outcome: 100 };

/** How latent states change and what they bring, learned beside an encoder, because states must be predictable. */
export const teacherLayers = (shape: StateShape, given: number, outcomes: number): Layers => [
  ['transition/layer0', shape.latent + given, UNITS.transition],
  ['transition/layer1', UNITS.transition, UNITS.transition],
  ['transition/layer2', UNITS.transition, poseNumbers(shape)],
  ['outcome/layer0', shape.latent + given, UNITS.outcome],
  ['outcome/layer1', UNITS.outcome, outcomes],
];
export const teacherScale = (name: string): number =>
  /transition\/layer2|outcome\/layer1/.test(name) ? 0.3 : 1;

/**
 * A latent state one step later.
 * @param given what is done [n, given]
 * @param acts the actions that are then part of the state, [n, acts]; undefined where none are
 */
export function carried(
  shape: StateShape,
  tensors: Tensors,
  latent: tf.Tensor2D,
  given: tf.Tensor2D,
  acts?: tf.Tensor2D,
): tf.Tensor2D {
  const first = layer(tensors, 'transition/layer0', tf.concat([latent, given], 1));
  const hidden = silu(normalisedRows(layer(tensors, 'transition/layer1', silu(normalisedRows(first)))));
  const next: tf.Tensor2D = tf.add(posesOf(shape, latent), layer(tensors, 'transition/layer2', hidden));
  const pose = normalisedRows(next);
  return shape.motion === 'differences' ? movedOn(shape, latent, pose, acts) : pose;
}

export const outcomeOf = (tensors: Tensors, latent: tf.Tensor2D, given: tf.Tensor2D): tf.Tensor2D =>
  layer(tensors, 'outcome/layer1', silu(layer(tensors, 'outcome/layer0', tf.concat([latent, given], 1))));

export const meanSquare = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.mean(tf.square(tf.sub(a, b)));
