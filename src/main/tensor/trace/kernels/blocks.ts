import {
  type BatchToSpaceNDAttrs,
  backend_util,
  type DepthToSpaceAttrs,
  type MirrorPadAttrs,
  type SpaceToBatchNDAttrs,
} from '@tensorflow/tfjs-core';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import { sizeOf, type Trace } from '../trace';

/** Split axes, turn them, and join them again: what all of these kernels are. */
const rearranged = (t: Trace, x: Ref, split: number[], order: number[], joined: number[]): Ref =>
  t.reshape(t.transpose(t.reshape(x, split), order), joined);

/** The source of every place of an axis of `size` places with mirror images before and behind it. */
function mirrored(size: number, [before, after]: [number, number], mode: MirrorPadAttrs['mode']): number[] {
  const repeat = mode === 'symmetric' ? 1 : 0;
  return Array.from({ length: before + size + after }, (_, i) => {
    const place = i - before;
    if (place < 0) return -place - repeat;
    return place < size ? place : 2 * (size - 1) - place + repeat;
  });
}

export const blocks: Record<string, Emitter> = {
  SpaceToBatchND: emitter<SpaceToBatchNDAttrs>((t, { x }, { blockShape, paddings }) => {
    const rest = x.shape.length - 1 - blockShape.length;
    const around = [[0, 0], ...paddings, ...Array.from({ length: rest }, () => [0, 0])];
    const padded = x.shape.map((size, axis) => size + (around[axis]?.[0] ?? 0) + (around[axis]?.[1] ?? 0));
    const amounts = t.int64([0, 1].flatMap((side) => around.map((one) => one[side] ?? 0)));
    const full = t.full(x);
    const image = t.node('Pad', [full, amounts, t.scalar(0, full.type)], padded, full.type);
    const split = backend_util.getReshaped(padded, blockShape, sizeOf(blockShape), false);
    const order = backend_util.getPermuted(split.length, blockShape.length, false);
    const joined = backend_util.getReshapedPermuted(padded, blockShape, sizeOf(blockShape), false);
    return t.tensor(rearranged(t, image, split, order, joined), joined);
  }),
  BatchToSpaceND: emitter<BatchToSpaceNDAttrs>((t, { x }, { blockShape, crops }) => {
    const split = backend_util.getReshaped(x.shape, blockShape, sizeOf(blockShape));
    const order = backend_util.getPermuted(split.length, blockShape.length);
    const joined = backend_util.getReshapedPermuted(x.shape, blockShape, sizeOf(blockShape));
    const image = rearranged(t, t.full(x), split, order, joined);
    const shape = joined.map(
      (size, axis) => crops[axis - 1]?.reduce((left, crop) => left - crop, size) ?? size,
    );
    const begin = crops.map(([before = 0]) => before);
    const end = begin.map((from, i) => from + (shape[i + 1] ?? 0));
    const bounds = [begin, end, begin.map((_, i) => i + 1)].map((values) => t.int64(values));
    return t.tensor(t.node('Slice', [image, ...bounds], shape, image.type), shape);
  }),
  DepthToSpace: emitter<DepthToSpaceAttrs>((t, { x }, { blockSize: block, dataFormat }) => {
    const last = dataFormat === 'NHWC';
    const [batch = 1, ...image] = x.shape;
    const [height = 1, width = 1, channels = 1] = last
      ? image
      : [image[1] ?? 1, image[2] ?? 1, image[0] ?? 1];
    const depth = channels / block ** 2;
    const [tall, wide] = [height * block, width * block];
    const ref = last
      ? rearranged(
          t,
          t.full(x),
          [batch, height, width, block, block, depth],
          [0, 1, 3, 2, 4, 5],
          [batch, tall, wide, depth],
        )
      : rearranged(
          t,
          t.full(x),
          [batch, block, block, depth, height, width],
          [0, 3, 4, 1, 5, 2],
          [batch, depth, tall, wide],
        );
    return t.tensor(ref, ref.shape);
  }),
  /** A gather an axis with known indices: the two modes differ only in these. */
  MirrorPad: emitter<MirrorPadAttrs>((t, { x }, { paddings, mode }) => {
    const padded = paddings.reduce((ref, around, axis) => {
      if (around[0] === 0 && around[1] === 0) return ref;
      const sources = mirrored(ref.shape[axis] ?? 1, around, mode);
      const shape = ref.shape.map((size, i) => (i === axis ? sources.length : size));
      return t.node('Gather', [ref, t.int64(sources)], shape, ref.type, { axis });
    }, t.full(x));
    return t.tensor(padded, padded.shape);
  }),
};
