import * as tf from '@tensorflow/tfjs-core';
import type { ModelSummary, TrainOptions } from '../../shared/model';
import type { TensorSpec } from '../tensor/types';
import type { DynamicsModel, NamedArray } from './types';

/**
 * The network of the dynamics model as pure tfjs functions: training, planning and export all trace these.
 *
 * An ensemble of Gaussian multilayer perceptrons (PETS, Chua et al. 2018): each member maps observation and
 * action to mean and log variance of the residual s' − s. All members lie stacked along the first axis.
 *
 * Arrays by name, `n` counting layers from 0 to `hiddenLayers` (the output layer):
 *   "layer<n>/kernel"   [members, inputs of the layer, units]
 *   "layer<n>/bias"     [members, 1, units]; the output layer's units: means, then log variances
 *   "logVariance/min"   [members, 1, observations] soft bounds on the log variance, normalised units
 *   "logVariance/max"   [members, 1, observations]
 *   "input/mean"        [1, 1, inputs]        normalisation of the expanded inputs
 *   "input/scale"       [1, 1, inputs]        1 / standard deviation; 0 for a channel that never changed
 *   "target/mean"       [1, 1, observations]  normalisation of the residual, SI units
 *   "target/std"        [1, 1, observations]
 *   "target/logVariance" [1, 1, observations] 2 ln(target/std)
 */
export type NetworkTensors = Record<string, tf.Tensor>;
export type NetworkArrays = Record<string, NamedArray>;

/** What of a model's layout the functions here need. */
export interface NetworkLayout {
  /** One entry an observation channel, in order: is it an angle (seen by the network as sine and cosine)? */
  angles: boolean[];
  /** Action channels. */
  actions: number;
  hiddenLayers: number;
  activation: TrainOptions['activation'];
}

/** Log variance of what never changes: a standard deviation of 4e-18 and no infinity. */
const CERTAIN = -80;

export interface Gaussian {
  /** [members, batch, observations] */
  mean: tf.Tensor3D;
  /** [members, batch, observations] natural logarithm of the variance */
  logVariance: tf.Tensor3D;
}

/** The layout of a model, from its summary or from what it will be trained with. */
export function networkLayout({
  observations,
  actions,
  options,
}: Pick<ModelSummary, 'observations' | 'actions' | 'options'>): NetworkLayout {
  return {
    angles: observations.map((channel) => channel.angle),
    actions: actions.length,
    hiddenLayers: options.hiddenLayers,
    activation: options.activation,
  };
}

/** Network inputs: one an action, one a plain observation channel, two an angle. */
export function inputCount(layout: NetworkLayout): number {
  return layout.angles.reduce((sum, angle) => sum + (angle ? 2 : 1), layout.actions);
}

/**
 * A model's arrays under the names above. `members` picks and orders members (the elites, say), all when left
 * out. Feed them as graph inputs (`networkSpecs`) or bake them in (`networkConstants`).
 */
export function networkArrays(model: DynamicsModel, members?: readonly number[]): NetworkArrays {
  const arrays: NetworkArrays = {};
  for (const [name, array] of model.weights) arrays[name] = members ? pickMembers(array, members) : array;
  const { inputMean, inputStd, targetMean, targetStd } = model.normaliser;
  const row = (values: Float32Array): NamedArray => ({ shape: [1, 1, values.length], values });
  arrays['input/mean'] = row(inputMean);
  arrays['input/scale'] = row(inputStd.map((std) => (std === 0 ? 0 : 1 / std)));
  arrays['target/mean'] = row(targetMean);
  arrays['target/std'] = row(targetStd);
  arrays['target/logVariance'] = row(targetStd.map((std) => (std === 0 ? CERTAIN : 2 * Math.log(std))));
  return arrays;
}

function pickMembers({ shape, values }: NamedArray, members: readonly number[]): NamedArray {
  const [count = 0, ...rest] = shape;
  const size = values.length / count;
  const picked = new Float32Array(members.length * size);
  members.forEach((member, i) => {
    if (!Number.isInteger(member) || member < 0 || member >= count) {
      throw new RangeError(`member ${member} of an ensemble of ${count}`);
    }
    picked.set(values.subarray(member * size, (member + 1) * size), i * size);
  });
  return { shape: [members.length, ...rest], values: picked };
}

/** Graph inputs for the arrays, when weights are fed on every call. */
export function networkSpecs(arrays: NetworkArrays): TensorSpec[] {
  return Object.entries(arrays).map(([name, { shape }]) => ({ name, shape }));
}

/** The arrays as tensors. Inside a traced program they become initialisers of the graph. */
export function networkConstants(arrays: NetworkArrays): NetworkTensors {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, values }]) => [name, tf.tensor(values, shape, 'float32')]),
  );
}

/**
 * Observation and action to the network's inputs before normalisation. Order: the observation's plain channels
 * and angles as they come, an angle as sine then cosine, then the actions.
 * @param observation [members or 1, batch, observations], SI units; angles need not be wrapped
 * @param action [members or 1, batch, actions]
 * @returns [members or 1, batch, inputs]
 */
