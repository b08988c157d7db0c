import {
  backend_util,
  type GatherV2Attrs,
  type OneHotAttrs,
  type SparseToDenseAttrs,
  type TensorInfo,
  type UnsortedSegmentSumAttrs,
  util,
} from '@tensorflow/tfjs-core';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import { elementType, sizeOf, type Trace } from '../trace';

/** Gather where the first `batchDims` axes of both are walked together: x moved so that the gathered axis follows them. */
function batchGather(
  t: Trace,
  x: TensorInfo,
  indices: TensorInfo,
  axis: number,
  batchDims: number,
): TensorInfo {
  const axes = x.shape.map((_, i) => i);
  const others = axes.filter((i) => i >= batchDims && i !== axis);
  const moved = t.transpose(t.full(x), [...axes.slice(0, batchDims), axis, ...others]);
  const index = t.reshape(t.cast(t.full(indices), 'int64'), [...indices.shape, 1]);
  const rest = others.map((i) => x.shape[i] ?? 1);
  const gathered = t.node('GatherND', [moved, index], [...indices.shape, ...rest], moved.type, {
    batch_dims: batchDims,
  });
  // Now [batch, index axes, axes before the gathered one, axes after it]; the index axes belong between the last two.
  const indexRank = indices.shape.length - batchDims;
  const beforeCount = axis - batchDims;
  const position = gathered.shape.map((_, i) => i);
  const order = [
    ...position.slice(0, batchDims),
    ...position.slice(batchDims + indexRank, batchDims + indexRank + beforeCount),
    ...position.slice(batchDims, batchDims + indexRank),
    ...position.slice(batchDims + indexRank + beforeCount),
  ];
  const result = t.transpose(gathered, order);
  return t.tensor(result, result.shape);
}

/** `values` put into `into` at the places that the last axis of `where` names. */
const scatter = (t: Trace, into: Ref, where: Ref, values: Ref, attributes = {}): Ref =>
  t.node('ScatterND', [into, t.cast(where, 'int64'), values], into.shape, into.type, attributes);

export const indexing: Record<string, Emitter> = {
  GatherV2: emitter<GatherV2Attrs>((t, { x, indices }, { axis, batchDims }) => {
    const [at = 0] = util.parseAxisParam(axis, x.shape);
    backend_util.segment_util.collectGatherOpShapeInfo(x as never, indices as never, at, batchDims);
    if (batchDims > 0) return batchGather(t, x, indices, at, batchDims);
    const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
    const ref = t.full(x);
    return t.tensor(t.node('Gather', [ref, t.full(indices)], shape, ref.type, { axis: at }), shape);
  }),
  GatherNd: emitter((t, inputs) => {
    const { params, indices } = inputs as unknown as Record<'params' | 'indices', TensorInfo>;
    const [shape] = backend_util.prepareAndValidate(params as never, indices as never);
    const ref = t.full(params);
    return t.tensor(t.node('GatherND', [ref, t.cast(t.full(indices), 'int64')], shape, ref.type), shape);
  }),
  ScatterNd: emitter<{ shape: number[] }>((t, inputs, { shape }) => {
    const { indices, updates } = inputs as unknown as Record<'indices' | 'updates', TensorInfo>;
    const zeros = t.expand(t.scalar(0, t.of(updates).type), shape);
    return t.tensor(scatter(t, zeros, t.full(indices), t.full(updates), { reduction: 'add' }), shape);
  }),
  TensorScatterUpdate: emitter((t, inputs) => {
    const { tensor, indices, updates } = inputs as unknown as Record<
      'tensor' | 'indices' | 'updates',
      TensorInfo
    >;
    return t.tensor(scatter(t, t.full(tensor), t.full(indices), t.full(updates)), tensor.shape);
  }),
  SparseToDense: emitter<SparseToDenseAttrs>((t, inputs, { outputShape }) => {
    const { sparseIndices, sparseValues, defaultValue } = inputs as unknown as Record<
      'sparseIndices' | 'sparseValues' | 'defaultValue',
      TensorInfo
    >;
    // A scalar or a list of indices is a list of places on one axis.
    const places = sparseIndices.shape.length < 2 ? [sizeOf(sparseIndices.shape), 1] : sparseIndices.shape;
    const where = t.reshape(t.full(sparseIndices), places);
    const values = t.expand(t.of(sparseValues), places.slice(0, 1));
    const background = t.expand(t.of(defaultValue), outputShape);
    return t.tensor(scatter(t, background, where, values), outputShape);
  }),
  /** Rows of x that share an id are added up: ids become the leading index of a scatter that adds. */
  UnsortedSegmentSum: emitter<UnsortedSegmentSumAttrs>((t, inputs, { numSegments }) => {
    const { x, segmentIds } = inputs as unknown as Record<'x' | 'segmentIds', TensorInfo>;
    const rows = sizeOf(segmentIds.shape);
    const rest = x.shape.slice(segmentIds.shape.length);
    const shape = [numSegments, ...rest];
    const type = t.of(x).type;
    const zeros = t.expand(t.scalar(0, type), shape);
    const ids = t.reshape(t.cast(t.full(segmentIds), 'int64'), [rows, 1]);
    const updates = t.reshape(t.full(x), [rows, ...rest]);
    return t.tensor(t.node('ScatterND', [zeros, ids, updates], shape, type, { reduction: 'add' }), shape);
  }),
  /** Compared with 0 … depth−1 rather than ONNX's OneHot, so that an index outside gives a row of off values. */
  OneHot: emitter<OneHotAttrs>((t, { indices }, { depth, onValue, offValue, dtype }) => {
    const type = elementType(dtype);
    const index = t.reshape(t.full(indices), [...indices.shape, 1]);
    const classes = t.constant(
      Int32Array.from({ length: depth }, (_, i) => i),
      [depth],
      'int32',
    );
    const hit = t.map('Equal', [t.cast(index, 'int32'), classes], 'bool');
    const carry = type === 'bool' ? 'int32' : type;
    const hot = t.map('Where', [hit, t.scalar(onValue, carry), t.scalar(offValue, carry)], carry);
    return t.tensor(t.cast(hot, type), [...indices.shape, depth], dtype);
  }),
};
