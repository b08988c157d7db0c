import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary, Recurrent } from '../../../../shared/eyes';
import { silu, type Tensors } from '../../mlp';
import { featuresOf, type Layers, layer, normalisedRows, pictureLayers } from '../encoder';

const UNITS = 96;
/** The least standard deviation of an inferred number. */
const LEAST_STD = 0.1;
/** In the beginning a standard deviation is softplus of this and the least, 0.23: with one of 1 it takes long until a look tells anything. */
const FIRST_RAW = -2;

/** What such eyes have. @throws RangeError for eyes that infer a state from the newest pictures alone */
export function recurrentOf({ recurrent }: Pick<EyesSummary, 'recurrent'>): Recurrent {
  if (recurrent === null) throw new RangeError('these eyes carry nothing from step to step');
  return recurrent;
}

/** Numbers of what is believed after a step: what is remembered, then what is inferred. */
export const beliefNumbers = ({ remembered, inferred }: Recurrent): number => remembered + inferred;

/**
 * Layers of a filter. What is believed after a step is what is remembered, h, and what is inferred, s (the recurrent state-space model
 * of Hafner et al. 2019, "Learning latent dynamics for planning from pixels"):
 *   h(t) = GRU(h(t−1), s(t−1), a(t−1))
 *   prior p(s(t) | h(t)), what is expected, and posterior q(s(t) | h(t), o(t)), what is believed after a look
 * and "join" makes of it the latent state that the model itself is learned on.
 */
export function filterLayers(summary: EyesSummary): Layers {
  const { remembered, inferred, actions } = recurrentOf(summary);
  return [
    ...pictureLayers(summary),
    ['filter/input', inferred + actions, UNITS],
    ['filter/gates', UNITS + remembered, 3 * remembered],
    ['filter/prior0', remembered, UNITS],
    ['filter/prior1', UNITS, 2 * inferred],
    ['filter/posterior0', remembered + featuresOf(summary), UNITS],
    ['filter/posterior1', UNITS, 2 * inferred],
    ['join/layer0', remembered + inferred, UNITS],
    ['join/layer1', UNITS, summary.latent],
  ];
}

/** Independent normal numbers, each [n, inferred]. */
export interface Gaussian {
  mean: tf.Tensor2D;
  std: tf.Tensor2D;
}

/**
 * What is remembered one step later: a gated recurrent unit (Cho et al. 2014) with normalised gates, which begins by keeping most of
 * what it remembers.
 * @param remembered [n, remembered]
 * @param inferred [n, inferred]
 * @param action [n, actions] what was done since then
 */
export function remember(
  tensors: Tensors,
  remembered: tf.Tensor2D,
  inferred: tf.Tensor2D,
  action: tf.Tensor2D,
): tf.Tensor2D {
  const input = silu(layer(tensors, 'filter/input', tf.concat([inferred, action], 1)));
  const gates = normalisedRows(layer(tensors, 'filter/gates', tf.concat([input, remembered], 1)));
  const [reset, wanted, open] = tf.split(gates, 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const candidate = tf.tanh(tf.mul(tf.sigmoid(reset), wanted));
  const update = tf.sigmoid(tf.sub(open, 1));
  return tf.add(tf.mul(update, candidate), tf.mul(tf.sub(1, update), remembered));
}

/**
 * What is expected of a step, and what is believed after a look: the expected, corrected by what was seen. Where there was nothing new
 * to see, the two are the same.
 * @param features of the step's picture [n, features], of no meaning where there is none
 * @param saw [n, cameras] 1 where there was a picture, else 0; what a camera without one would say is passed over
 */
export function lookAt(
  tensors: Tensors,
  remembered: tf.Tensor2D,
  features: tf.Tensor2D,
  saw: tf.Tensor2D,
): { expected: Gaussian; believed: Gaussian } {
  const two = (name: string, x: tf.Tensor2D) =>
    layer(tensors, `${name}1`, silu(normalisedRows(layer(tensors, `${name}0`, x))));
  const prior = two('filter/prior', remembered);
  const correction = two('filter/posterior', tf.concat([remembered, alone(features, saw)], 1));
  return { expected: gaussian(prior), believed: gaussian(tf.add(prior, tf.mul(correction, anySaw(saw)))) };
}

/** Features of the cameras that saw something; 0 of the others, of several. */
function alone(features: tf.Tensor2D, saw: tf.Tensor2D): tf.Tensor2D {
  const cameras = saw.shape[1];
  if (cameras === 1) return features;
  const [each, seen] = [tf.split(features, cameras, 1), tf.split(saw, cameras, 1)];
  return tf.concat(
    each.map((one, i) => tf.mul(one, seen[i] as tf.Tensor)),
    1,
  ) as tf.Tensor2D;
}

/** [n, 1] 1 where any camera saw something, else 0. @param saw [n, cameras] */
export function anySaw(saw: tf.Tensor2D): tf.Tensor2D {
  const cameras = saw.shape[1];
  if (cameras === 1) return saw;
  const blind = tf.split(tf.sub(1, saw), cameras, 1) as tf.Tensor2D[];
  return tf.sub(
    1,
    blind.reduce((all, one) => tf.mul(all, one)),
  );
}

function gaussian(numbers: tf.Tensor2D): Gaussian {
  const [mean, raw] = tf.split(numbers, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return { mean, std: tf.add(tf.softplus(tf.add(raw, FIRST_RAW)), LEAST_STD) };
}

/** The latent state of what is believed [n, beliefNumbers], each row of mean 0 and variance 1. */
export function latentOf(tensors: Tensors, belief: tf.Tensor2D): tf.Tensor2D {
  const hidden = silu(normalisedRows(layer(tensors, 'join/layer0', belief)));
  return normalisedRows(layer(tensors, 'join/layer1', hidden));
}
