import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../shared/random';
import { isTracedWhole } from '../tensor';
import type { NamedArray } from './types';

/** Multilayer perceptrons as pure tfjs functions, several stacked along the first axis. */
export type Tensors = Record<string, tf.Tensor>;

export interface MlpShape {
  hiddenLayers: number;
  hiddenUnits: number;
  activation: 'silu' | 'relu' | 'tanh';
}

export function named(tensors: Tensors, name: string): tf.Tensor3D {
  const tensor = tensors[name];
  if (tensor === undefined) throw new RangeError(`there is no array "${name}"`);
  return tensor as tf.Tensor3D;
}

/**
 * Output of the network whose arrays are "layer<n>/kernel" [members, inputs of the layer, units] and
 * "layer<n>/bias" [members, 1, units], n from 0 to hiddenLayers.
 * @param inputs [members or 1, batch, inputs]; 1 is broadcast to all members
 * @returns [members, batch, outputs]
 */
export function mlp(shape: MlpShape, tensors: Tensors, inputs: tf.Tensor3D, prefix = ''): tf.Tensor3D {
  if (isMemberwise(shape, inputs.shape[1])) return memberwise(shape, tensors, inputs, prefix);
  let hidden = inputs;
  for (let layer = 0; layer < shape.hiddenLayers; layer++) {
    hidden = activate(shape.activation, dense(tensors, `${prefix}layer${layer}`, hidden));
  }
  return dense(tensors, `${prefix}layer${shape.hiddenLayers}`, hidden);
}

/**
 * Numbers in one layer of one member from which on members are computed one after the other. As matrices instead of
 * stacks of them, products are fused with their biases and constant weights are packed once: 12 % less time at 250 rows
 * of 128 units; at 30 rows the five times as many operations cost 25 %.
 */
const MEMBERWISE_SIZE = 16_000;

/**
 * The same for the native executor, which fuses and packs by itself, and weights of a member's hidden layers from which on
 * it gains: 12 % at 500 rows of 4 × 200, −5 % at 100 rows of them, nothing at 2 × 128.
 */
const NATIVE_MEMBERWISE = { size: 40_000, weights: 64_000 };

function isMemberwise({ hiddenLayers, hiddenUnits }: MlpShape, rows: number): boolean {
  const size = rows * hiddenUnits;
  if (!isTracedWhole()) return size >= MEMBERWISE_SIZE;
  const weights = (hiddenLayers - 1) * hiddenUnits ** 2;
  return size >= NATIVE_MEMBERWISE.size && weights >= NATIVE_MEMBERWISE.weights;
}

/** The same, a chain of rank-2 operations a member. */
function memberwise(shape: MlpShape, tensors: Tensors, inputs: tf.Tensor3D, prefix: string): tf.Tensor3D {
  const parts = (name: string) => tf.unstack(named(tensors, `${prefix}${name}`)) as tf.Tensor2D[];
  const layers = Array.from({ length: shape.hiddenLayers + 1 }, (_, layer) => ({
    kernels: parts(`layer${layer}/kernel`),
    biases: parts(`layer${layer}/bias`),
  }));
  const given = tf.unstack(inputs) as tf.Tensor2D[];
  const outputs = (layers[0]?.kernels ?? []).map((_, member) => {
    let hidden = (given.length === 1 ? given[0] : given[member]) as tf.Tensor2D;
    for (const [layer, { kernels, biases }] of layers.entries()) {
      const bias = tf.reshape(biases[member] as tf.Tensor2D, [-1]);
      const sum: tf.Tensor2D = tf.add(tf.matMul(hidden, kernels[member] as tf.Tensor2D), bias);
      hidden = layer < shape.hiddenLayers ? activate(shape.activation, sum) : sum;
    }
    return hidden;
  });
  return tf.stack(outputs) as tf.Tensor3D;
}

export function dense(tensors: Tensors, layer: string, inputs: tf.Tensor3D): tf.Tensor3D {
  return tf.add(tf.matMul(inputs, named(tensors, `${layer}/kernel`)), named(tensors, `${layer}/bias`));
}

export function activate<T extends tf.Tensor>(activation: MlpShape['activation'], x: T): T {
  switch (activation) {
    case 'silu':
      return silu(x);
    case 'relu':
      return tf.relu(x);
    case 'tanh':
      return tf.tanh(x);
  }
}

/** The tensor, with a gradient of zero. */
export const constant = tf.customGrad((x) => ({
  value: tf.clone(x as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
})) as <T extends tf.Tensor>(x: T) => T;

/**
 * x·σ(x) with its gradient in four element-wise passes, σ + y·(1 − σ) times dy; differentiating the product
 * and the sigmoid one by one takes six, each over the whole layer.
 */
export function silu<T extends tf.Tensor>(x: T): T {
  const operation = tf.customGrad((argument, save) => {
    const input = argument as tf.Tensor;
    const sigma = tf.sigmoid(input);
    const value = tf.mul(input, sigma);
    (save as tf.GradSaveFunc)([sigma, value]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [s, y] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(dy, tf.add(s, tf.mul(y, tf.sub(1, s))));
      },
    };
  });
  return operation(x) as T;
}

/** Shapes of the arrays that `mlp` takes, by name. */
export function mlpArrayShapes(
  shape: Omit<MlpShape, 'activation'>,
  { members, inputs, outputs }: { members: number; inputs: number; outputs: number },
  prefix = '',
): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  for (let layer = 0; layer <= shape.hiddenLayers; layer++) {
    const from = layer === 0 ? inputs : shape.hiddenUnits;
    const units = layer === shape.hiddenLayers ? outputs : shape.hiddenUnits;
    shapes.set(`${prefix}layer${layer}/kernel`, [members, from, units]);
    shapes.set(`${prefix}layer${layer}/bias`, [members, 1, units]);
  }
  return shapes;
}

/**
 * Weights before training, every member its own: kernels from a normal distribution with standard deviation
 * 1 / (2 √inputs), truncated at two of them (as PETS, Chua et al. 2018), biases zero.
 */
export function initialMlp(
  shape: MlpShape,
  sizes: { members: number; inputs: number; outputs: number },
  random: Random,
  prefix = '',
): Map<string, NamedArray> {
  const weights = new Map<string, NamedArray>();
  for (const [name, dimensions] of mlpArrayShapes(shape, sizes, prefix)) {
    const array = filled(dimensions, 0);
    if (name.endsWith('/kernel')) {
      const deviation = 1 / (2 * Math.sqrt(dimensions[1] ?? 1));
      for (let i = 0; i < array.values.length; i++) array.values[i] = deviation * truncatedNormal(random);
    }
    weights.set(name, array);
  }
  return weights;
}

function truncatedNormal(random: Random): number {
  for (;;) {
    const value = random.normal();
    if (Math.abs(value) <= 2) return value;
  }
}

export function filled(shape: number[], value: number): NamedArray {
  return { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
}
