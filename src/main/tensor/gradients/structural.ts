import {
  add,
  type BatchMatMulAttrs,
  backend_util,
  broadcastTo,
  cast,
  concat,
  div,
  equal,
  matMul,
  mul,
  ones,
  type PadV2Attrs,
  pad,
  reshape,
  reverse,
  type SliceAttrs,
  slice,
  slice_util,
  softmax,
  split,
  stack,
  sub,
  sum,
  type Tensor,
  transpose,
  unstack,
  util,
} from '@tensorflow/tfjs-core';
import { type Gradient, gradient, keptShape, unbroadcast } from './gradient';

interface ReductionAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
}

const axesOf = (attributes: ReductionAttributes, shape: number[]): number[] =>
  util.parseAxisParam(attributes.axis ?? attributes.reductionIndices ?? shape.map((_, i) => i), shape);

/** Spreads what a reduction returned back over the axes it reduced. */
const spread = (reduced: Tensor, shape: number[], axes: number[]): Tensor =>
  broadcastTo(reshape(reduced, keptShape(shape, axes)), shape);

/** The extreme elements take the gradient; equal ones each take all of it. */
const extreme = gradient<ReductionAttributes>({ inputs: ['x'], output: true }, (dy, [x, y], attributes) => ({
  x: () => {
    const kept = keptShape(x.shape, axesOf(attributes, x.shape));
    return mul(reshape(dy, kept), cast(equal(x, reshape(y, kept)), 'float32'));
  },
}));

/** Every factor's gradient is the product of the others: those before it times those after it. */
function productOfOthers(x: Tensor, axis: number): Tensor {
  const factors = unstack(x, axis);
  const runningProducts = (list: Tensor[]): Tensor[] => {
    const products: Tensor[] = [ones(factors[0]?.shape ?? [])];
    for (const factor of list) products.push(mul(products.at(-1) ?? 1, factor));
    return products;
  };
  const before = runningProducts(factors);
  const after = runningProducts([...factors].reverse());
  return stack(
    factors.map((_, i) => mul(before[i] ?? 1, after[factors.length - 1 - i] ?? 1)),
    axis,
  );
}

const product = gradient<ReductionAttributes>({ inputs: ['x'] }, (dy, [x], attributes) => ({
  x: () => {
    const axes = axesOf(attributes, x.shape);
    const others = x.shape.map((_, i) => i).filter((axis) => !axes.includes(axis));
    const order = [...others, ...axes];
    const outer = others.map((axis) => x.shape[axis] ?? 1);
    const turned = transpose(x, order);
    const products = productOfOthers(reshape(turned, [...outer, -1]), outer.length);
    const inverse = order.map((_, axis) => order.indexOf(axis));
    return mul(reshape(dy, keptShape(x.shape, axes)), transpose(reshape(products, turned.shape), inverse));
  },
}));

const reductions = {
  Sum: gradient<ReductionAttributes>({ inputs: ['x'] }, (dy, [x], attributes) => ({
    x: () => spread(dy, x.shape, axesOf(attributes, x.shape)),
  })),
  Mean: gradient<ReductionAttributes>({ inputs: ['x'] }, (dy, [x], attributes) => ({
    x: () => {
      const axes = axesOf(attributes, x.shape);
      const count = axes.reduce((n, axis) => n * (x.shape[axis] ?? 1), 1);
      return spread(div(dy, count), x.shape, axes);
    },
  })),
  Max: extreme,
  Min: extreme,
  Prod: product,
  // Computed again from the logits for the sake of second derivatives: see fromOutput.
  Softmax: gradient<{ dim: number }>({ inputs: ['logits'] }, (dy, [logits], { dim }) => ({
    logits: () => {
      const y = softmax(logits, dim);
      const weighted = mul(dy, y);
      return sub(weighted, mul(sum(weighted, dim, true), y));
    },
  })),
};

