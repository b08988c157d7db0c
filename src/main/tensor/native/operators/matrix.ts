import type { OnnxNode } from '../../onnx/model';
import { intOf, type Lowering, type Operator, UnsupportedOperator } from '../lowering';
import { broadcastTo, rowMajor, transposed, type View } from '../view';

const swapped = (view: View): View => {
  const axes = view.shape.map((_, i) => i);
  return transposed(view, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
};

/** c[…, rows, n] = a[…, rows, k] · b[…, k, n], leading axes broadcast. */
function multiply(lowering: Lowering, a: View, b: View, output: string | undefined): void {
  const { shape, type } = lowering.info(output);
  if (type !== 'float32') throw new UnsupportedOperator('MatMul of integers');
  const [k, n] = [b.shape.at(-2) ?? 1, b.shape.at(-1) ?? 1];
  if (k === 0) throw new UnsupportedOperator('MatMul over an empty axis');
  const dims = shape.slice(0, -1);
  const c = lowering.temporary(shape, type);
  const leading = dims.slice(0, -1);
  const right = broadcastTo(b, [...leading, k, n]);
  right.strides.splice(leading.length, 0, 0);
  lowering.instructions.push({
    ...{ kind: 'matmul', dims, k, n, activation: 'none' },
    a: broadcastTo(a, [...dims, k]),
    b: right,
    c: { buffer: c.buffer, offset: 0, strides: rowMajor(shape) },
  });
  lowering.define(output, c);
}

/** A row of ones times a matrix is the sum of its rows. */
const isRowOfOnes = ({ buffer, shape }: View): boolean =>
  shape.length === 2 &&
  shape[0] === 1 &&
  buffer.content !== undefined &&
  (buffer.content as Float32Array).every((one) => one === 1);

function matmul(lowering: Lowering, node: OnnxNode): void {
  const [a, b] = [lowering.view(node.inputs[0]), lowering.view(node.inputs[1])];
  if (isRowOfOnes(a)) lowering.define(node.outputs[0], lowering.reduce('sum', b, [b.shape.length - 2]));
  else multiply(lowering, a, b, node.outputs[0]);
}

function gemm(lowering: Lowering, node: OnnxNode): void {
  const turned = (input: number, flag: string) => {
    const view = lowering.view(node.inputs[input]);
    return intOf(node.attributes[flag], 0) ? swapped(view) : view;
  };
  if (node.inputs.length > 2) throw new UnsupportedOperator('Gemm with a third input');
  multiply(lowering, turned(0, 'transA'), turned(1, 'transB'), node.outputs[0]);
}

export const MATRIX: Record<string, Operator> = { MatMul: matmul, Gemm: gemm };
