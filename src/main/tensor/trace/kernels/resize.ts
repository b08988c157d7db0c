import type { ResizeBilinearAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import type { Trace } from '../trace';
import { bilinearMatrix, nearestPixels } from './resampling';

type ResizeAxis = (t: Trace, image: Ref, axis: 1 | 2, to: number, attributes: ResizeBilinearAttrs) => Ref;

/** Two axes one after the other. ONNX's Resize rounds places to float32, which now and then is another pixel. */
const resize = (along: ResizeAxis): Emitter =>
  emitter<ResizeBilinearAttrs>((t, inputs, attributes) => {
    const { images } = inputs as unknown as { images: TensorInfo };
    const [height, width] = attributes.size;
    const rows = along(t, t.full(images), 1, height, attributes);
    const resized = along(t, rows, 2, width, attributes);
    return t.tensor(resized, resized.shape);
  });

const replaced = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((old, i) => (i === axis ? size : old));

const nearest: ResizeAxis = (t, image, axis, to, attributes) => {
  const from = image.shape[axis] ?? 1;
  const pixels = t.int64(nearestPixels(from, to, attributes));
  return t.node('Gather', [image, pixels], replaced(image.shape, axis, to), image.type, { axis });
};

/** A product with a constant matrix [to, from]: everything before the axis is a batch, everything behind it columns. */
const bilinear: ResizeAxis = (t, image, axis, to, attributes) => {
  const [batch = 1, height = 1, width = 1, channels = 1] = image.shape;
  const from = axis === 1 ? height : width;
  const [outer, inner] = axis === 1 ? [batch, width * channels] : [batch * height, channels];
  const matrix = t.constant(bilinearMatrix(from, to, attributes), [to, from], 'float32');
  const columns = t.reshape(t.cast(image, 'float32'), [outer, from, inner]);
  const product = t.node('MatMul', [matrix, columns], [outer, to, inner], 'float32');
  return t.reshape(product, replaced(image.shape, axis, to));
};

export const resizing: Record<string, Emitter> = {
  ResizeBilinear: resize(bilinear),
  ResizeNearestNeighbor: resize(nearest),
};
