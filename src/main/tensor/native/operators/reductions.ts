import type { OnnxNode } from '../../onnx/model';
import type { Reduction } from '../instructions';
import { intOf, isInteger, type Lowering, type Operator, UnsupportedOperator } from '../lowering';

function reduce(lowering: Lowering, node: OnnxNode, op: Reduction): void {
  const x = lowering.view(node.inputs[0]);
  const { shape } = lowering.info(node.outputs[0]);
  const axes = node.inputs[1] ? lowering.fixed(node, 1) : x.shape.map((_, axis) => axis);
  const kind = isInteger(x.type) ? INTEGER[op] : op;
  if (kind === undefined) throw new UnsupportedOperator(`${node.op} of integers`);
  lowering.define(node.outputs[0], lowering.reshaped(lowering.reduce(kind, x, axes), shape));
}

const INTEGER: Partial<Record<Reduction, Reduction>> = {
  sum: 'sum-int',
  max: 'max-int',
  min: 'min-int',
};

const reduction =
  (op: Reduction): Operator =>
  (lowering, node) =>
    reduce(lowering, node, op);

const argExtreme =
  (op: 'argmax' | 'argmin'): Operator =>
  (lowering, node) => {
    const given = lowering.view(node.inputs[0]);
    // Compared as floats, which int32 up to 2²⁴ are exactly.
    const x = isInteger(given.type)
      ? lowering.map(given.shape, 'float32', (b) => b.do('I2F', b.load(given)))
      : given;
    const { shape } = lowering.info(node.outputs[0]);
    const index = lowering.reduce(op, x, [intOf(node.attributes.axis, 0)]);
    lowering.define(node.outputs[0], { ...lowering.reshaped(index, shape), type: 'int64' });
  };

/** Along an axis: its stride last, the others' before. */
function alongAxis(strides: readonly number[], axis: number): number[] {
  return [...strides.filter((_, i) => i !== axis), strides[axis] ?? 0];
}

function cumsum(lowering: Lowering, node: OnnxNode): void {
  const x = lowering.view(node.inputs[0]);
  if (isInteger(x.type)) throw new UnsupportedOperator('CumSum of integers');
  const [axis = 0] = lowering.fixed(node, 1);
  const result = lowering.temporary(x.shape, x.type);
  lowering.instructions.push({
    kind: 'scan',
    dims: x.shape.filter((_, i) => i !== axis),
    length: x.shape[axis] ?? 1,
    exclusive: intOf(node.attributes.exclusive, 0) === 1,
    reverse: intOf(node.attributes.reverse, 0) === 1,
    load: { buffer: x.buffer, offset: x.offset, strides: alongAxis(x.strides, axis) },
    store: { buffer: result.buffer, offset: 0, strides: alongAxis(result.strides, axis) },
  });
  lowering.define(node.outputs[0], result);
}

function topk(lowering: Lowering, node: OnnxNode): void {
  const x = lowering.view(node.inputs[0]);
  if (isInteger(x.type)) throw new UnsupportedOperator('TopK of integers');
  const { shape } = lowering.info(node.outputs[0]);
  const axis = shape.length - 1;
  const [values, indices] = [lowering.temporary(shape, x.type), lowering.temporary(shape, 'int64')];
  const access = ({ buffer, offset, strides }: typeof x) => ({
    ...{ buffer, offset, strides: alongAxis(strides, axis) },
  });
  lowering.instructions.push({
    kind: 'topk',
    dims: shape.slice(0, -1),
    length: x.shape[axis] ?? 1,
    k: shape[axis] ?? 1,
    load: access(x),
    values: access(values),
    indices: access(indices),
  });
  lowering.define(node.outputs[0], values);
  lowering.define(node.outputs[1], indices);
}

export const REDUCTION: Record<string, Operator> = {
  ReduceSum: reduction('sum'),
  ReduceMean: reduction('mean'),
  ReduceMax: reduction('max'),
  ReduceMin: reduction('min'),
  ReduceProd: reduction('prod'),
  ArgMax: argExtreme('argmax'),
  ArgMin: argExtreme('argmin'),
  CumSum: cumsum,
  TopK: topk,
};
