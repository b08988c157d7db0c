import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Trace } from './trace';

/** Writes one call of a tfjs kernel down as ONNX nodes. */
export type Emitter = (
  trace: Trace,
  inputs: NamedTensorInfoMap,
  attributes: NamedAttrMap,
) => TensorInfo | TensorInfo[];

export type Inputs = Record<
  'x' | 'a' | 'b' | 'dy' | 'y' | 'alpha' | 'condition' | 't' | 'e' | 'indices',
  TensorInfo
>;

/** tfjs types a kernel's inputs and attributes loosely; this is the one place that trusts its documentation. */
export const emitter = <A = Record<string, never>>(
  write: (trace: Trace, inputs: Inputs, attributes: A) => TensorInfo | TensorInfo[],
): Emitter => write as unknown as Emitter;

/** For the kernels whose inputs are a list (Concat, Pack, AddN). */
export const listEmitter = <A = Record<string, never>>(
  write: (trace: Trace, inputs: TensorInfo[], attributes: A) => TensorInfo | TensorInfo[],
): Emitter =>
  ((trace: Trace, inputs: NamedTensorInfoMap, attributes: A) =>
    write(trace, Object.values(inputs) as TensorInfo[], attributes)) as unknown as Emitter;
