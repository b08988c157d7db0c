import {
  type BatchToSpaceNDAttrs,
  batchToSpaceND,
  type DepthToSpaceAttrs,
  type MirrorPadAttrs,
  reshape,
  reverse,
  type SpaceToBatchNDAttrs,
  type StridedSliceAttrs,
  slice_util,
  spaceToBatchND,
  type Tensor,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { type Gradient, gradient } from './gradient';
import { framed, spreadOut, unmirrored } from './spread';

/** What was picked goes back to its place along one axis, with zeros for what was passed over. */
function unpicked(dy: Tensor, axis: number, size: number, begin: number, stride: number): Tensor {
  const count = dy.shape[axis] ?? 0;
  const first = stride > 0 ? begin : begin + (count - 1) * stride;
  const ahead = stride > 0 ? dy : reverse(dy, axis);
  const spread = spreadOut(ahead, axis, Math.abs(stride));
  return framed(spread, axis, first, size - first - (spread.shape[axis] ?? 0));
}

export const blockGradients: Record<string, Gradient> = {
  StridedSlice: gradient<StridedSliceAttrs>({ inputs: ['x'] }, (dy, [x], a) => ({
    x: () => {
      if (dy.size === 0) return zeros(x.shape);
      const masks = [a.beginMask, a.endMask, a.ellipsisMask, a.newAxisMask, a.shrinkAxisMask] as const;
      const { begin, end, strides } = slice_util.sliceInfo(x.shape, a.begin, a.end, a.strides, ...masks);
      const picked = reshape(dy, slice_util.computeOutShape(begin, end, strides));
      return x.shape.reduce(
        (sum, size, axis) => unpicked(sum, axis, size, begin[axis] ?? 0, strides[axis] ?? 1),
        picked as Tensor,
      );
    },
  })),
  /** tfjs's own leaves out what the mirror images add. */
  MirrorPad: gradient<MirrorPadAttrs>({ inputs: ['x'] }, (dy, [x], { paddings, mode }) => ({
    x: () =>
      paddings.reduce(
        (sum, [before], axis) =>
          unmirrored(sum, axis, x.shape[axis] ?? 0, before, mode === 'symmetric' ? 1 : 0),
        dy,
      ),
  })),
  SpaceToBatchND: gradient<SpaceToBatchNDAttrs>({}, (dy, _, { blockShape, paddings }) => ({
    x: () => batchToSpaceND(dy, blockShape, paddings),
  })),
  BatchToSpaceND: gradient<BatchToSpaceNDAttrs>({}, (dy, _, { blockShape, crops }) => ({
    x: () => spaceToBatchND(dy, blockShape, crops),
  })),
  DepthToSpace: gradient<DepthToSpaceAttrs>(
    { inputs: ['x'] },
    (dy, [x], { blockSize: block, dataFormat }) => ({
      x: () => {
        const [batch = 1, ...image] = x.shape;
        if (dataFormat === 'NHWC') {
          const [height = 1, width = 1, channels = 1] = image;
          const split = [batch, height, block, width, block, channels / block ** 2];
          return reshape(transpose(reshape(dy, split), [0, 1, 3, 2, 4, 5]), x.shape);
        }
        const [channels = 1, height = 1, width = 1] = image;
        const split = [batch, channels / block ** 2, height, block, width, block];
        return reshape(transpose(reshape(dy, split), [0, 3, 5, 1, 2, 4]), x.shape);
      },
    }),
  ),
};
