import {
  backend_util,
  type PadV2Attrs,
  type SliceAttrs,
  type SplitVAttrs,
  type StridedSliceAttrs,
  slice_util,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type Emitter, emitter, listEmitter } from '../emitter';
import type { Ref } from '../graph';
import { sizeOf, type Trace } from '../trace';

/** One value repeated everywhere keeps being one value, whatever the shape. */
const uniform = (t: Trace, info: TensorInfo): Ref | undefined => {
  const ref = t.of(info);
  return sizeOf(ref.shape) === 1 && sizeOf(info.shape) > 0 ? t.reshape(ref, []) : undefined;
};

function reshape(t: Trace, x: TensorInfo, shape: number[]): TensorInfo {
  if (sizeOf(shape) === 1) return t.tensor(t.reshape(t.full(x), shape), shape);
  return t.tensor(uniform(t, x) ?? t.reshape(t.full(x), shape), shape);
}

function slice(t: Trace, x: Ref, begin: number[], end: number[], strides: number[], shape: number[]): Ref {
  const axes = begin.map((_, axis) => axis);
  const changed = axes.filter(
    (axis) => begin[axis] !== 0 || end[axis] !== x.shape[axis] || (strides[axis] ?? 1) !== 1,
  );
  if (changed.length === 0) return x;
  const of = (values: number[]) => t.int64(changed.map((axis) => values[axis] ?? 0));
  const steps = changed.some((axis) => (strides[axis] ?? 1) !== 1) ? [of(strides)] : [];
  return t.node('Slice', [x, of(begin), of(end), t.int64(changed), ...steps], shape, x.type);
}

function concat(t: Trace, tensors: TensorInfo[], axis: number): TensorInfo {
  const [at = 0] = util.parseAxisParam(axis, tensors[0]?.shape ?? []);
  const shapes = tensors.map((one) => one.shape);
  backend_util.assertParamsConsistent(shapes, at);
  const shape = backend_util.computeOutShape(shapes, at);
  const present = tensors.filter((one) => sizeOf(one.shape) > 0);
  const [only] = present;
  if (only && present.length === 1) return t.tensor(t.of(only), shape);
  const refs = present.map((one) => t.full(one));
  return t.tensor(t.node('Concat', refs, shape, refs[0]?.type ?? 'float32', { axis: at }), shape);
}

function split(t: Trace, x: TensorInfo, sizes: number[], axis: number): TensorInfo[] {
  const shapes = sizes.map((size) => x.shape.map((whole, i) => (i === axis ? size : whole)));
  const ref = t.full(x);
  if (sizes.length === 1) return [t.tensor(ref, x.shape)];
  const parts = t.nodes(
    'Split',
    [ref, t.int64(sizes)],
    shapes.map((shape) => ({ shape, type: ref.type })),
    { axis },
  );
  return parts.map((part, i) => t.tensor(part, shapes[i] ?? []));
}

