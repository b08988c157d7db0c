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

/** [height, width, in, out] as [out, in, height, width], the order of ONNX. */
const outputsFirst = (t: Trace, filter: TensorInfo): Ref => t.transpose(t.full(filter), [3, 2, 0, 1]);

/** [height, width, in, multiplier] as [in · multiplier, 1, height, width]: one filter a channel, in `in` groups. */
function oneAChannel(t: Trace, filter: TensorInfo): Ref {
  const [height = 1, width = 1, channels = 1, multiplier = 1] = filter.shape;
  return t.reshape(t.transpose(t.full(filter), [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

const planeShape = (g: Geometry, channels: number, which: 'in' | 'out'): number[] =>
  which === 'in'
    ? [g.batchSize, channels, g.inHeight, g.inWidth]
    : [g.batchSize, channels, g.outHeight, g.outWidth];

const convolve = (t: Trace, x: Ref, filter: Ref, g: Geometry, group: number): Ref =>
  t.node('Conv', [x, filter], planeShape(g, g.outChannels, 'out'), 'float32', { ...windows(g), group });

/**
 * The gradient of a convolution by its input is a transposed convolution. What the windows never reached at the far
 * end has gradient zero and is added as output padding; where the windows reached over the far end, it is cut off.
 */
function convolveBack(t: Trace, dy: Ref, filter: Ref, g: Geometry, group: number): Ref {
  const { padInfo: p } = g;
  const reach = [
    (g.outHeight - 1) * g.strideHeight + g.effectiveFilterHeight - p.top,
    (g.outWidth - 1) * g.strideWidth + g.effectiveFilterWidth - p.left,
  ] as const;
  const beyond = [reach[0] - g.inHeight, reach[1] - g.inWidth] as const;
  return t.node('ConvTranspose', [dy, filter], planeShape(g, g.inChannels, 'in'), 'float32', {
    strides: [g.strideHeight, g.strideWidth],
    dilations: [g.dilationHeight, g.dilationWidth],
    pads: [p.top, p.left, Math.max(0, beyond[0]), Math.max(0, beyond[1])],
    output_padding: [Math.max(0, -beyond[0]), Math.max(0, -beyond[1])],
    group,
  });
}

/**
 * Correlation of `x` with `dy` over batch and positions, both [channels, batch, height, width]: a convolution in which
 * channels and batch have changed places, and stride and dilation too. Gives [x channels, dy channels, height, width].
 */
function correlate(t: Trace, x: Ref, dy: Ref, g: Geometry, group = 1): Ref {
  const { padInfo: p } = g;
  const extent = [(g.outHeight - 1) * g.strideHeight + 1, (g.outWidth - 1) * g.strideWidth + 1] as const;
  const needed = [
    (g.filterHeight - 1) * g.dilationHeight + extent[0] - g.inHeight - p.top,
    (g.filterWidth - 1) * g.dilationWidth + extent[1] - g.inWidth - p.left,
  ] as const;
  const far = [Math.max(0, needed[0]), Math.max(0, needed[1])] as const;
  const taps = [
    Math.floor((g.inHeight + p.top + far[0] - extent[0]) / g.dilationHeight) + 1,
    Math.floor((g.inWidth + p.left + far[1] - extent[1]) / g.dilationWidth) + 1,
  ] as const;
  const [rows = 1, columns = 1] = [x.shape[0], dy.shape[0]];
  const product = t.node('Conv', [x, dy], [rows, columns, ...taps], 'float32', {
    strides: [g.dilationHeight, g.dilationWidth],
    dilations: [g.strideHeight, g.strideWidth],
    pads: [p.top, p.left, ...far],
    group,
  });
  if (taps[0] === g.filterHeight && taps[1] === g.filterWidth) return product;
  const kept = [g.filterHeight, g.filterWidth];
  const bounds = [[0, 0], kept, [2, 3]].map((values) => t.int64(values));
  return t.node('Slice', [product, ...bounds], [rows, columns, ...kept], 'float32');
}

const batchLast = (t: Trace, planesOf: Ref): Ref => t.transpose(planesOf, [1, 0, 2, 3]);

/** Every channel is correlated with the outputs that it alone made: batches of one channel beside each other. */
function correlateChannels(t: Trace, x: Ref, dy: Ref, g: Geometry): Ref {
  const multiplier = g.outChannels / g.inChannels;
  // [1, channels · batch, …] in groups of a channel: group c holds the batch of channel c.
  const beside = t.reshape(batchLast(t, x), [1, g.inChannels * g.batchSize, g.inHeight, g.inWidth]);
  const filters = t.reshape(batchLast(t, dy), [g.outChannels, g.batchSize, g.outHeight, g.outWidth]);
  const taps = correlate(t, beside, filters, g, g.inChannels);
  const shaped = t.reshape(taps, [g.inChannels, multiplier, g.filterHeight, g.filterWidth]);
  return t.transpose(shaped, [2, 3, 0, 1]);
}

export const convolution: Record<string, Emitter> = {
  Conv2D: emitter<Conv2DAttrs>((t, inputs, attributes) => {
    const { x, filter } = operands(inputs);
    const g = geometryOf(x.shape, filter.shape, attributes);
    return unplanes(t, convolve(t, planes(t, x, g), outputsFirst(t, filter), g, 1), g);
  }),
  Conv2DBackpropInput: emitter<Conv2DBackpropInputAttrs>((t, inputs, attributes) => {
    const { dy, filter } = operands(inputs);
    const g = geometryOf(attributes.inputShape, filter.shape, attributes);
    return unplanes(t, convolveBack(t, planes(t, dy, g), outputsFirst(t, filter), g, 1), g);
  }),
  Conv2DBackpropFilter: emitter<Conv2DBackpropFilterAttrs>((t, inputs, attributes) => {
    const { x, dy } = operands(inputs);
    const g = geometryOf(x.shape, attributes.filterShape, attributes);
    const [input, output] = [batchLast(t, planes(t, x, g)), batchLast(t, planes(t, dy, g))];
    const taps = t.transpose(correlate(t, input, output, g), [2, 3, 0, 1]);
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
      return unplanes(t, convolveBack(t, planes(t, dy, g), oneAChannel(t, filter), g, g.inChannels), g);
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
