import { type AvgPoolAttrs, backend_util, type MaxPoolAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import { sizeOf, type Trace } from '../trace';
import { transposed } from './backprop';
import { channelsFirst, channelsLast, checkPadding, type Geometry, windows } from './windows';

function geometryOf(shape: number[], a: MaxPoolAttrs): Geometry {
  const image = shape as [number, number, number, number];
  return checkPadding(
    backend_util.computePool2DInfo(image, a.filterSize, a.strides, 1, a.pad, a.dimRoundingMode),
  );
}

const outputShape = (g: Geometry): number[] => [g.batchSize, g.inChannels, g.outHeight, g.outWidth];
const inputShape = (g: Geometry): number[] => [g.batchSize, g.inChannels, g.inHeight, g.inWidth];

function attributesOf(g: Geometry) {
  const kernel = [g.filterHeight, g.filterWidth];
  const { strides, pads } = windows(g);
  if (pads.some((pad, i) => pad >= (kernel[i % 2] ?? 0))) {
    throw new RangeError(`a pooling window of ${kernel.join(' × ')} would see nothing but padding`);
  }
  return { strides, pads, kernel_shape: kernel };
}

const pool = (op: string): Emitter =>
  emitter<MaxPoolAttrs | AvgPoolAttrs>((t, { x }, attributes) => {
    const g = geometryOf(x.shape, attributes);
    const image = channelsFirst(t, t.full(x));
    const pooled = channelsLast(t, t.node(op, [image], outputShape(g), 'float32', attributesOf(g)));
    return t.tensor(pooled, pooled.shape);
  });

/** Every window's gradient goes to the place its maximum was taken from, the first of equal ones. */
function toMaxima(t: Trace, dy: Ref, image: Ref, g: Geometry): Ref {
  const shape = outputShape(g);
  const types = [
    { shape, type: 'float32' as const },
    { shape, type: 'int64' as const },
  ];
  const [, places] = t.nodes('MaxPool', [image], types, attributesOf(g));
  if (!places) throw new RangeError('MaxPool has two outputs');
  const [count, size] = [sizeOf(shape), sizeOf(inputShape(g))];
  const zeros = t.expand(t.scalar(0), [size]);
  const flat = [zeros, t.reshape(places, [count]), t.reshape(dy, [count])];
  const summed = t.node('ScatterElements', flat, [size], 'float32', { axis: 0, reduction: 'add' });
  return t.reshape(summed, inputShape(g));
}

/** Every window's gradient is spread evenly over it: a transposed convolution with a filter of equal numbers. */
function overWindows(t: Trace, dy: Ref, g: Geometry): Ref {
  const share = t.scalar(1 / (g.filterHeight * g.filterWidth));
  return transposed(
    t,
    dy,
    t.expand(share, [g.inChannels, 1, g.filterHeight, g.filterWidth]),
    g,
    g.inChannels,
  );
}

export const pooling: Record<string, Emitter> = {
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  MaxPoolGrad: emitter<MaxPoolAttrs>((t, inputs, attributes) => {
    const { dy, input } = inputs as unknown as Record<'dy' | 'input', TensorInfo>;
    const g = geometryOf(input.shape, attributes);
    const [gradient, image] = [dy, input].map((one) => channelsFirst(t, t.full(one))) as [Ref, Ref];
    return t.tensor(channelsLast(t, toMaxima(t, gradient, image, g)), input.shape);
  }),
  /** As tfjs has it: every place of a window gets the same share, whether the window overlaps the padding or not. */
  AvgPoolGrad: emitter<AvgPoolAttrs>((t, inputs, attributes) => {
    const { dy, input } = inputs as unknown as Record<'dy' | 'input', TensorInfo>;
    const g = geometryOf(input.shape, attributes);
    return t.tensor(channelsLast(t, overWindows(t, channelsFirst(t, t.full(dy)), g)), input.shape);
  }),
};
