import {
  type AvgPoolAttrs,
  backend_util,
  div,
  type MaxPoolAttrs,
  mul,
  type Tensor,
  tensor,
  zeros,
} from '@tensorflow/tfjs-core';
import { type Gradient, gradient, kernel } from './gradient';

type Size4 = [number, number, number, number];

/**
 * For every window, the share of it that lies within the image: [1, rows, columns, 1]. Undefined when that is all of
 * every window.
 */
function coverage(shape: number[], a: AvgPoolAttrs): Tensor | undefined {
  const g = backend_util.computePool2DInfo(
    shape as Size4,
    a.filterSize,
    a.strides,
    1,
    a.pad,
    a.dimRoundingMode,
  );
  const inside = (count: number, stride: number, extent: number, before: number, size: number) =>
    Array.from({ length: count }, (_, i) => {
      const from = i * stride - before;
      return (Math.min(from + extent, size) - Math.max(from, 0)) / extent;
    });
  const rows = inside(g.outHeight, g.strideHeight, g.filterHeight, g.padInfo.top, g.inHeight);
  const columns = inside(g.outWidth, g.strideWidth, g.filterWidth, g.padInfo.left, g.inWidth);
  if ([...rows, ...columns].every((share) => share === 1)) return undefined;
  const shares = rows.flatMap((row) => columns.map((column) => row * column));
  return tensor(shares, [1, g.outHeight, g.outWidth, 1]);
}

/** tfjs averages over the places within the image, but spreads the gradient over the whole window. */
const averagePool = gradient<AvgPoolAttrs>({ inputs: ['x'] }, (dy, [x], attributes) => ({
  x: () => {
    const share = coverage(x.shape, attributes);
    const scaled = share ? div(dy, share) : dy;
    return kernel('AvgPoolGrad', { dy: scaled, input: x }, { ...attributes });
  },
}));

export const poolingGradients: Record<string, Gradient> = {
  AvgPool: averagePool,
  AvgPoolGrad: gradient<AvgPoolAttrs>({ inputs: ['input'] }, (ddx, [input], attributes) => ({
    dy: () => {
      const share = coverage(input.shape, attributes);
      const mean = kernel('AvgPool', { x: ddx }, { ...attributes });
      return share ? mul(mean, share) : mean;
    },
    input: () => zeros(input.shape),
  })),
  MaxPool: gradient<MaxPoolAttrs>({ inputs: ['x'], output: true }, (dy, [x, y], attributes) => ({
    x: () => kernel('MaxPoolGrad', { dy, input: x, output: y }, { ...attributes }),
  })),
};
