import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { stateInputCount } from '../../dynamics/layout';
import { initialMlp, type MlpShape, mlp, mlpArrayShapes, type Tensors } from '../../dynamics/mlp';
import type { PolicySpace } from './space';
import type { Arrays } from './types';

const PREFIX = 'value/';

/**
 * Weights before training of a state value V(s), what a policy earns from s on: "value/layer<n>/kernel" [1, inputs, units] and
 * "value/layer<n>/bias" [1, 1, units] (dynamics/mlp.ts), over the policy's normalised inputs.
 */
export const initialValue = (space: PolicySpace, shape: MlpShape, random: Random): Arrays =>
  initialMlp(shape, { members: 1, inputs: stateInputCount(space.layout), outputs: 1 }, random, PREFIX);

/** The shape of a value that was kept: layers and units are what its arrays say. @throws RangeError for arrays of no value */
export function valueShape(value: Arrays, activation: MlpShape['activation']): MlpShape {
  const layers = [...value.keys()].filter((name) => /^value\/layer\d+\/kernel$/.test(name)).length;
  const hiddenUnits = value.get(`${PREFIX}layer0/kernel`)?.shape[2];
  if (layers < 2 || hiddenUnits === undefined) throw new RangeError('these arrays are no value');
  return { hiddenLayers: layers - 1, hiddenUnits, activation };
}

/**
 * Shapes by name of the value that a file has, with as many layers and units as it says; none where it has no value.
 * @param found shapes of all arrays of the file
 */
export function valueArrayShapes(
  space: PolicySpace,
  found: ReadonlyMap<string, readonly number[]>,
): Map<string, number[]> {
  const layers = [...found.keys()].filter((name) => /^value\/layer\d+\/kernel$/.test(name)).length;
  if (layers === 0) return new Map();
  const shape = { hiddenLayers: layers - 1, hiddenUnits: found.get(`${PREFIX}layer0/kernel`)?.[2] ?? 0 };
  const sizes = { members: 1, inputs: stateInputCount(space.layout), outputs: 1 };
  return mlpArrayShapes(shape, sizes, PREFIX);
}

/**
 * V of many states. Traceable.
 * @param inputs [stacks, batch, inputs] of the states (`policyInputs`), members of a model or whatever else is stacked
 * @returns [stacks, batch, 1]
 */
export function stateValue(
  shape: MlpShape,
  tensors: Tensors,
  inputs: tf.Tensor3D,
  prefix = PREFIX,
): tf.Tensor3D {
  const [stacks, batch, width] = inputs.shape;
  if (stacks === 1) return mlp(shape, tensors, inputs, prefix);
  // One network for all: one product of many rows instead of a stack of products.
  const rows = tf.reshape(inputs, [1, stacks * batch, width]);
  return tf.reshape(mlp(shape, tensors, rows as tf.Tensor3D, prefix), [stacks, batch, 1]);
}
