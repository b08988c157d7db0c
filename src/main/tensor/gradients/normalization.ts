import { add, type FusedBatchNormAttrs, mul, neg, rsqrt, sub } from '@tensorflow/tfjs-core';
import { type Gradient, gradient, unbroadcast } from './gradient';

export const normalizationGradients: Record<string, Gradient> = {
  /** Of (x − mean) / √(variance + ε) · scale + offset by each of the five. */
  FusedBatchNorm: gradient<FusedBatchNormAttrs>(
    { inputs: ['x', 'mean', 'variance', 'scale'] },
    (dy, [x, mean, variance, scale], { varianceEpsilon }) => {
      const inverse = rsqrt(add(variance, varianceEpsilon));
      const normal = mul(sub(x, mean), inverse);
      const inner = mul(mul(dy, scale), inverse);
      return {
        x: () => inner,
        mean: () => unbroadcast(neg(inner), mean.shape),
        variance: () => unbroadcast(mul(mul(inner, normal), mul(inverse, -0.5)), variance.shape),
        scale: () => unbroadcast(mul(dy, normal), scale.shape),
        offset: () => unbroadcast(dy, mean.shape),
      };
    },
  ),
};
