import type { FusedBatchNormAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { type Emitter, emitter } from '../emitter';

interface BatchNormInputs {
  x: TensorInfo;
  mean: TensorInfo;
  variance: TensorInfo;
  scale?: TensorInfo;
  offset?: TensorInfo;
}

export const normalization: Record<string, Emitter> = {
  /** (x − mean) / √(variance + ε) · scale + offset; tfjs's layer normalisation ends here as well. */
  FusedBatchNorm: emitter<FusedBatchNormAttrs>((t, inputs, { varianceEpsilon }) => {
    const { x, mean, variance, scale, offset } = inputs as unknown as BatchNormInputs;
    const deviation = t.map('Sqrt', [t.map('Add', [t.of(variance), t.scalar(varianceEpsilon)])]);
    const normal = t.map('Div', [t.map('Sub', [t.of(x), t.of(mean)]), deviation]);
    const scaled = scale ? t.map('Mul', [normal, t.of(scale)]) : normal;
    return t.tensor(offset ? t.map('Add', [scaled, t.of(offset)]) : scaled, x.shape);
  }),
};
