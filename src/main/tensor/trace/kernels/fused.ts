import type { FusedConv2DAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import type { Trace } from '../trace';
import { activate } from './matrix';

export interface FusedInputs {
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

/** What tfjs's fused operations do after their product. */
export function withBiasAndActivation(
  t: Trace,
  product: TensorInfo,
  { bias, preluActivationWeights }: FusedInputs,
  attributes: Pick<FusedConv2DAttrs, 'activation' | 'leakyreluAlpha'>,
): TensorInfo {
  const sum = bias ? t.map('Add', [t.of(product), t.of(bias)]) : t.of(product);
  const slope = preluActivationWeights ? t.of(preluActivationWeights) : undefined;
  return t.tensor(activate(t, sum, attributes.activation, slope, attributes.leakyreluAlpha), product.shape);
}
