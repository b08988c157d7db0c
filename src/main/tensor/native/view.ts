import type { ElementType } from '../onnx/model';
import type { Access, Buffer } from './instructions';

/** A tensor in memory that need not be its own: a stride an axis, in words. */
export interface View {
  buffer: Buffer;
  offset: number;
  shape: readonly number[];
  strides: readonly number[];
  type: ElementType;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export function rowMajor(shape: readonly number[]): number[] {
  const strides = Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** The view as an instruction over `shape` walks it, axes of size 1 and missing leading ones standing still. */
export function broadcastTo({ buffer, offset, shape, strides }: View, wanted: readonly number[]): Access {
  const missing = wanted.length - shape.length;
  const walked = wanted.map((_, axis) => ((shape[axis - missing] ?? 1) === 1 ? 0 : strides[axis - missing]));
  return { buffer, offset, strides: walked };
}

/** Strides of a reshaped view, where the memory can be read in that shape without moving it. */
export function reshapedStrides({ shape, strides }: View, wanted: readonly number[]): number[] | undefined {
  const axes = shape.map((size, i) => ({ size, stride: strides[i] ?? 0 })).filter(({ size }) => size !== 1);
  const result = Array<number>(wanted.length).fill(0);
  let at = 0;
  let [left, stride] = [1, 0];
  // From the last axis on, pieces of the given axes are handed out to the wanted ones.
  const given = [...axes].reverse();
  const next = () => {
    const axis = given[at++];
    if (!axis) return false;
    [left, stride] = [axis.size, axis.stride];
    // Axes that continue each other in memory are one.
    while (given[at] && given[at]?.stride === stride * left) left *= given[at++]?.size ?? 1;
    return true;
  };
  for (let axis = wanted.length - 1; axis >= 0; axis--) {
    const size = wanted[axis] ?? 1;
    if (size === 1) continue;
    if (left === 1 && !next()) return undefined;
    if (left % size !== 0) return undefined;
    result[axis] = stride;
    left /= size;
    stride *= size;
  }
  return left === 1 && at === given.length ? result : undefined;
}

export const transposed = (view: View, order: readonly number[]): View => ({
  ...view,
  shape: order.map((axis) => view.shape[axis] ?? 1),
  strides: order.map((axis) => view.strides[axis] ?? 0),
});

/** A part of an axis: `size` places from `begin` on, every `step`-th. */
export function sliced(view: View, axis: number, begin: number, size: number, step = 1): View {
  const along = (values: readonly number[], value: number) =>
    values.map((old, i) => (i === axis ? value : old));
  const stride = view.strides[axis] ?? 0;
  return {
    ...view,
    offset: view.offset + begin * stride,
    shape: along(view.shape, size),
    strides: along(view.strides, stride * step),
  };
}