function pad(t: Trace, x: TensorInfo, paddings: [number, number][], value: number): TensorInfo {
  const shape = x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
  const ref = t.full(x);
  const amounts = t.int64([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return t.tensor(t.node('Pad', [ref, amounts, t.scalar(value, ref.type)], shape, ref.type), shape);
}

/** Reversing is a slice with step −1 from the last element to before the first. */
function reverse(t: Trace, x: TensorInfo, dims: number | number[]): TensorInfo {
  const axes = util.parseAxisParam(dims, x.shape);
  const ref = t.full(x);
  if (axes.length === 0) return t.tensor(ref, x.shape);
  const beforeFirst = -(2 ** 31);
  const ends = axes.map(() => beforeFirst);
  const inputs = [axes.map(() => -1), ends, axes, axes.map(() => -1)].map((values) => t.int64(values));
  return t.tensor(t.node('Slice', [ref, ...inputs], x.shape, ref.type), x.shape);
}

export const shape: Record<string, Emitter> = {
  Reshape: emitter<{ shape: number[] }>((t, { x }, attributes) =>
    reshape(t, x, util.inferFromImplicitShape(attributes.shape, sizeOf(x.shape))),
  ),
  ExpandDims: emitter<{ dim: number; input: never }>((t, inputs, { dim }) => {
    const { input } = inputs as unknown as { input: TensorInfo };
    const at = dim < 0 ? input.shape.length + dim + 1 : dim;
    return reshape(t, input, [...input.shape.slice(0, at), 1, ...input.shape.slice(at)]);
  }),
  Transpose: emitter<{ perm: number[] }>((t, { x }, { perm }) => {
    const turned = perm.map((axis) => x.shape[axis] ?? 1);
    return t.tensor(uniform(t, x) ?? t.transpose(t.full(x), perm), turned);
  }),
  Tile: emitter<{ reps: number[] }>((t, { x }, { reps }) => {
    const tiled = x.shape.map((size, axis) => size * (reps[axis] ?? 1));
    const ref = t.of(x);
    // An axis of size 1 that is repeated is a broadcast, which costs nothing until it must be written out.
    const onlyUnits = x.shape.every((size, axis) => size === 1 || reps[axis] === 1);
    if (onlyUnits) return t.tensor(ref, tiled);
    return t.tensor(t.node('Tile', [t.full(x), t.int64(reps)], tiled, ref.type), tiled);
  }),
  Slice: emitter<SliceAttrs>((t, { x }, attributes) => {
    const [begin, size] = slice_util.parseSliceParams(x as never, attributes.begin, attributes.size);
    slice_util.assertParamsValid(x as never, begin, size);
    const end = begin.map((from, axis) => from + (size[axis] ?? 0));
    return t.tensor(uniform(t, x) ?? slice(t, t.full(x), begin, end, [], size), size);
  }),
  StridedSlice: emitter<StridedSliceAttrs>((t, { x }, a) => {
    const plan = slice_util.sliceInfo(
      x.shape,
      a.begin,
      a.end,
      a.strides,
      a.beginMask,
      a.endMask,
      a.ellipsisMask,
      a.newAxisMask,
      a.shrinkAxisMask,
    );
    // With a negative stride the end −1 means "before the first element", which ONNX spells as a large negative.
    const ends = plan.end.map((end, axis) => ((plan.strides[axis] ?? 1) < 0 && end < 0 ? -(2 ** 31) : end));
    const sparse = slice_util.computeOutShape(plan.begin, plan.end, plan.strides);
    const cut = slice(t, t.full(x), plan.begin, ends, plan.strides, sparse);
    return t.tensor(t.reshape(cut, plan.finalShape), plan.finalShape);
  }),
  Concat: listEmitter<{ axis: number }>((t, tensors, { axis }) => concat(t, tensors, axis)),
  Pack: listEmitter<{ axis: number }>((t, tensors, { axis }) => {
    const rank = tensors[0]?.shape.length ?? 0;
    const at = axis < 0 ? axis + rank + 1 : axis;
    const withAxis = tensors.map((one) =>
      reshape(t, one, [...one.shape.slice(0, at), 1, ...one.shape.slice(at)]),
    );
    return concat(t, withAxis, at);
  }),
  Unpack: emitter<{ axis: number }>((t, inputs, { axis }) => {
    const { value } = inputs as unknown as { value: TensorInfo };
    const [at = 0] = util.parseAxisParam(axis, value.shape);
    const without = value.shape.filter((_, i) => i !== at);
    const parts = split(t, value, Array<number>(value.shape[at] ?? 0).fill(1), at);
    return parts.map((part) => reshape(t, part, without));
  }),
  SplitV: emitter<SplitVAttrs>((t, { x }, { numOrSizeSplits, axis }) => {
    const [at = 0] = util.parseAxisParam(axis, x.shape);
    return split(t, x, backend_util.prepareSplitSize(x as never, numOrSizeSplits, at), at);
  }),
  PadV2: emitter<PadV2Attrs>((t, { x }, { paddings, constantValue }) => pad(t, x, paddings, constantValue)),
  Reverse: emitter<{ dims: number | number[] }>((t, { x }, { dims }) => reverse(t, x, dims)),
};
