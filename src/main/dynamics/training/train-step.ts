import * as tf from '@tensorflow/tfjs-core';
import type { ClassOptions, LossOptions } from '../../../shared/model-options';
import type { TensorProgram, TensorSpec } from '../../tensor/types';
import { modelClass } from '../classes';
import type { Arrays, BatchLoss, GradientClass, NoiseSpec } from '../classes/types';
import type { ModelLayout } from '../layout';
import { lossMethod } from '../losses';
import type { Stage } from '../losses/types';
import { named, type Tensors } from '../mlp';
import { arrayConstants, normaliserArrays } from '../predictor';
import type { Normaliser } from '../types';
import { adamStep, optimiserState } from './adam';
import { PACKED, type Part, packArrays, packTensors, smallParts, unpackTensors } from './packing';

export interface StepShape {
  layout: ModelLayout;
  class: ClassOptions;
  loss: LossOptions;
  stage: Stage;
  normaliser: Normaliser;
  /** Transitions that are learned from in all. */
  rows: number;
  batch: number;
  /** Optimisation steps in one call. */
  unroll: number;
  weightDecay: number;
}

/** The class of the options, which has to be one that is trained by gradients. */
export function gradientClass({ name }: ClassOptions): GradientClass {
  const found = modelClass(name);
  if (found.kind !== 'gradient') throw new RangeError(`"${name}" is not trained by gradients`);
  return found;
}

/** Members whose weights these are: as many as there are in the arrays, all of a model's or one alone. */
const membersOf = (weights: Arrays): number => [...weights.values()][0]?.shape[0] ?? 0;

/** Random numbers of the class for one call, [unroll, members, …]. */
export function noiseSpecs(shape: StepShape, members: number): (NoiseSpec & TensorSpec)[] {
  const specs = gradientClass(shape.class).noise(shape.layout, shape.class, shape.batch);
  return specs.map((spec) => ({ ...spec, shape: [shape.unroll, members, ...spec.shape.slice(1)] }));
}

/** What a training begins with and hands from call to call: the weights, small ones packed, and the optimiser's state. */
export function initialState(weights: Arrays): Arrays {
  const packed = packArrays(weights, smallParts(weights));
  return new Map([...packed, ...optimiserState(packed)]);
}

/**
 * The training program and its inputs: the arrays of `initialState` by name, the loss's feeds
 * [unroll, members, batch, …], the class's noise, "schedule" [2 · unroll]. Outputs: the new state under the same names,
 * and "nll" [members], mean over the call's batches, each before its step.
 */
export function trainProgram(
  weights: Arrays,
  shape: StepShape,
): { program: TensorProgram; specs: TensorSpec[] } {
  const { layout, batch, unroll, stage } = shape;
  const one = gradientClass(shape.class);
  const method = lossMethod(shape.loss.name);
  const names = [...weights.keys()];
  const members = membersOf(weights);
  const parts = smallParts(weights);
  const state = initialState(weights);
  const feeds = method.feeds(layout, stage);
  const noise = noiseSpecs(shape, members);
  const specs: TensorSpec[] = [
    ...[...state].map(([name, { shape }]) => ({ name, shape: ownShape(name, shape) })),
    ...feeds.map((spec) => ({ ...spec, shape: [unroll, members, batch, ...spec.shape] })),
    ...noise.map(({ name, shape }) => ({ name, shape })),
    { name: 'schedule', shape: [2 * unroll] },
  ];
  const program: TensorProgram = (given) => {
    const constants = arrayConstants(normaliserArrays(shape.normaliser));
    let current: Tensors = Object.fromEntries([...state.keys()].map((name) => [name, named(given, name)]));
    const decay = decayOf(weights, parts, shape.weightDecay);
    const drawn = new Map([...feeds, ...noise].map(({ name }) => [name, stepsOf(named(given, name))]));
    const sizes = tf.split(named(given, 'schedule') as tf.Tensor, 2 * unroll, 0);
    const nll: tf.Tensor[] = [];
    for (let step = 0; step < unroll; step++) {
      const take = (list: TensorSpec[]) =>
        Object.fromEntries(list.map(({ name }) => [name, drawn.get(name)?.[step] as tf.Tensor]));
      const all = unpackTensors(withMembers(current, state), parts);
      const { gradients, loss } = lossAndGradients(names, all, (tensors) =>
        method.loss(shape.loss, stage, {
          modelClass: one,
          layout,
          options: shape.class,
          tensors: { ...tensors, ...constants },
          batch: take(feeds),
          noise: take(noise),
          rows: shape.rows,
        }),
      );
      nll.push(loss);
      const slopes = method.clipNorm === undefined ? gradients : clipped(gradients, method.clipNorm);
      const schedule = { size: sizes[2 * step] as tf.Tensor, epsilon: sizes[2 * step + 1] as tf.Tensor };
      current = adamStep(current, ownTensors(packTensors(slopes, parts)), schedule, decay);
    }
    return { ...current, nll: tf.mul(tf.addN(nll), 1 / unroll) };
  };
  return { program, specs };
}

