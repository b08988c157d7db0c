import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { type Case, planned, shapeOf, sizeOf } from './referee';

type Tensors = Record<string, tf.Tensor>;

const x = (inputs: Tensors): tf.Tensor => inputs.x as tf.Tensor;
const upTo = (max: number, min = 1) => fc.integer({ min, max });

const indexing: Case[] = [
  planned(
    { kernels: ['GatherV2'], name: 'GatherV2' },
    fc.record({ shape: shapeOf({ min: 1, max: 3 }), indices: shapeOf({ min: 1, max: 2 }), pick: fc.nat() }),
    ({ shape, indices, pick }) => ({
      x: { shape },
      i: { shape: indices, dtype: 'int32' as const, low: 0, high: shape[pick % shape.length] ?? 1 },
    }),
    (inputs, { shape, pick }) => tf.gather(x(inputs), inputs.i as tf.Tensor, pick % shape.length),
  ),
  planned(
    { kernels: ['GatherV2'], name: 'GatherV2 with a batch axis' },
    fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      rows: fc.integer({ min: 1, max: 4 }),
      count: fc.integer({ min: 1, max: 4 }),
    }),
    ({ batch, rows, count }) => ({
      x: { shape: [batch, rows, 2] },
      i: { shape: [batch, count], dtype: 'int32' as const, low: 0, high: rows },
    }),
    (inputs) => tf.gather(x(inputs), inputs.i as tf.Tensor, 1, 1),
  ),
  planned(
    { kernels: ['GatherV2'], name: 'GatherV2 with batch axes before the gathered one' },
    fc.record({
      shape: shapeOf({ min: 3, max: 5 }, 3),
      batchDims: fc.constantFrom(1, 2),
      indices: shapeOf({ min: 1, max: 2 }, 3),
      pick: fc.nat(),
    }),
    ({ shape, batchDims, indices, pick }) => ({
      x: { shape },
      i: {
        shape: [...shape.slice(0, batchDims), ...indices],
        dtype: 'int32' as const,
        low: 0,
        high: shape[batchDims + (pick % (shape.length - batchDims))] ?? 1,
      },
    }),
    (inputs, { shape, batchDims, pick }) =>
      tf.gather(x(inputs), inputs.i as tf.Tensor, batchDims + (pick % (shape.length - batchDims)), batchDims),
  ),
  planned(
    { kernels: ['UnsortedSegmentSum'], name: 'UnsortedSegmentSum', magnitude: 10 },
    fc.record({ rows: fc.integer({ min: 1, max: 40 }), segments: fc.integer({ min: 1, max: 5 }) }),
    ({ rows, segments }) => ({
      x: { shape: [rows, 2] },
      ids: { shape: [rows], dtype: 'int32' as const, low: 0, high: segments },
    }),
    (inputs, { segments }) => tf.unsortedSegmentSum(x(inputs), inputs.ids as tf.Tensor1D, segments),
  ),
  planned(
    { kernels: ['GatherNd'], name: 'GatherNd' },
    fc.record({ count: fc.integer({ min: 1, max: 4 }), depth: fc.constantFrom(1, 2) }),
    ({ count, depth }) => ({
      x: { shape: [3, 3, 2] },
      i: { shape: [count, depth], dtype: 'int32' as const, low: 0, high: 3 },
    }),
    (inputs) => tf.gatherND(x(inputs), inputs.i as tf.Tensor),
  ),
  planned(
    { kernels: ['ScatterNd'], name: 'ScatterNd' },
    fc.record({ count: fc.integer({ min: 1, max: 9 }) }),
    ({ count }) => ({
      x: { shape: [count, 2] },
      i: { shape: [count, 1], dtype: 'int32' as const, low: 0, high: 4 },
    }),
    (inputs) => tf.scatterND(inputs.i as tf.Tensor, x(inputs), [4, 2]),
  ),
  planned(
    { kernels: ['OneHot'], name: 'OneHot', differentiable: false },
    fc.record({ shape: shapeOf({ min: 1, max: 2 }), depth: fc.integer({ min: 2, max: 5 }) }),
    ({ shape }) => ({ i: { shape, dtype: 'int32' as const, low: -2, high: 6 } }),
    (inputs, { depth }) => tf.oneHot(inputs.i as tf.Tensor, depth, 2, -1),
  ),
  planned(
    { kernels: ['TensorScatterUpdate'], name: 'TensorScatterUpdate' },
    fc.record({ rows: upTo(4) }),
    ({ rows }) => ({ x: { shape: [4, 3] }, updates: { shape: [rows, 3] } }),
    (inputs, { rows }) => {
      // Different rows, in some order: which of two updates of one row stays is not defined.
      const indices = tf.reshape(tf.slice(tf.tensor1d([2, 0, 3, 1], 'int32'), 0, rows), [rows, 1]);
      // The "cpu" backend writes into the tensor it is given, here into one that nobody else has.
      return tf.tensorScatterUpdate(tf.add(x(inputs), 0), indices, inputs.updates as tf.Tensor);
    },
  ),
  planned(
    { kernels: ['SparseToDense'], name: 'SparseToDense' },
    fc.record({ count: upTo(4), rank: fc.constantFrom(0, 1, 2), single: fc.boolean() }),
    ({ count, rank, single }) => ({
      x: { shape: single || rank === 0 ? [] : [count] },
      background: { shape: [] },
    }),
    (inputs, { count, rank }) => {
      const places = tf.slice(tf.tensor1d([2, 0, 3, 1], 'int32'), 0, count);
      const columns = tf.stack([places, tf.onesLike(places)], 1);
      const indices = rank === 0 ? tf.scalar(2, 'int32') : rank === 1 ? places : columns;
      const shape = rank === 2 ? [4, 2] : [4];
      return tf.sparseToDense(indices, x(inputs), shape as [number], inputs.background as tf.Scalar);
    },
  ),
  planned(
    { kernels: ['TopK'], name: 'TopK' },
    fc.record({ shape: shapeOf({ min: 1, max: 3 }, 6), k: upTo(6) }),
    ({ shape }) => ({ x: { shape } }),
    (inputs, { shape, k }) => ({ ...tf.topk(x(inputs), Math.min(k, shape.at(-1) ?? 1)) }),
  ),
];

