import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { type Case, planned, shapeOf } from './referee';

type Tensors = Record<string, tf.Tensor>;
type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const x = (inputs: Tensors): tf.Tensor => inputs.x as tf.Tensor;

/** A shape, some of its axes, and a flag: what a reduction takes. */
const reductionPlan = fc
  .record({ shape: shapeOf({ min: 1, max: 4 }), pick: fc.nat(), keepDims: fc.boolean() })
  .map(({ shape, pick, keepDims }) => ({
    shape,
    axes: shape.map((_, i) => i).filter((i) => (pick >> i) & 1),
    keepDims,
  }));

/** A case whose program is the same for every shape. */
const fixed = (
  kernels: string[],
  name: string,
  shapes: fc.Arbitrary<number[]>,
  program: (t: tf.Tensor) => tf.Tensor | Tensors,
): Case =>
  planned(
    { kernels, name },
    shapes,
    (shape) => ({ x: { shape } }),
    (inputs) => program(x(inputs)),
  );

const reduction = (kernel: string, reduce: Reduce, range = {}, differentiable = true): Case =>
  planned(
    { kernels: [kernel], name: kernel, differentiable, magnitude: 10 },
    reductionPlan,
    ({ shape }) => ({ x: { shape, ...range } }),
    (inputs, { axes, keepDims }) => reduce(x(inputs), axes.length > 0 ? axes : undefined, keepDims),
  );

const truths = { dtype: 'bool' as const };
const integers = { dtype: 'int32' as const, low: -9, high: 9 };

const reductions: Case[] = [
  reduction('Sum', tf.sum),
  reduction('Mean', tf.mean),
  reduction('Max', tf.max),
  reduction('Min', tf.min),
  reduction('Prod', tf.prod, { low: 0.5, high: 1.5 }),
  { ...reduction('Sum', tf.sum, integers, false), name: 'Sum of integers' },
  { ...reduction('Mean', tf.mean, integers, false), name: 'Mean of integers' },
  { ...reduction('Max', tf.max, integers, false), name: 'Max of integers' },
  reduction('All', (t, ...rest) => tf.all(t, ...rest), truths, false),
  reduction('Any', (t, ...rest) => tf.any(t, ...rest), truths, false),
  fixed(
    ['Sum', 'Mean', 'Prod'],
    'reductions of numbers that are the same everywhere',
    shapeOf({ min: 2, max: 3 }),
    (t) => {
      const row = tf.sum(t, 0, true);
      const spread = tf.broadcastTo(row, t.shape);
      const twos = tf.fill(t.shape, 2);
      return {
        sum: tf.sum(spread),
        mean: tf.mean(spread, 0),
        product: tf.prod(twos, 0),
        total: tf.sum(twos),
      };
    },
  ),
  ...(['ArgMax', 'ArgMin'] as const).map((kernel) =>
    planned(
      { kernels: [kernel], name: kernel, differentiable: false },
      reductionPlan,
      ({ shape }) => ({ x: { shape } }),
      (inputs, { shape }) => (kernel === 'ArgMax' ? tf.argMax : tf.argMin)(x(inputs), shape.length - 1),
    ),
  ),
  fixed(['Softmax'], 'Softmax', shapeOf({ min: 1, max: 3 }), (t) => tf.softmax(t)),
  fixed(
    ['Exp', 'Log'],
    'logSoftmax, which tfjs puts together from other kernels',
    shapeOf({ min: 1, max: 3 }),
    (t) => tf.logSoftmax(t),
  ),
  fixed(['Exp', 'Log'], 'log-softmax by logSumExp', shapeOf({ min: 1, max: 3 }), (t) =>
    tf.sub(t, tf.logSumExp(t, -1, true)),
  ),
];

const products = fc.record({
  batch: shapeOf({ min: 0, max: 2 }, 3),
  // The cpu backend itself is wrong where only some of several leading axes broadcast.
  single: fc.constantFrom('a', 'b', 'none'),
  sizes: fc.tuple(
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
  ),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
});

const matrixOperands = ({
  batch,
  single,
  sizes: [m, k, n],
  transposeA,
  transposeB,
}: typeof products extends fc.Arbitrary<infer P> ? P : never) => ({
  a: { shape: [...batch.map((s) => (single === 'a' ? 1 : s)), ...(transposeA ? [k, m] : [m, k])] },
  b: { shape: [...batch.map((s) => (single === 'b' ? 1 : s)), ...(transposeB ? [n, k] : [k, n])] },
});

