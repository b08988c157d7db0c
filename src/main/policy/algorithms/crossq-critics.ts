import * as tf from '@tensorflow/tfjs-core';
import { stateInputCount } from '../../dynamics/layout';
import { activate, constant, dense, filled, type MlpShape, named, type Tensors } from '../../dynamics/mlp';
import type { PolicySpace } from '../representation/space';
import type { Arrays } from '../representation/types';

/** Critics whose inputs and hidden layers are batch-normalised. */
export type NormedShape = MlpShape;

/** Share of a batch's statistics that goes into the running ones. */
const RATE = 0.01;
const EPSILON = 1e-3;

/**
 * "critic/norm<n>/scale" and "…/shift" [critics, 1, width], which are trained, and "running/norm<n>/mean" and "…/variance" of
 * the same shape; n = 0 for the critics' inputs, n + 1 behind the activation of hidden layer n.
 */
export function initialNorms(
  { layout, actions }: PolicySpace,
  { hiddenLayers, hiddenUnits }: NormedShape,
  critics: number,
): { trained: Arrays; running: Arrays } {
  const [trained, running]: [Arrays, Arrays] = [new Map(), new Map()];
  for (let norm = 0; norm <= hiddenLayers; norm++) {
    const shape = [critics, 1, norm === 0 ? stateInputCount(layout) + actions.length : hiddenUnits];
    trained.set(`critic/norm${norm}/scale`, filled(shape, 1));
    trained.set(`critic/norm${norm}/shift`, filled(shape, 0));
    running.set(`running/norm${norm}/mean`, filled(shape, 0));
    running.set(`running/norm${norm}/variance`, filled(shape, 1));
  }
  return { trained, running };
}

/**
 * Q of several critics with batch normalisation (Ioffe & Szegedy 2015) of their inputs and behind every activation.
 * @param given [1, rows, inputs + actions]
 * @param statistics batch: of these rows, which also move the running ones; running: those as they are
 * @returns values [critics, rows, 1], and the running statistics that changed
 */
export function normedValues(
  { hiddenLayers, activation }: NormedShape,
  tensors: Tensors,
  given: tf.Tensor3D,
  statistics: 'batch' | 'running',
): { values: tf.Tensor3D; running: Tensors } {
  const running: Tensors = {};
  const normed = (x: tf.Tensor3D, norm: number): tf.Tensor3D => {
    const names = { mean: `running/norm${norm}/mean`, variance: `running/norm${norm}/variance` };
    const known = { mean: named(tensors, names.mean), variance: named(tensors, names.variance) };
    const { mean, variance } = statistics === 'batch' ? momentsOf(x) : known;
    if (statistics === 'batch') {
      running[names.mean] = moved(known.mean, mean);
      running[names.variance] = moved(known.variance, variance);
    }
    const scale = tf.div(named(tensors, `critic/norm${norm}/scale`), tf.sqrt(tf.add(variance, EPSILON)));
    return tf.add(tf.mul(tf.sub(x, mean), scale), named(tensors, `critic/norm${norm}/shift`));
  };
  let hidden = normed(given, 0);
  for (let layer = 0; layer < hiddenLayers; layer++) {
    hidden = normed(activate(activation, dense(tensors, `critic/layer${layer}`, hidden)), layer + 1);
  }
  return { values: dense(tensors, `critic/layer${hiddenLayers}`, hidden), running };
}

function momentsOf(x: tf.Tensor3D): { mean: tf.Tensor3D; variance: tf.Tensor3D } {
  const mean = tf.mean(x, 1, true) as tf.Tensor3D;
  return { mean, variance: tf.mean(tf.square(tf.sub(x, mean)), 1, true) as tf.Tensor3D };
}

const moved = (known: tf.Tensor3D, now: tf.Tensor3D): tf.Tensor3D =>
  tf.add(known, tf.mul(RATE, tf.sub(constant(now), known)));