interface Spec {
  shape: number[];
  begin: number[];
  end: number[];
  strides: number[];
  masks: [begin: number, end: number, ellipsis: number, newAxis: number, shrink: number];
}

const strided = (t: tf.Tensor, { begin, end, strides, masks }: Spec): tf.Tensor =>
  tf.stridedSlice(t, begin, end, strides, ...masks);

/** Whether tfjs accepts the spec and anything is left of the tensor. */
function takesSomething({ shape, begin, end, strides, masks }: Spec): boolean {
  try {
    return sizeOf(tf.slice_util.sliceInfo(shape, begin, end, strides, ...masks).finalShape) > 0;
  } catch {
    return false;
  }
}

const specs = (kind: 'strided' | 'reshaped'): fc.Arbitrary<Spec> =>
  fc
    .record({
      shape: shapeOf({ min: 1, max: 3 }, 5),
      begin: fc.array(upTo(4, -5), { minLength: 3, maxLength: 3 }),
      end: fc.array(upTo(6, -6), { minLength: 3, maxLength: 3 }),
      strides: fc.array(fc.constantFrom(-3, -2, -1, 1, 2, 3), { minLength: 3, maxLength: 3 }),
      length: upTo(3),
      masks: fc.tuple(upTo(7, 0), upTo(7, 0), fc.constantFrom(0, 1, 2, 4), upTo(7, 0), upTo(7, 0)),
    })
    .map(({ shape, begin, end, strides, length, masks: [first, last, ellipsis, newAxis, shrink] }): Spec => {
      const count = Math.min(length, shape.length);
      const reshaping = kind === 'reshaped';
      return {
        shape,
        begin: begin.slice(0, count),
        end: end.slice(0, count),
        strides: reshaping ? Array<number>(count).fill(1) : strides.slice(0, count),
        masks: [
          first,
          last,
          ellipsis < 1 << count ? ellipsis : 0,
          reshaping ? newAxis : 0,
          reshaping ? shrink : 0,
        ],
      };
    })
    .filter(takesSomething);

const slicing: Case[] = [
  // Strides and axes that come or go at once are left out: there the "cpu" backend itself takes wrong elements.
  planned(
    { kernels: ['StridedSlice'], name: 'StridedSlice with any strides' },
    specs('strided'),
    ({ shape }) => ({ x: { shape } }),
    (inputs, spec) => strided(x(inputs), spec),
  ),
  planned(
    { kernels: ['StridedSlice'], name: 'StridedSlice with axes that come and go' },
    specs('reshaped'),
    ({ shape }) => ({ x: { shape } }),
    (inputs, spec) => strided(x(inputs), spec),
  ),
];

const scanPlan = fc.record({
  shape: shapeOf({ min: 1, max: 3 }, 6),
  exclusive: fc.boolean(),
  reverse: fc.boolean(),
  pick: fc.nat(),
});

const scans: Case[] = (['Cumsum', 'Cumprod'] as const).map((kernel) =>
  planned(
    { kernels: [kernel], name: kernel, magnitude: 1 },
    scanPlan,
    ({ shape }) => ({ x: { shape } }),
    (inputs, { shape, exclusive, reverse, pick }) =>
      (kernel === 'Cumsum' ? tf.cumsum : tf.cumprod)(x(inputs), pick % shape.length, exclusive, reverse),
  ),
);

export const indexingCases: Case[] = [...indexing, ...slicing, ...scans];
