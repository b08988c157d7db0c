import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { type Case, planned } from './referee';

type Pair = [number, number];
type Pad = 'same' | 'valid' | number | [Pair, Pair, Pair, Pair];
type Image = tf.Tensor4D;

/** Windows over an image: strides or dilations, never both, as tfjs has it. */
interface Plan {
  batch: number;
  size: Pair;
  filter: Pair;
  channels: Pair;
  strides: Pair;
  dilations: Pair;
  pad: Pad;
  rounding: 'floor' | 'ceil' | 'round' | undefined;
  format: 'NHWC' | 'NCHW';
}

const upTo = (max: number, min = 1) => fc.integer({ min, max });
const pairOf = (max: number, min = 1): fc.Arbitrary<Pair> => fc.tuple(upTo(max, min), upTo(max, min));

const plans: fc.Arbitrary<Plan> = fc
  .record({
    batch: upTo(3),
    size: pairOf(8, 4),
    filter: pairOf(3),
    // Few input channels and many of them are written down differently.
    channels: fc.tuple(fc.constantFrom(1, 2, 3, 16), upTo(3)),
    strides: pairOf(3),
    dilations: pairOf(3),
    dilated: fc.boolean(),
    padding: fc.constantFrom('same', 'valid', 'number', 'explicit'),
    amounts: fc.tuple(pairOf(2, 0), pairOf(2, 0)),
    rounding: fc.constantFrom('floor', 'ceil', 'round', undefined),
    format: fc.constantFrom('NHWC', 'NCHW'),
  })
  .map(({ dilated, padding, amounts, format, rounding, ...rest }): Plan => {
    const dilations: Pair = dilated ? [Math.min(rest.dilations[0], 3), rest.dilations[1]] : [1, 1];
    const none: Pair = [0, 0];
    const around: Pad = format === 'NHWC' ? [none, ...amounts, none] : [none, none, ...amounts];
    const pad: Pad =
      padding === 'explicit' ? around : padding === 'number' ? amounts[0][0] : (padding as 'same' | 'valid');
    return {
      ...rest,
      strides: dilated ? [1, 1] : rest.strides,
      dilations,
      pad,
      rounding: typeof pad === 'string' ? undefined : rounding,
      format: format as Plan['format'],
    };
  })
  // tfjs itself miscounts the windows where one number pads a window or stride that is not square.
  .filter(
    ({ pad, filter: [rows, columns], strides, dilations }) =>
      typeof pad !== 'number' ||
      (strides[0] === strides[1] && (rows - 1) * dilations[0] === (columns - 1) * dilations[1]),
  )
  // A window must fit.
  .filter(({ size, filter, dilations }) =>
    size.every((n, i) => ((filter[i] ?? 1) - 1) * (dilations[i] ?? 1) < n),
  );

const imageShape = ({ batch, size, channels, format }: Plan): number[] =>
  format === 'NHWC' ? [batch, ...size, channels[0]] : [batch, channels[0], ...size];

const filterShape = ({ filter, channels }: Plan): number[] => [...filter, ...channels];

const conv = (x: tf.Tensor, filter: tf.Tensor, p: Plan): tf.Tensor =>
  tf.conv2d(x as Image, filter as Image, p.strides, p.pad, p.format, p.dilations, p.rounding);

const depthwise = (x: tf.Tensor, filter: tf.Tensor, p: Plan): tf.Tensor =>
  tf.depthwiseConv2d(x as Image, filter as Image, p.strides, p.pad, 'NHWC', p.dilations, p.rounding);

const operandsOf = (p: Plan) => ({ x: { shape: imageShape(p) }, filter: { shape: filterShape(p) } });

/** tfjs's "cpu" backend knows depthwise convolution in NHWC only. */
const channelsLastPlans = plans.filter(({ format }) => format === 'NHWC');

/** An undilated convolution whose output a transposed one starts from. */
const transposedPlans = channelsLastPlans.filter(
  ({ dilations, pad }) => dilations[0] * dilations[1] === 1 && typeof pad === 'string',
);

/** Both gradients as the outputs of a program, so that their own gradients are compared as well. */
function gradientsOf(f: (x: tf.Tensor, filter: tf.Tensor) => tf.Tensor, x: tf.Tensor, filter: tf.Tensor) {
  const energy = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.square(f(a, b))) as tf.Scalar;
  const [byInput, byFilter] = tf.grads(energy as never)([x, filter]);
  return { byInput: byInput as tf.Tensor, byFilter: byFilter as tf.Tensor };
}

const activations = fc.constantFrom('linear', 'relu', 'elu', 'sigmoid', 'leakyrelu', 'prelu' as const);

