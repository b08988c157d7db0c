import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { stateInputCount } from '../../dynamics/layout';
import {
  activate,
  dense,
  filled,
  initialMlp,
  type MlpShape,
  mlp,
  named,
  type Tensors,
} from '../../dynamics/mlp';
import { jointActions, type PolicySpace } from './space';
import type { Arrays } from './types';

export interface CriticShape extends MlpShape {
  /** Layer normalisation (Ba et al. 2016) before every activation. */
  layerNorm: boolean;
}

/**
 * Random numbers of a dropout, one evaluation of the critics: a unit stays where frac(offset + factor · unit) ≥ share. Offsets
 * and units are uniform in [0, 1) and factors whole numbers, so every one of the fractions is uniform and two of them are
 * independent, of numbers that are fewer than units × rows by far.
 */
export interface Dropping {
  share: number;
  /** [layers][critics, batch, 1] */
  offsets: tf.Tensor3D[];
  factors: tf.Tensor3D[];
  /** [layers][critics, 1, units] */
  units: tf.Tensor3D[];
}

/** Numbers that are added to variances, as of layers' units, before they divide. */
const EPSILON = 1e-5;

/**
 * Action values Q(s, a) of several critics side by side, "critic/layer<n>/…" [critics, …]. Of a rig whose actions are discrete
 * a critic sees the state alone and says the value of every joint action.
 */
export function initialCritics(
  space: PolicySpace,
  shape: MlpShape & { layerNorm?: boolean },
  critics: number,
  random: Random,
): Arrays {
  const joint = jointActions(space);
  const inputs = stateInputCount(space.layout) + (joint ? 0 : space.actions.length);
  const sizes = { members: critics, inputs, outputs: joint?.length ?? 1 };
  const arrays = initialMlp(shape, sizes, random, 'critic/');
  for (let layer = 0; shape.layerNorm && layer < shape.hiddenLayers; layer++) {
    const width = [critics, 1, shape.hiddenUnits];
    arrays.set(`critic/layer${layer}/scale`, filled(width, 1));
    arrays.set(`critic/layer${layer}/shift`, filled(width, 0));
  }
  return arrays;
}

/**
 * @param inputs [1 or critics, batch, inputs] of the state (`policyInputs`)
 * @param action [1 or critics, batch, actions] in units of the ranges; left out where actions are discrete
 * @returns [critics, batch, 1], or of discrete actions [critics, batch, joint actions]
 */
export function criticValues(
  shape: MlpShape & { layerNorm?: boolean },
  tensors: Tensors,
  inputs: tf.Tensor3D,
  action: tf.Tensor3D | null,
  prefix = 'critic/',
  dropping?: Dropping,
): tf.Tensor3D {
  const given: tf.Tensor3D = action ? tf.concat([inputs, action], 2) : inputs;
  if (!shape.layerNorm && !dropping) return mlp(shape, tensors, given, prefix);
  let hidden = given;
  for (let layer = 0; layer < shape.hiddenLayers; layer++) {
    const name = `${prefix}layer${layer}`;
    hidden = dense(tensors, name, hidden);
    if (dropping) hidden = dropped(hidden, dropping, layer);
    if (shape.layerNorm) hidden = normalised(hidden, tensors, name);
    hidden = activate(shape.activation, hidden);
  }
  return dense(tensors, `${prefix}layer${shape.hiddenLayers}`, hidden);
}

function normalised(hidden: tf.Tensor3D, tensors: Tensors, name: string): tf.Tensor3D {
  const centred = tf.sub(hidden, tf.mean(hidden, 2, true));
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), 2, true), EPSILON));
  const scaled = tf.mul(tf.div(centred, deviation), named(tensors, `${name}/scale`));
  return tf.add(scaled, named(tensors, `${name}/shift`));
}

function dropped(hidden: tf.Tensor3D, { share, offsets, factors, units }: Dropping, layer: number) {
  const [offset, factor, unit] = [offsets[layer], factors[layer], units[layer]] as [
    tf.Tensor3D,
    tf.Tensor3D,
    tf.Tensor3D,
  ];
  const drawn = tf.add(offset, tf.mul(factor, unit));
  const stays = tf.cast(tf.greaterEqual(tf.sub(drawn, tf.floor(drawn)), share), 'float32');
  return tf.mul(hidden, tf.mul(stays, 1 / (1 - share))) as tf.Tensor3D;
}
