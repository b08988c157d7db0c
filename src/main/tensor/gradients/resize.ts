import { matMul, type ResizeBilinearAttrs, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { bilinearMatrix, nearestMatrix } from '../trace/kernels/resampling';
import { type Gradient, gradient } from './gradient';

type Matrix = typeof bilinearMatrix;

/** One axis back to its old size: the transpose of the matrix that resized it. */
function alongAxis(dy: Tensor, axis: 1 | 2, from: number, a: ResizeBilinearAttrs, matrix: Matrix): Tensor {
  const [batch = 1, height = 1, width = 1, channels = 1] = dy.shape;
  const to = axis === 1 ? height : width;
  const columns = reshape(dy, axis === 1 ? [batch, to, width * channels] : [batch * height, to, channels]);
  const back = matMul(tensor(matrix(from, to, a), [to, from]), columns, true, false);
  return reshape(back, axis === 1 ? [batch, from, width, channels] : [batch, height, from, channels]);
}

/** tfjs's own kernels for these gradients ignore halfPixelCenters. */
const resized = (matrix: Matrix): Gradient =>
  gradient<ResizeBilinearAttrs>({ inputs: ['images'] }, (dy, [images], attributes) => ({
    images: () => {
      const [, height = 1, width = 1] = images.shape;
      return alongAxis(alongAxis(dy, 2, width, attributes, matrix), 1, height, attributes, matrix);
    },
  }));

export const resizeGradients: Record<string, Gradient> = {
  ResizeBilinear: resized(bilinearMatrix),
  ResizeNearestNeighbor: resized(nearestMatrix),
};
