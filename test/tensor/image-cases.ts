import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { type Case, planned, shapeOf } from './referee';

type Pair = [number, number];
type Image = tf.Tensor4D;

const upTo = (max: number, min = 1) => fc.integer({ min, max });
const pairOf = (max: number, min = 1): fc.Arbitrary<Pair> => fc.tuple(upTo(max, min), upTo(max, min));
const image = (inputs: Record<string, tf.Tensor>): Image => inputs.x as Image;

const pools = fc
  .record({
    shape: fc.tuple(upTo(2), upTo(7, 3), upTo(7, 3), upTo(3)),
    window: pairOf(3),
    strides: pairOf(3),
    padding: fc.constantFrom('same', 'valid', 'number', 'explicit'),
    amounts: fc.tuple(pairOf(1, 0), pairOf(1, 0)),
    rounding: fc.constantFrom('floor', undefined),
  })
  .map(({ padding, amounts: [rows, columns], rounding, ...rest }) => {
    const none: Pair = [0, 0];
    const explicit: [Pair, Pair, Pair, Pair] = [none, rows, columns, none];
    const pad =
      padding === 'explicit' ? explicit : padding === 'number' ? rows[0] : (padding as 'same' | 'valid');
    return { ...rest, pad, rounding: typeof pad === 'string' ? undefined : rounding };
  })
  // A window that may see nothing but padding has no mean and no maximum.
  .filter(({ pad, window }) => typeof pad === 'string' || Math.min(...window) > 1)
  .filter(
    ({ pad, window, strides }) =>
      typeof pad !== 'number' || (window[0] === window[1] && strides[0] === strides[1]),
  );

const pooling: Case[] = [
  planned(
    { kernels: ['MaxPool', 'MaxPoolGrad'], name: 'MaxPool' },
    pools,
    ({ shape }) => ({ x: { shape } }),
    (inputs, { window, strides, pad, rounding }) =>
      tf.maxPool(image(inputs), window, strides, pad as 'same', rounding),
  ),
  planned(
    { kernels: ['AvgPool', 'AvgPoolGrad'], name: 'AvgPool' },
    pools,
    ({ shape }) => ({ x: { shape } }),
    (inputs, { window, strides, pad, rounding }) =>
      tf.avgPool(image(inputs), window, strides, pad as 'same', rounding),
  ),
  planned(
    { kernels: ['AvgPoolGrad', 'AvgPool'], name: 'gradients of gradients of AvgPool', magnitude: 1 },
    pools,
    ({ shape }) => ({ x: { shape } }),
    (inputs, { window, strides, pad, rounding }) =>
      tf.grad((x: tf.Tensor) => {
        const pooled = tf.avgPool(x as Image, window, strides, pad as 'same', rounding);
        return tf.sum(tf.mul(pooled, tf.square(pooled)));
      })(image(inputs)),
  ),
];

const placements = fc.constantFrom(
  { align: false, half: false },
  { align: true, half: false },
  { align: false, half: true },
);
const resizes = fc.record({
  shape: fc.tuple(upTo(2), upTo(5), upTo(5), upTo(3)),
  size: pairOf(9),
  placement: placements,
});

const resizing: Case[] = (['ResizeBilinear', 'ResizeNearestNeighbor'] as const).map((kernel) =>
  planned(
    { kernels: [kernel], name: kernel, magnitude: 1 },
    resizes,
    ({ shape }) => ({ x: { shape } }),
    (inputs, { size, placement: { align, half } }) =>
      (kernel === 'ResizeBilinear' ? tf.image.resizeBilinear : tf.image.resizeNearestNeighbor)(
        image(inputs),
        size,
        align,
        half,
      ),
  ),
);

const blocks: Case[] = [
  planned(
    { kernels: ['SpaceToBatchND', 'BatchToSpaceND'], name: 'SpaceToBatchND and back' },
    fc.record({ block: pairOf(3), batch: upTo(2), cells: pairOf(2), before: pairOf(1, 0), depth: upTo(2) }),
    ({ block, batch, cells, before, depth }) => ({
      // With one row less than whole blocks, which the padding makes up for.
      x: {
        shape: [
          batch,
          ...block.map((size, i) => Math.max(1, (cells[i] ?? 1) * size - (before[i] ?? 0))),
          depth,
        ],
      },
    }),
    (inputs, { block, cells }) => {
      const x = image(inputs);
      const paddings = block.map((size, i): Pair => {
        const missing = (cells[i] ?? 1) * size - (x.shape[i + 1] ?? 1);
        return missing < 0
          ? [0, Math.ceil((x.shape[i + 1] ?? 1) / size) * size - (x.shape[i + 1] ?? 1)]
          : [missing, 0];
      });
      const batches = tf.spaceToBatchND(x, block, paddings);
      return { batches, back: tf.batchToSpaceND(tf.square(batches), block, paddings) };
    },
  ),
  planned(
    { kernels: ['DepthToSpace'], name: 'DepthToSpace' },
    fc.record({ block: upTo(3, 2), size: pairOf(3), depth: upTo(2) }),
    ({ block, size, depth }) => ({ x: { shape: [2, ...size, depth * block ** 2] } }),
    (inputs, { block }) => tf.depthToSpace(image(inputs), block),
  ),
  planned(
    { kernels: ['MirrorPad'], name: 'MirrorPad' },
    fc
      .record({
        shape: shapeOf({ min: 1, max: 4 }, 5),
        amounts: fc.array(pairOf(5, 0), { minLength: 4, maxLength: 4 }),
        mode: fc.constantFrom('reflect', 'symmetric' as const),
      })
      .map(({ shape, amounts, mode }) => ({
        shape,
        mode: mode as 'reflect',
        // A mirror image is at most as large as what is mirrored.
        paddings: shape.map((size, i): Pair => {
          const most = mode === 'reflect' ? size - 1 : size;
          return [Math.min(most, amounts[i]?.[0] ?? 0), Math.min(most, amounts[i]?.[1] ?? 0)];
        }),
      })),
    ({ shape }) => ({ x: { shape } }),
    (inputs, { paddings, mode }) => tf.mirrorPad(inputs.x as tf.Tensor, paddings, mode),
  ),
];

const normalization: Case[] = [
  planned(
    { kernels: ['FusedBatchNorm'], name: 'FusedBatchNorm', magnitude: 1 },
    fc.record({ shape: fc.tuple(upTo(3), upTo(3), upTo(3), upTo(4)), perElement: fc.boolean() }),
    ({ shape, perElement }) => {
      const statistics = perElement ? shape : shape.slice(3);
      return {
        x: { shape },
        mean: { shape: statistics },
        variance: { shape: statistics, low: 0.3, high: 2 },
        offset: { shape: statistics },
        scale: { shape: statistics },
      };
    },
    ({ x, mean, variance, offset, scale }) =>
      tf.batchNorm(
        x as tf.Tensor,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        0.01,
      ),
  ),
  planned(
    { kernels: ['FusedBatchNorm'], name: 'FusedBatchNorm without scale and offset', differentiable: false },
    fc.record({ shape: fc.tuple(upTo(3), upTo(3), upTo(3), upTo(4)) }),
    ({ shape }) => ({
      x: { shape },
      mean: { shape: shape.slice(3) },
      variance: { shape: shape.slice(3), low: 0.3, high: 2 },
    }),
    ({ x, mean, variance }) =>
      tf.batchNorm(x as tf.Tensor, mean as tf.Tensor1D, variance as tf.Tensor1D, undefined, undefined, 0.01),
  ),
];

export const imageCases: Case[] = [...pooling, ...resizing, ...blocks, ...normalization];