export const convolutionCases: Case[] = [
  planned(
    { kernels: ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'], name: 'Conv2D', magnitude: 1 },
    plans,
    operandsOf,
    ({ x, filter }, p) => conv(x as tf.Tensor, filter as tf.Tensor, p),
  ),
  planned(
    { kernels: ['Conv2D'], name: 'conv1d, which tfjs writes as Conv2D', magnitude: 1 },
    fc.record({ length: upTo(9, 4), taps: upTo(3), stride: upTo(3), pad: fc.constantFrom('same', 'valid') }),
    ({ length, taps }) => ({ x: { shape: [2, length, 3] }, filter: { shape: [taps, 3, 4] } }),
    ({ x, filter }, { stride, pad }) =>
      tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, stride, pad as 'same'),
  ),
  planned(
    { kernels: ['Conv2DBackpropInput', 'Conv2D'], name: 'conv2dTranspose', magnitude: 1 },
    transposedPlans,
    (p) => {
      const [rows, columns] = p.size.map((n, i) => {
        const stride = p.strides[i] ?? 1;
        return p.pad === 'same' ? Math.ceil(n / stride) : Math.ceil((n - (p.filter[i] ?? 1) + 1) / stride);
      }) as Pair;
      return {
        x: { shape: [p.batch, rows, columns, p.channels[1]] },
        filter: { shape: filterShape(p) },
      };
    },
    ({ x, filter }, p) =>
      tf.conv2dTranspose(
        x as Image,
        filter as Image,
        imageShape(p) as [number, number, number, number],
        p.strides,
        p.pad as 'same',
      ),
  ),
  planned(
    {
      kernels: [
        'DepthwiseConv2dNative',
        'DepthwiseConv2dNativeBackpropInput',
        'DepthwiseConv2dNativeBackpropFilter',
      ],
      name: 'DepthwiseConv2dNative',
      magnitude: 1,
    },
    channelsLastPlans,
    operandsOf,
    ({ x, filter }, p) => depthwise(x as tf.Tensor, filter as tf.Tensor, p),
  ),
  planned(
    { kernels: ['Conv2DBackpropFilter'], name: 'gradients of gradients of Conv2D', magnitude: 50 },
    plans.filter(({ filter }) => filter[0] * filter[1] < 7),
    operandsOf,
    ({ x, filter }, p) => gradientsOf((a, b) => conv(a, b, p), x as tf.Tensor, filter as tf.Tensor),
  ),
  planned(
    {
      kernels: ['DepthwiseConv2dNativeBackpropFilter'],
      name: 'gradients of gradients of DepthwiseConv2dNative',
      magnitude: 50,
    },
    channelsLastPlans.filter(({ filter }) => filter[0] * filter[1] < 7),
    operandsOf,
    ({ x, filter }, p) => gradientsOf((a, b) => depthwise(a, b, p), x as tf.Tensor, filter as tf.Tensor),
  ),
  ...(['FusedConv2D', 'FusedDepthwiseConv2D'] as const).map((kernel) =>
    planned(
      { kernels: [kernel], name: kernel, differentiable: false, magnitude: 1 },
      fc.record({ plan: channelsLastPlans, activation: activations }),
      ({ plan }) => {
        const channels = kernel === 'FusedConv2D' ? plan.channels[1] : plan.channels[0] * plan.channels[1];
        return { ...operandsOf(plan), bias: { shape: [channels] }, slope: { shape: [1, 1, channels] } };
      },
      ({ x, filter, bias, slope }, { plan, activation }) =>
        (kernel === 'FusedConv2D' ? tf.fused.conv2d : tf.fused.depthwiseConv2d)({
          x: x as Image,
          filter: filter as Image,
          strides: plan.strides,
          pad: plan.pad as 'same',
          dilations: plan.dilations,
          ...(plan.rounding ? { dimRoundingMode: plan.rounding } : {}),
          bias: bias as tf.Tensor,
          activation: activation as 'relu',
          preluActivationWeights: slope as tf.Tensor,
          leakyreluAlpha: 0.3,
        }),
    ),
  ),
  // Other activations are taken apart before they are differentiated, and then are the cases above.
  planned(
    { kernels: ['FusedConv2D'], name: 'the gradient of FusedConv2D without an activation', magnitude: 1 },
    channelsLastPlans.filter(({ dilations, rounding }) => dilations[0] * dilations[1] === 1 && !rounding),
    (plan) => ({ ...operandsOf(plan), bias: { shape: [plan.channels[1]] } }),
    ({ x, filter, bias }, { strides, pad }) =>
      tf.fused.conv2d({
        x: x as Image,
        filter: filter as Image,
        strides,
        pad: pad as 'same',
        bias: bias as tf.Tensor,
      }),
  ),
];
