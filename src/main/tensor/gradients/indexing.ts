import {
  add,
  cast,
  type GatherV2Attrs,
  gather,
  gatherND,
  mul,
  range,
  reshape,
  type ScatterNdAttrs,
  scatterND,
  sparseToDense,
  sum,
  type Tensor,
  tensorScatterUpdate,
  transpose,
  util,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { type Gradient, gradient } from './gradient';

const axesFrom = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

const inverse = (order: number[]): number[] => order.map((_, axis) => order.indexOf(axis));

/** Rows with the same id added up: [rows, …] to [count, …]. By a scatter, because "wasm" has no segment sums. */
const sumById = (rows: Tensor, ids: Tensor, count: number): Tensor =>
  scatterND(reshape(ids, [-1, 1]), rows, [count, ...rows.shape.slice(1)]);

/** What was gathered goes back to where it came from; rows that were taken twice add up. */
function scatterBack(dy: Tensor, x: Tensor, indices: Tensor, axis: number): Tensor {
  const outer = x.shape.slice(0, axis);
  const inner = x.shape.slice(axis + 1);
  const rows = reshape(dy, [...outer, indices.size, ...inner]);
  const order = [axis, ...axesFrom(0, axis), ...axesFrom(axis + 1, x.rank)];
  const summed = sumById(transpose(rows, order), cast(indices, 'int32'), x.shape[axis] ?? 0);
  return transpose(summed, inverse(order));
}

/**
 * With batch axes every batch has indices of its own: they become indices into all batches laid end to end. `dy` is
 * [batches, index axes, rest] and the result [batches, length, rest].
 */
function scatterBackBatched(dy: Tensor, indices: Tensor, batches: number[], length: number): Tensor {
  const count = util.sizeFromShape(batches);
  const rest = dy.shape.slice(indices.rank);
  const offsets = reshape(mul(range(0, count, 1, 'int32'), cast(length, 'int32')), [count, 1]);
  const ids = add(reshape(cast(indices, 'int32'), [count, -1]), offsets);
  const summed = sumById(reshape(dy, [indices.size, ...rest]), ids, count * length);
  return reshape(summed, [...batches, length, ...rest]);
}

/** The axes between the batch axes and the gathered one go behind it, which is then the case above. */
function scatterBackBehind(dy: Tensor, x: Tensor, indices: Tensor, axis: number, batchDims: number): Tensor {
  const indexRank = indices.rank - batchDims;
  const batch = axesFrom(0, batchDims);
  const indexFirst = [
    ...batch,
    ...axesFrom(axis, axis + indexRank),
    ...axesFrom(batchDims, axis),
    ...axesFrom(axis + indexRank, dy.rank),
  ];
  const order = [...batch, axis, ...axesFrom(batchDims, axis), ...axesFrom(axis + 1, x.rank)];
  const turned = transpose(dy, indexFirst);
  const summed = scatterBackBatched(turned, indices, x.shape.slice(0, batchDims), x.shape[axis] ?? 1);
  return transpose(summed, inverse(order));
}

/** A list of places, one a row, from a scalar or a list of indices on one axis. */
const asPlaces = (indices: Tensor): Tensor => (indices.rank < 2 ? reshape(indices, [-1, 1]) : indices);

export const indexingGradients: Record<string, Gradient> = {
  GatherV2: gradient<GatherV2Attrs>(
    { inputs: ['x', 'indices'] },
    (dy, [x, indices], { axis, batchDims }) => ({
      x: () => {
        const [at = 0] = util.parseAxisParam(axis, x.shape);
        return batchDims === 0
          ? scatterBack(dy, x, indices, at)
          : scatterBackBehind(dy, x, indices, at, batchDims);
      },
      indices: () => zeros(indices.shape),
    }),
  ),
  UnsortedSegmentSum: gradient({ inputs: ['segmentIds'] }, (dy, [segmentIds]) => ({
    x: () => gather(dy, segmentIds),
    segmentIds: () => zeros(segmentIds.shape),
  })),
  GatherNd: gradient({ inputs: ['params', 'indices'] }, (dy, [params, indices]) => ({
    params: () => scatterND(indices, dy, params.shape),
    indices: () => zeros(indices.shape),
  })),
  ScatterNd: gradient<ScatterNdAttrs>({ inputs: ['indices'] }, (dy, [indices]) => ({
    updates: () => gatherND(dy, indices),
    indices: () => zeros(indices.shape),
  })),
  TensorScatterUpdate: gradient({ inputs: ['indices', 'updates'] }, (dy, [indices, updates]) => ({
    // Onto a copy: tfjs's "cpu" kernel writes into the tensor that it is given.
    tensor: () => tensorScatterUpdate(add(dy, 0), indices, zerosLike(updates)),
    updates: () => gatherND(dy, indices),
    indices: () => zeros(indices.shape),
  })),
  SparseToDense: gradient({ inputs: ['sparseIndices', 'sparseValues'] }, (dy, [indices, values]) => {
    const taken = () => gatherND(dy, asPlaces(indices));
    return {
      sparseIndices: () => zeros(indices.shape),
      sparseValues: () => (values.rank === 0 ? sum(taken()) : taken()),
      defaultValue: () => {
        const background = sparseToDense(indices, zeros(values.shape), dy.shape as never, 1);
        return sum(mul(dy, background));
      },
    };
  }),
  /** The values came from where the indices say; the indices themselves have no slope. */
  TopK: gradient({ inputs: ['x'], outputs: [false, true] }, (dy, [x, indices]) => ({
    x: () => {
      const [values = dy] = dy as unknown as Tensor[];
      const batches = x.shape.slice(0, -1);
      return scatterBackBatched(values, indices, batches, x.shape.at(-1) ?? 1);
    },
  })),
};