export function expandInputs(
  layout: NetworkLayout,
  observation: tf.Tensor3D,
  action: tf.Tensor3D,
): tf.Tensor3D {
  const parts: tf.Tensor3D[] = [];
  const columns = (begin: number, end: number) =>
    begin === 0 && end === layout.angles.length
      ? observation
      : tf.slice3d(observation, [0, 0, begin], [-1, -1, end - begin]);
  let begin = 0;
  while (begin < layout.angles.length) {
    const angle = layout.angles[begin];
    let end = begin + 1;
    // A run of plain channels is one slice; an angle is one alone, to keep sine beside cosine.
    if (!angle) while (end < layout.angles.length && !layout.angles[end]) end++;
    const run = columns(begin, end);
    if (angle) parts.push(tf.sin(run), tf.cos(run));
    else parts.push(run);
    begin = end;
  }
  return tf.concat([...parts, action], 2);
}

/**
 * The network proper, everything in normalised units.
 * @param inputs [members or 1, batch, inputs]; 1 is broadcast to all members
 */
export function forward(layout: NetworkLayout, tensors: NetworkTensors, inputs: tf.Tensor3D): Gaussian {
  let hidden = inputs;
  for (let layer = 0; layer < layout.hiddenLayers; layer++) {
    hidden = activate(layout.activation, dense(tensors, layer, hidden));
  }
  const output = dense(tensors, layout.hiddenLayers, hidden);
  const observations = layout.angles.length;
  const mean = tf.slice3d(output, [0, 0, 0], [-1, -1, observations]);
  const raw = tf.slice3d(output, [0, 0, observations], [-1, -1, observations]);
  return { mean, logVariance: boundLogVariance(tensors, raw) };
}

function dense(tensors: NetworkTensors, layer: number, inputs: tf.Tensor3D): tf.Tensor3D {
  const product = tf.matMul(inputs, named(tensors, `layer${layer}/kernel`));
  return tf.add(product, named(tensors, `layer${layer}/bias`));
}

function activate(activation: NetworkLayout['activation'], x: tf.Tensor3D): tf.Tensor3D {
  switch (activation) {
    case 'silu':
      return silu(x);
    case 'relu':
      return tf.relu(x);
    case 'tanh':
      return tf.tanh(x);
  }
}

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

/** Soft bounds (Chua et al. 2018, appendix A.1): the log variance neither explodes off the data nor collapses on it. */
function boundLogVariance(tensors: NetworkTensors, raw: tf.Tensor3D): tf.Tensor3D {
  const max = named(tensors, 'logVariance/max');
  const min = named(tensors, 'logVariance/min');
  const below: tf.Tensor3D = tf.sub(max, tf.softplus(tf.sub(max, raw)));
  return tf.add(min, tf.softplus(tf.sub(below, min)));
}

export function named(tensors: NetworkTensors, name: string): tf.Tensor3D {
  const tensor = tensors[name];
  if (tensor === undefined) throw new RangeError(`the network has no array "${name}"`);
  return tensor as tf.Tensor3D;
}

export interface Predictor {
  expandInputs(observation: tf.Tensor3D, action: tf.Tensor3D): tf.Tensor3D;
  /**
   * Residual s' − s in SI units over one control period; the next observation is observation + mean (+ noise).
   * Angles of the result are not wrapped. What a graph does not use of the result, it does not compute.
   * @param observation [members or 1, batch, observations]: member m predicts for row block m; 1 for the same
   *   rows to all members
   * @param action [members or 1, batch, actions], the same first axis as the observation
   */
  predictResidual(observation: tf.Tensor3D, action: tf.Tensor3D): Gaussian;
}

/**
 * A model's prediction functions over `tensors`, which hold all members or the chosen ones (`networkArrays`).
 * Example, inside a traced program:
 *   const arrays = networkArrays(model, model.summary.elites);
 *   const predict = predictor(networkConstants(arrays), networkLayout(model.summary));
 *   const { mean } = predict.predictResidual(observation, action);   // [elites, batch, observations]
 */
export function predictor(tensors: NetworkTensors, layout: NetworkLayout): Predictor {
  return {
    expandInputs: (observation, action) => expandInputs(layout, observation, action),
    predictResidual(observation, action) {
      const inputs = expandInputs(layout, observation, action);
      const normalised = tf.mul(tf.sub(inputs, named(tensors, 'input/mean')), named(tensors, 'input/scale'));
      const { mean, logVariance } = forward(layout, tensors, normalised as tf.Tensor3D);
      const targetStd = named(tensors, 'target/std');
      return {
        mean: tf.add(tf.mul(mean, targetStd), named(tensors, 'target/mean')),
        logVariance: tf.add(logVariance, named(tensors, 'target/logVariance')),
      };
    },
  };
}