/**
 * Weight decay by array (L2, as PETS): of kernels, not of biases and bounds. A number, or of the packed array one number
 * an element.
 */
function decayOf(
  weights: Arrays,
  parts: readonly Part[],
  weightDecay: number,
): (name: string) => number | tf.Tensor {
  const decays = (name: string) => name.endsWith('/kernel');
  if (weightDecay === 0) return () => 0;
  const elements = parts.flatMap(({ name, size }) =>
    Array<number>(size).fill(decays(name) ? weightDecay : 0),
  );
  const packed = elements.some((one) => one > 0) ? tf.tensor2d(elements, [1, elements.length]) : 0;
  return (name) => (name === PACKED ? packed : weights.has(name) && decays(name) ? weightDecay : 0);
}

/**
 * The loss's judgement without a step, on rows that all members see: the weights as in the training program (of what
 * is fed besides, nothing is used) and the loss's feeds [1, heldOut, …] → "nll" [members].
 */
export function judgeProgram(
  weights: Arrays,
  shape: Omit<StepShape, 'batch' | 'unroll' | 'weightDecay'>,
  heldOut: number,
): { program: TensorProgram; specs: TensorSpec[] } {
  const { layout, stage, rows } = shape;
  const method = lossMethod(shape.loss.name);
  const feeds = method.feeds(layout, stage);
  const parts = smallParts(weights);
  const packed = packArrays(weights, parts);
  const specs: TensorSpec[] = [
    ...[...packed].map(([name, { shape }]) => ({ name, shape: ownShape(name, shape) })),
    ...feeds.map((spec) => ({ ...spec, shape: [1, heldOut, ...spec.shape] })),
  ];
  const program: TensorProgram = (given) => ({
    nll: method.judge(shape.loss, stage, {
      ...{ layout, rows, modelClass: gradientClass(shape.class), options: shape.class },
      tensors: {
        ...unpackTensors(
          withMembers(
            Object.fromEntries([...packed.keys()].map((name) => [name, named(given, name)])),
            packed,
          ),
          parts,
        ),
        ...arrayConstants(normaliserArrays(shape.normaliser)),
      },
      batch: Object.fromEntries(feeds.map(({ name }) => [name, named(given, name)])),
    }),
  });
  return { program, specs };
}

/** Every member's gradient, over all its arrays, cut to an L2 norm of at most `limit` (Pascanu et al. 2013). */
function clipped(gradients: Tensors, limit: number): Tensors {
  const list = Object.entries(gradients);
  const squares = list.map(([, slope]) => {
    const rest = slope.shape.slice(1).map((_, axis) => axis + 1);
    return tf.sum(tf.square(slope), rest);
  });
  const norm = tf.sqrt(tf.addN(squares));
  const factor = tf.div(limit, tf.maximum(norm, limit));
  return Object.fromEntries(
    list.map(([name, slope]) => {
      const perMember = tf.reshape(factor, [-1, ...slope.shape.slice(1).map(() => 1)]);
      return [name, tf.mul(slope, perMember)];
    }),
  );
}

/**
 * Gradients of Σ_members objective: members do not touch each other, so each one's gradient is as if it were
 * trained alone.
 */
function lossAndGradients(
  names: string[],
  current: Tensors,
  batchLoss: (tensors: Tensors) => BatchLoss,
): { gradients: Tensors; loss: tf.Tensor } {
  let loss: tf.Tensor | undefined;
  const objective = (...weights: tf.Tensor[]): tf.Scalar => {
    const result = batchLoss(Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor])));
    loss = tf.keep(result.nll);
    return tf.sum(result.objective);
  };
  const weights = names.map((name) => named(current, name));
  const { grads } = tf.valueAndGrads(objective as (...args: tf.Tensor[]) => tf.Scalar)(weights);
  if (loss === undefined) throw new Error('tfjs did not evaluate the objective');
  return { gradients: Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor])), loss };
}

/**
 * Shape of an array inside the programs: of one member alone without the members' axis, because on plain matrices products,
 * biases and the optimiser need no other reading of them.
 */
const ownShape = (name: string, shape: readonly number[]): number[] =>
  shape[0] === 1 && !name.endsWith(PACKED) ? shape.slice(1) : [...shape];

const ownTensors = (tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, tf.reshape(tensor, ownShape(name, tensor.shape))]),
  );

/** The other way round, of those of the arrays that are there. */
const withMembers = (tensors: Tensors, arrays: Arrays): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      tf.reshape(tensor, arrays.get(name)?.shape ?? tensor.shape),
    ]),
  );

/** The steps of [unroll, members, …], cut in one operation. */
function stepsOf(all: tf.Tensor): tf.Tensor[] {
  const [unroll = 1, members = 1, ...rest] = all.shape;
  const [first = 1, ...others] = [members * (rest[0] ?? 1), ...rest.slice(1)];
  const steps = tf.split(tf.reshape(all, [unroll * first, ...others]), unroll, 0);
  return steps.map((step) => tf.reshape(step, [members, ...rest]));
}