const matrices: Case[] = [
  planned(
    { kernels: ['BatchMatMul'], name: 'BatchMatMul', magnitude: 1 },
    products,
    matrixOperands,
    ({ a, b }, { transposeA, transposeB }) =>
      tf.matMul(a as tf.Tensor, b as tf.Tensor, transposeA, transposeB),
  ),
  planned(
    { kernels: ['BatchMatMul'], name: 'BatchMatMul of an odd ensemble with many rows', magnitude: 10 },
    fc.record({ rows: fc.constantFrom(128, 129, 130), transposeB: fc.boolean() }),
    ({ rows, transposeB }) => ({
      a: { shape: [3, rows, 7] },
      b: { shape: transposeB ? [3, 4, 7] : [3, 7, 4] },
    }),
    ({ a, b }, { transposeB }) => tf.matMul(a as tf.Tensor, b as tf.Tensor, false, transposeB),
  ),
  planned(
    { kernels: ['_FusedMatMul'], name: '_FusedMatMul', differentiable: false, magnitude: 1 },
    fc.record({
      plan: products,
      activation: fc.constantFrom('linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu' as const),
    }),
    ({ plan }) => ({
      ...matrixOperands({ ...plan, batch: [] }),
      bias: { shape: [plan.sizes[2]] },
      slope: { shape: [plan.sizes[2]] },
    }),
    ({ a, b, bias, slope }, { plan, activation }) =>
      tf.fused.matMul({
        a: a as tf.Tensor,
        b: b as tf.Tensor,
        transposeA: plan.transposeA,
        transposeB: plan.transposeB,
        bias: bias as tf.Tensor,
        activation: activation as 'relu',
        preluActivationWeights: slope as tf.Tensor,
        leakyreluAlpha: 0.3,
      }),
  ),
];

const withPick = fc.record({ shape: shapeOf({ min: 1, max: 4 }), pick: fc.nat(), other: fc.nat() });
const simple = (
  kernel: string,
  program: (t: tf.Tensor, pick: number, other: number) => tf.Tensor | Tensors,
): Case =>
  planned(
    { kernels: [kernel], name: kernel },
    withPick,
    ({ shape }) => ({ x: { shape } }),
    (inputs, { pick, other }) => program(x(inputs), pick, other),
  );

const rotate = (rank: number, by: number) => Array.from({ length: rank }, (_, i) => (i + by) % rank);

const shapes: Case[] = [
  simple('Reshape', (t) => tf.reshape(t, [-1, 1, t.shape[0] ?? 1])),
  simple('ExpandDims', (t, pick) => tf.expandDims(t, pick % (t.rank + 1))),
  simple('Transpose', (t, pick) => tf.transpose(t, rotate(t.rank, pick))),
  simple('Tile', (t, pick, other) =>
    tf.tile(
      t,
      t.shape.map((_, i) => 1 + ((pick + i * other) % 3)),
    ),
  ),
  simple('Slice', (t, pick) => {
    const begin = t.shape.map((size) => pick % size);
    return tf.slice(
      t,
      begin,
      t.shape.map((size, i) => size - (begin[i] ?? 0)),
    );
  }),
  simple('Reverse', (t, pick) => tf.reverse(t, [pick % t.rank])),
  simple('PadV2', (t, pick, other) =>
    tf.pad(
      t,
      t.shape.map((_, i) => [pick % (i + 2), other % 3] as [number, number]),
      0.5,
    ),
  ),
  simple('Concat', (t, pick) => tf.concat([t, tf.square(t), t], pick % t.rank)),
  simple('Pack', (t, pick) => tf.stack([t, tf.square(t)], pick % (t.rank + 1))),
  simple('Unpack', (t, pick) =>
    Object.fromEntries(tf.unstack(t, pick % t.rank).map((part, i) => [`part${i}`, part])),
  ),
  {
    ...simple('Tile', (t, pick) => tf.mul(tf.broadcastTo(t, [1 + (pick % 3), ...t.shape]), 2)),
    name: 'broadcastTo',
  },
  simple('SplitV', (t, pick) => {
    const axis = pick % t.rank;
    const tripled = tf.concat([t, t, t], axis);
    const size = t.shape[axis] ?? 1;
    const parts = tf.split(tripled, [size, 2 * size], axis);
    return Object.fromEntries(parts.map((part, i) => [`part${i}`, tf.square(part)]));
  }),
];

const creation: Case[] = [
  fixed(
    ['Fill', 'OnesLike', 'ZerosLike', 'Range', 'LinSpace'],
    'tensors made of numbers known in advance',
    shapeOf({ min: 2, max: 2 }),
    (t) => {
      const columns = t.shape[1] ?? 1;
      const ramp = tf.add(tf.range(0, columns, 1), tf.linspace(0, 1, columns));
      const flat = tf.add(tf.fill(t.shape, 0.5), tf.add(tf.onesLike(t), tf.zerosLike(t)));
      return { flat, sum: tf.add(tf.mul(t, flat), ramp), count: tf.range(0, 5, 2, 'int32') };
    },
  ),
];

export const structuralCases: Case[] = [...reductions, ...matrices, ...shapes, ...creation];
