import {
  type Conv2DAttrs,
  conv2d,
  type DepthwiseConv2dNativeAttrs,
  depthwiseConv2d,
  stridedSlice,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { type Gradient, gradient, kernel } from './gradient';
import { spreadOut } from './spread';

const pair = (value: number | number[]): [number, number] =>
  typeof value === 'number' ? [value, value] : [value[0] ?? 1, value[1] ?? 1];

/** A dilated filter is a larger one with zeros between its taps, of which all kernels know the gradients. */
const inflated = (filter: Tensor, [rows, columns]: [number, number]): Tensor =>
  spreadOut(spreadOut(filter, 0, rows), 1, columns);

const inflatedShape = (shape: number[], [rows, columns]: [number, number]): number[] => {
  const [height = 1, width = 1, ...channels] = shape;
  return [(height - 1) * rows + 1, (width - 1) * columns + 1, ...channels];
};

/** The taps of the filter among the zeros. */
const taps = (filter: Tensor, [rows, columns]: [number, number]): Tensor =>
  rows === 1 && columns === 1
    ? filter
    : stridedSlice(filter, [0, 0, 0, 0], [...filter.shape], [rows, columns, 1, 1]);

/** Which kernels give the gradients of a convolution by its input and by its filter. */
interface Backprop {
  input: string;
  filter: string;
}
const FULL: Backprop = { input: 'Conv2DBackpropInput', filter: 'Conv2DBackpropFilter' };
const DEPTHWISE: Backprop = {
  input: 'DepthwiseConv2dNativeBackpropInput',
  filter: 'DepthwiseConv2dNativeBackpropFilter',
};

/**
 * tfjs has no gradients of dilated convolutions: its kernels ignore dilations, or have no attribute for them. So the
 * kernels are given a filter inflated with zeros instead.
 */
const ofConvolution = (by: Backprop): Gradient =>
  gradient<Conv2DAttrs>({ inputs: ['x', 'filter'] }, (dy, [x, filter], { dilations, ...attributes }) => {
    const steps = pair(dilations);
    const plain = { ...attributes, dilations: 1 };
    const filterShape = inflatedShape(filter.shape, steps);
    return {
      x: () => kernel(by.input, { dy, filter: inflated(filter, steps) }, { ...plain, inputShape: x.shape }),
      filter: () => taps(kernel(by.filter, { x, dy }, { ...plain, filterShape }), steps),
    };
  });

/** All three kernels of a convolution are linear in either operand, so that each one's gradients are the other two. */
const ofInputGradient = (
  by: Backprop,
  convolve: (x: Tensor, filter: Tensor, attributes: Conv2DAttrs) => Tensor,
): Gradient =>
  gradient<Conv2DAttrs>({ inputs: ['dy', 'filter'] }, (ddx, [dy, filter], attributes) => ({
    dy: () => convolve(ddx, filter, attributes),
    filter: () => kernel(by.filter, { x: ddx, dy }, { ...attributes, filterShape: filter.shape }),
  }));

const ofFilterGradient = (
  by: Backprop,
  convolve: (x: Tensor, filter: Tensor, attributes: Conv2DAttrs) => Tensor,
): Gradient =>
  gradient<Conv2DAttrs>({ inputs: ['x', 'dy'] }, (ddw, [x, dy], attributes) => ({
    x: () => kernel(by.input, { dy, filter: ddw }, { ...attributes, inputShape: x.shape }),
    dy: () => convolve(x, ddw, attributes),
  }));

const full = (x: Tensor, filter: Tensor, a: Conv2DAttrs): Tensor =>
  conv2d(x as Tensor4D, filter as Tensor4D, a.strides, a.pad, a.dataFormat, 1, a.dimRoundingMode);

const depthwise = (x: Tensor, filter: Tensor, a: DepthwiseConv2dNativeAttrs): Tensor =>
  depthwiseConv2d(x as Tensor4D, filter as Tensor4D, a.strides, a.pad, 'NHWC', 1, a.dimRoundingMode);

export const convolutionGradients: Record<string, Gradient> = {
  Conv2D: ofConvolution(FULL),
  Conv2DBackpropInput: ofInputGradient(FULL, full),
  Conv2DBackpropFilter: ofFilterGradient(FULL, full),
  DepthwiseConv2dNative: ofConvolution(DEPTHWISE),
  DepthwiseConv2dNativeBackpropInput: ofInputGradient(DEPTHWISE, depthwise),
  DepthwiseConv2dNativeBackpropFilter: ofFilterGradient(DEPTHWISE, depthwise),
};
