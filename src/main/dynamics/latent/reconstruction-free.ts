import * as tf from '@tensorflow/tfjs-core';
import { silu, type Tensors } from '../mlp';
import { TARGET } from '../updates/halves';
import { type Layers, layer, normalisedRows } from './encoder';
import { posesOf, type StateShape } from './pose';
import { carried, meanSquare, outcomeOf } from './teacher';

/**
 * What an encoder learns by where its states need not show the pictures: they must be predictable, and say something.
 *   consistency  what a state is carried to foretells the state that a slow copy of the encoder infers from the later picture (BYOL of
 *                Grill et al. 2020, carried over time as in SPR of Schwarzer et al. 2021): the copy is no part of the gradient, a predictor
 *                stands between the two, and that together keeps the states from becoming one
 *   redundancy   carried and encoded states agree, every number varies over the pictures and no two say the same (VICReg of Bardes
 *                et al. 2022; its covariance is the off-diagonal of Barlow Twins, Zbontar et al. 2021)
 */

const UNITS = 128;
/** So much of the slow copy stays in a step. */
export const FOLLOWED_SHARE = 0.99;
/** Of a number's deviation over the pictures what is asked for: a state's numbers have a mean square of 1. */
const LEAST_DEVIATION = 1;
/** Beside agreement of weight 1, as 25, 25 and 1 in VICReg. */
const WEIGHT = { variance: 1, covariance: 0.04 };

/** What was encoded in a window, one state more than there are steps, [windows, latent], and what is done from each, [windows, given]. */
interface Encoded {
  states: readonly tf.Tensor2D[];
  inputs: readonly tf.Tensor2D[];
  /** Of each state the actions that are part of it, where some are; what was done before the first step, then one step on, and so on. */
  acts?: readonly tf.Tensor2D[];
}

/** Beside it the states that the first was carried to. */
interface Unrolled extends Encoded {
  later: readonly tf.Tensor2D[];
}

/** Those of the encoder, and of what makes a state of its features. */
export const isFollowed = (name: string): boolean => /^(encoder|join)\//.test(name);

/** The slow copy's arrays, by the encoder's names. */
export const targetsIn = (tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(TARGET))
      .map(([name, tensor]) => [name.slice(TARGET.length), tensor]),
  );

/** Between a carried state and what it has to foretell. */
export const predictorLayers = (pose: number): Layers => [
  ['predictor/layer0', pose, UNITS],
  ['predictor/layer1', UNITS, pose],
];

/**
 * How far what carried states foretell is from what the slow copy says, a mean square; rows have a mean square of 1 on both sides, so it
 * is twice one minus their cosine. The first state is carried through the window, and each of the others by one step: without pictures to
 * show, this is all that they learn by.
 * @param said [(steps + 1) · windows, latent] of the copy, step by step
 */
export function agreement(
  shape: StateShape,
  tensors: Tensors,
  { states, inputs, later, acts = [] }: Unrolled,
  said: tf.Tensor2D,
): tf.Tensor {
  const told = tf.split(posesOf(shape, said), states.length, 0) as tf.Tensor2D[];
  const others = rowsOf({ states: states.slice(1), inputs: inputs.slice(1), acts: acts.slice(2) });
  const next = others ? [carried(shape, tensors, others.states, others.inputs, others.acts)] : [];
  const poses = posesOf(shape, tf.concat([...later, ...next], 0));
  const hidden = silu(layer(tensors, 'predictor/layer0', poses));
  const foretold = normalisedRows(layer(tensors, 'predictor/layer1', hidden));
  return meanSquare(foretold, tf.concat([...told.slice(1), ...told.slice(2)], 0));
}

/** How far what the states after the first bring is from what they brought, mean square, once for each step. */
export function broughtAtOnce(
  tensors: Tensors,
  { states, inputs, brought }: Encoded & { brought: readonly tf.Tensor2D[] },
): tf.Tensor[] {
  return inputs
    .slice(1)
    .map((input, k) =>
      meanSquare(outcomeOf(tensors, states[k + 1] as tf.Tensor2D, input), brought[k + 1] as tf.Tensor2D),
    );
}

/** Those from which something was done, as rows; undefined where there are none. */
function rowsOf({ states, inputs, acts = [] }: Encoded) {
  if (inputs.length === 0) return undefined;
  return {
    states: tf.concat(states.slice(0, inputs.length), 0),
    inputs: tf.concat([...inputs], 0),
    ...(acts.length > 0 && { acts: tf.concat([...acts], 0) }),
  };
}

/** What keeps encoded states from saying one thing, and carried ones, each half of it. */
export const redundancyOf = ({ states, later }: Omit<Unrolled, 'inputs'>): tf.Tensor =>
  tf.mul(
    tf.addN(
      [states, later].flatMap((some) => {
        const rows = tf.concat([...some], 0);
        return [
          tf.mul(shortOfDeviation(rows, LEAST_DEVIATION), WEIGHT.variance),
          tf.mul(covarianceOf(rows), WEIGHT.covariance),
        ];
      }),
    ),
    0.5,
  );

const centred = (rows: tf.Tensor2D): tf.Tensor2D => tf.sub(rows, tf.mean(rows, 0, true));

/** By how much the deviation of a column over the rows is below the least, mean over the columns. @param rows [n, numbers] */
export function shortOfDeviation(rows: tf.Tensor2D, least: number): tf.Tensor {
  const variance = tf.div(tf.sum(tf.square(centred(rows)), 0), rows.shape[0] - 1);
  return tf.mean(tf.relu(tf.sub(least, tf.sqrt(tf.add(variance, 1e-4)))));
}

/** Squared covariances of each column with all others over the rows, summed, mean over the columns. @param rows [n, numbers] */
export function covarianceOf(rows: tf.Tensor2D): tf.Tensor {
  const [n, numbers] = rows.shape;
  const apart = centred(rows);
  const covariances = tf.div(tf.matMul(apart, apart, true, false), n - 1);
  const others = tf.sub(1, tf.eye(numbers));
  return tf.div(tf.sum(tf.square(tf.mul(covariances, others))), numbers);
}
