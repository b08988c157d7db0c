import {
  backend_util,
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type DepthwiseConv2dNativeAttrs,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type FusedConv2DAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import type { Trace } from '../trace';
import { convolveBack, correlate, correlateChannels, correlateTaps } from './backprop';
import { type FusedInputs, withBiasAndActivation } from './fused';
import { channelsFirst, channelsLast, checkPadding, type Geometry, windows } from './windows';

type Shape4 = [number, number, number, number];
type Attributes = Pick<Conv2DAttrs, 'strides' | 'pad' | 'dimRoundingMode'> &
  Partial<Pick<Conv2DAttrs, 'dataFormat' | 'dilations'>>;

interface Operands {
  x: TensorInfo;
  dy: TensorInfo;
  filter: TensorInfo;
}
const operands = (inputs: unknown): Operands => inputs as Operands;

const geometryOf = (inShape: number[], filterShape: number[], a: Attributes, depthwise = false): Geometry =>
  checkPadding(
    backend_util.computeConv2DInfo(
      inShape as Shape4,
      filterShape as Shape4,
      a.strides,
      a.dilations ?? 1,
      a.pad,
      a.dimRoundingMode,
      depthwise,
      backend_util.convertConv2DDataFormat(a.dataFormat ?? 'NHWC'),
    ),
  );

/** The tensor as [batch, channels, height, width], which is what ONNX convolves. */
const planes = (t: Trace, info: TensorInfo, g: Geometry): Ref =>
  g.dataFormat === 'channelsLast' ? channelsFirst(t, t.full(info)) : t.full(info);

/** Back from planes to the layout of the tensors that tfjs convolves. */
const unplanes = (t: Trace, ref: Ref, g: Geometry): TensorInfo => {
  const result = g.dataFormat === 'channelsLast' ? channelsLast(t, ref) : ref;
  return t.tensor(result, result.shape);
};

/** The tensor as [batch, height, width, channels]. */
const pixels = (t: Trace, info: TensorInfo, g: Geometry): Ref =>
  g.dataFormat === 'channelsLast' ? t.full(info) : channelsLast(t, t.full(info));

/**
 * With fewer channels the products of the taps are too thin: a first layer of 3 channels took 1.5 to 2.5 times as long
 * by taps as by one convolution, a layer of 32 channels a third of the time.
 */
const FEW_CHANNELS = 16;

/** [height, width, in, out] as [out, in, height, width], the order of ONNX. */
const outputsFirst = (t: Trace, filter: TensorInfo): Ref => t.transpose(t.full(filter), [3, 2, 0, 1]);

/** [height, width, in, multiplier] as [in · multiplier, 1, height, width]: one filter a channel, in `in` groups. */
function oneAChannel(t: Trace, filter: TensorInfo): Ref {
  const [height = 1, width = 1, channels = 1, multiplier = 1] = filter.shape;
  return t.reshape(t.transpose(t.full(filter), [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

const convolve = (t: Trace, x: Ref, filter: Ref, g: Geometry, group: number): Ref =>
  t.node('Conv', [x, filter], [g.batchSize, g.outChannels, g.outHeight, g.outWidth], 'float32', {
    ...windows(g),
    group,
  });

export const convolution: Record<string, Emitter> = {
  Conv2D: emitter<Conv2DAttrs>((t, inputs, attributes) => {
    const { x, filter } = operands(inputs);
    const g = geometryOf(x.shape, filter.shape, attributes);
    return unplanes(t, convolve(t, planes(t, x, g), outputsFirst(t, filter), g, 1), g);
  }),
  Conv2DBackpropInput: emitter<Conv2DBackpropInputAttrs>((t, inputs, attributes) => {
    const { dy, filter } = operands(inputs);
    const g = geometryOf(attributes.inputShape, filter.shape, attributes);
    return unplanes(t, convolveBack(t, planes(t, dy, g), t.full(filter), g, 1), g);
  }),
  Conv2DBackpropFilter: emitter<Conv2DBackpropFilterAttrs>((t, inputs, attributes) => {
    const { x, dy } = operands(inputs);
    const g = geometryOf(x.shape, attributes.filterShape, attributes);
    const taps =
      g.inChannels < FEW_CHANNELS
        ? correlate(t, planes(t, x, g), planes(t, dy, g), g)
        : correlateTaps(t, pixels(t, x, g), pixels(t, dy, g), g);
    return t.tensor(taps, taps.shape);
  }),
  DepthwiseConv2dNative: emitter<DepthwiseConv2dNativeAttrs>((t, inputs, attributes) => {
    const { x, filter } = operands(inputs);
    const g = geometryOf(x.shape, filter.shape, attributes, true);
    return unplanes(t, convolve(t, planes(t, x, g), oneAChannel(t, filter), g, g.inChannels), g);
  }),
  DepthwiseConv2dNativeBackpropInput: emitter<DepthwiseConv2dNativeBackpropInputAttrs>(
    (t, inputs, attributes) => {
      const { dy, filter } = operands(inputs);
      const g = geometryOf(attributes.inputShape, filter.shape, attributes, true);
      return unplanes(t, convolveBack(t, planes(t, dy, g), t.full(filter), g, g.inChannels), g);
    },
  ),
  DepthwiseConv2dNativeBackpropFilter: emitter<DepthwiseConv2dNativeBackpropFilterAttrs>(
    (t, inputs, attributes) => {
      const { x, dy } = operands(inputs);
      const g = geometryOf(x.shape, attributes.filterShape, attributes, true);
      const taps = correlateChannels(t, planes(t, x, g), planes(t, dy, g), g);
      return t.tensor(taps, taps.shape);
    },
  ),
  FusedConv2D: emitter<FusedConv2DAttrs>((t, inputs, attributes) => {
    const { x, filter } = operands(inputs);
    const g = geometryOf(x.shape, filter.shape, attributes);
    const product = unplanes(t, convolve(t, planes(t, x, g), outputsFirst(t, filter), g, 1), g);
    return withBiasAndActivation(t, product, inputs as unknown as FusedInputs, attributes);
  }),
  FusedDepthwiseConv2D: emitter<FusedConv2DAttrs>((t, inputs, attributes) => {
    const { x, filter } = operands(inputs);
    const g = geometryOf(x.shape, filter.shape, attributes, true);
    const product = unplanes(t, convolve(t, planes(t, x, g), oneAChannel(t, filter), g, g.inChannels), g);
    return withBiasAndActivation(t, product, inputs as unknown as FusedInputs, attributes);
  }),
};
