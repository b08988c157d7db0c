import {
  backend_util,
  engine,
  type GradConfig,
  type NamedAttrMap,
  reshape,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** A gradient as tfjs registers it: for each input that needs one, a function that computes it. */
export type Gradient = Omit<GradConfig, 'kernelName'>;

type Saved = readonly [Tensor, Tensor, Tensor, Tensor];
export type Derivatives = Record<string, () => Tensor>;

/** tfjs types saved tensors and attributes loosely; this is the one place that trusts what was asked to be saved. */
export function gradient<A = Record<string, never>>(
  keep: { inputs?: string[]; output?: boolean; outputs?: boolean[]; allInputs?: boolean },
  derive: (dy: Tensor, saved: Saved, attributes: A) => Derivatives,
): Gradient {
  return {
    inputsToSave: keep.inputs ?? [],
    outputsToSave: keep.outputs ?? (keep.output ? [true] : []),
    saveAllInputs: keep.allInputs ?? false,
    gradFunc: (dy, saved, attributes) =>
      derive(dy as Tensor, saved as unknown as Saved, attributes as unknown as A),
  };
}

/** Adds a gradient up over the axes along which an operand of this shape was broadcast. */
export function unbroadcast(derivative: Tensor, shape: number[]): Tensor {
  const axes = backend_util.getReductionAxes(shape, derivative.shape);
  return reshape(axes.length > 0 ? sum(derivative, axes) : derivative, shape);
}

/** The shape with the reduced axes kept at size 1. */
export const keptShape = (shape: number[], axes: number[]): number[] =>
  shape.map((size, axis) => (axes.includes(axis) ? 1 : size));

/** Calls a kernel that tfjs exports no operation for. */
export const kernel = (name: string, inputs: Record<string, Tensor>, attributes: object): Tensor =>
  engine().runKernel(name, inputs, attributes as NamedAttrMap) as Tensor;
