import {
  add,
  type CumprodAttrs,
  type CumsumAttrs,
  cumprod,
  cumsum,
  mul,
  type Tensor,
  util,
} from '@tensorflow/tfjs-core';
import { type Gradient, gradient } from './gradient';
import { shifted } from './spread';

/**
 * With y_j = Π_{k≤j} x_k the gradient by x_i is Π_{k<i} x_k · s_i, where s_i = dy_i + x_{i+1} · s_{i+1}: no division,
 * so that factors may be zero. The recurrence takes log₂(length) rounds, as the product itself does. `ahead` is the
 * direction of increasing j.
 */
function cumulativeProduct(
  dy: Tensor,
  x: Tensor,
  axis: number,
  exclusive: boolean,
  backward: boolean,
): Tensor {
  const ahead = backward ? 1 : -1;
  let sum = exclusive ? shifted(dy, axis, ahead) : dy;
  let factor = shifted(x, axis, ahead);
  for (let reach = 1; reach < (x.shape[axis] ?? 1); reach *= 2) {
    sum = add(sum, mul(factor, shifted(sum, axis, ahead * reach)));
    factor = mul(factor, shifted(factor, axis, ahead * reach));
  }
  return mul(cumprod(x, axis, true, backward), sum);
}

export const scanGradients: Record<string, Gradient> = {
  Cumsum: gradient<CumsumAttrs>({}, (dy, _, { axis, exclusive, reverse }) => ({
    x: () => cumsum(dy, axis, exclusive, !reverse),
  })),
  Cumprod: gradient<CumprodAttrs>({ inputs: ['x'] }, (dy, [x], { axis, exclusive, reverse }) => ({
    x: () => {
      const [at = 0] = util.parseAxisParam(axis, x.shape);
      return cumulativeProduct(dy, x, at, exclusive, reverse);
    },
  })),
};