/** d(a·b) = dy·bᵀ and aᵀ·dy, summed over leading axes that were broadcast. */
const batchMatMul = gradient<BatchMatMulAttrs>(
  { inputs: ['a', 'b'] },
  (dy, [a, b], { transposeA, transposeB }) => ({
    a: () =>
      unbroadcast(transposeA ? matMul(b, dy, transposeB, true) : matMul(dy, b, false, !transposeB), a.shape),
    b: () =>
      unbroadcast(transposeB ? matMul(dy, a, true, transposeA) : matMul(a, dy, !transposeA, false), b.shape),
  }),
);

const toInputShape = gradient({ inputs: ['x'] }, (dy, [x]) => ({ x: () => reshape(dy, x.shape) }));

/** Repeats are added up: a repeated axis of size s is [repeats, s] in dy. */
function untile(dy: Tensor, shape: number[], reps: number[]): Tensor {
  const split: number[] = [];
  const repeated: number[] = [];
  shape.forEach((size, axis) => {
    const times = reps[axis] ?? 1;
    if (times > 1) repeated.push(split.push(times) - 1);
    if (times === 1 || size > 1) split.push(size);
  });
  return reshape(sum(reshape(dy, split), repeated), shape);
}

const shapes = {
  Reshape: toInputShape,
  ExpandDims: gradient({ inputs: ['input'] }, (dy, [input]) => ({ input: () => reshape(dy, input.shape) })),
  Transpose: gradient<{ perm: number[] }>({}, (dy, _, { perm }) => ({
    x: () => transpose(dy, backend_util.getUndoAxesPermutation(perm)),
  })),
  Tile: gradient<{ reps: number[] }>({ inputs: ['x'] }, (dy, [x], { reps }) => ({
    x: () => untile(dy, x.shape, reps),
  })),
  Slice: gradient<SliceAttrs>({ inputs: ['x'] }, (dy, [x], attributes) => ({
    x: () => {
      const [begin, size] = slice_util.parseSliceParams(x, attributes.begin, attributes.size);
      const around = begin.map((from, axis): [number, number] => [
        from,
        (x.shape[axis] ?? 0) - from - (size[axis] ?? 0),
      ]);
      return pad(dy, around);
    },
  })),
  PadV2: gradient<PadV2Attrs>({ inputs: ['x'] }, (dy, [x], { paddings }) => ({
    x: () => {
      const begin = paddings.map(([before]) => before);
      return slice(dy, begin, x.shape);
    },
  })),
  Reverse: gradient<{ dims: number[] }>({}, (dy, _, { dims }) => ({ x: () => reverse(dy, dims) })),
  Concat: gradient<{ axis: number }>({ allInputs: true }, (dy, saved, { axis }) => {
    const inputs = saved as readonly Tensor[];
    const [at = 0] = util.parseAxisParam(axis, dy.shape);
    const parts = split(
      dy,
      inputs.map((one) => one.shape[at] ?? 0),
      at,
    );
    return Object.fromEntries(parts.map((part, i) => [String(i), () => part]));
  }),
  Pack: gradient<{ axis: number }>({}, (dy, _, { axis }) =>
    Object.fromEntries(unstack(dy, axis).map((part, i) => [String(i), () => part])),
  ),
  SplitV: gradient<{ axis: number }>({}, (dy, _, { axis }) => ({
    x: () => concat(dy as unknown as Tensor[], axis),
  })),
  Unpack: gradient<{ axis: number }>({}, (dy, _, { axis }) => ({
    value: () => stack([dy].flat(), axis),
  })),
  AddN: gradient({ allInputs: true }, (dy, saved) =>
    Object.fromEntries((saved as readonly Tensor[]).map((_, i) => [String(i), () => add(dy, 0)])),
  ),
};

export const structuralGradients: Record<string, Gradient> = {
  BatchMatMul: batchMatMul,
  ...reductions,
  ...shapes,
};
