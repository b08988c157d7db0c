import { type TensorInfo, type TopKAttrs, util } from '@tensorflow/tfjs-core';
import type { ElementType } from '../../onnx/model';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import { sameShape, sizeOf, type Trace } from '../trace';

interface ReductionAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

/** The tensor with its full rank, axes along which it is broadcast staying at size 1. */
function fullRank(t: Trace, info: TensorInfo): Ref {
  const ref = t.of(info);
  const missing = info.shape.length - ref.shape.length;
  return missing > 0 ? t.reshape(ref, [...Array<number>(missing).fill(1), ...ref.shape]) : ref;
}

interface Reduction {
  op: string;
  /** What n equal numbers reduce to, from one of them. */
  repeated?: (trace: Trace, x: Ref, n: number) => Ref;
  through?: ElementType;
}

/** Fewer rows than this are added up faster than multiplied. */
const LEAST_ROWS = 16;

/**
 * Whether the rows of matrices are added up, as the gradient of a bias does over a batch: times a row of ones that takes
 * a tenth of the time of ONNX Runtime's ReduceSum, which was 5 % of a training step.
 */
const sumsRows = ({ op }: Reduction, { shape, type }: Ref, axes: readonly number[]): boolean =>
  op === 'ReduceSum' &&
  type === 'float32' &&
  axes.length === 1 &&
  axes[0] === shape.length - 2 &&
  (shape.at(-2) ?? 1) >= LEAST_ROWS;

const rowOfOnes = (t: Trace, length: number): Ref =>
  t.constant(new Float32Array(length).fill(1), [1, length], 'float32');

/** Reduces the axes that exist in the graph; along axes that are only broadcast the result is known. */
function reduce(reduction: Reduction): Emitter {
  return emitter<ReductionAttributes>((t, { x }, attributes) => {
    const given = attributes.axis ?? attributes.reductionIndices ?? x.shape.map((_, axis) => axis);
    const axes = util.parseAxisParam(given, x.shape);
    const type = t.of(x).type;
    let ref = t.cast(fullRank(t, x), reduction.through ?? type);
    const isReduced = (axis: number) => axes.includes(axis);
    const real = axes.filter((axis) => ref.shape[axis] === x.shape[axis] && x.shape[axis] !== 1);
    const repeated = sizeOf(axes.filter((axis) => !real.includes(axis)).map((axis) => x.shape[axis] ?? 1));
    const kept = x.shape.map((size, axis) => (isReduced(axis) ? 1 : size));
    if (real.length > 0) {
      const shape = ref.shape.map((size, axis) => (real.includes(axis) ? 1 : size));
      ref = sumsRows(reduction, ref, real)
        ? t.node('MatMul', [rowOfOnes(t, ref.shape.at(-2) ?? 1), ref], shape, ref.type)
        : t.node(reduction.op, [ref, t.int64(real)], shape, ref.type, { keepdims: 1 });
    }
    if (repeated !== 1 && reduction.repeated) ref = reduction.repeated(t, ref, repeated);
    const stored = ref.shape.filter((_, axis) => !isReduced(axis));
    const shape = attributes.keepDims ? kept : kept.filter((_, axis) => !isReduced(axis));
    const shaped = attributes.keepDims ? ref : t.reshape(ref, stored);
    return t.tensor(t.cast(shaped, type), shape);
  });
}

/** tfjs gives the index of the first of equal extremes, and so does ONNX. */
const argExtreme = (op: string): Emitter =>
  emitter<{ axis: number }>((t, { x }, { axis }) => {
    const [at = 0] = util.parseAxisParam(axis, x.shape);
    const shape = x.shape.filter((_, i) => i !== at);
    const index = t.node(op, [t.full(x)], shape, 'int64', { axis: at, keepdims: 0 });
    return t.tensor(t.cast(index, 'int32'), shape, 'int32');
  });

const mean = reduce({ op: 'ReduceMean' });

export const reductions: Record<string, Emitter> = {
  Sum: reduce({ op: 'ReduceSum', repeated: (t, x, n) => t.map('Mul', [x, t.scalar(n, x.type)]) }),
  Mean: emitter<ReductionAttributes>((t, inputs, attributes) => {
    const { x } = inputs;
    const asFloat = t.tensor(t.cast(t.of(x), 'float32'), x.shape, 'float32');
    return mean(t, { x: asFloat }, { ...attributes });
  }),
  Max: reduce({ op: 'ReduceMax' }),
  Min: reduce({ op: 'ReduceMin' }),
  Prod: reduce({ op: 'ReduceProd', repeated: (t, x, n) => t.map('Pow', [x, t.scalar(n, x.type)]) }),
  All: reduce({ op: 'ReduceMin', through: 'int32' }),
  Any: reduce({ op: 'ReduceMax', through: 'int32' }),
  ArgMax: argExtreme('ArgMax'),
  ArgMin: argExtreme('ArgMin'),
  Softmax: emitter<{ dim: number }>((t, inputs, { dim }) => {
    const { logits } = inputs as unknown as { logits: TensorInfo };
    const [axis = 0] = util.parseAxisParam(dim, logits.shape);
    return t.tensor(t.node('Softmax', [t.full(logits)], logits.shape, 'float32', { axis }), logits.shape);
  }),
  TopK: emitter<TopKAttrs>((t, { x }, { k, sorted }) => {
    const shape = [...x.shape.slice(0, -1), k];
    const type = t.of(x).type;
    const [values, indices] = t.nodes(
      'TopK',
      [t.full(x), t.int64([k])],
      [
        { shape, type },
        { shape, type: 'int64' },
      ],
      { sorted: sorted ? 1 : 0 },
    );
    if (!values || !indices || !sameShape(values.shape, shape)) throw new RangeError('TopK has two outputs');
    return [t.tensor(values, shape), t.tensor(t.cast(indices, 'int32'), shape, 'int32')];
  }),
};
