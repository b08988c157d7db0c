import type { _FusedMatMulAttrs, BatchMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../../shared/errors';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import { broadcast, type Trace } from '../trace';

const swapLastTwo = (rank: number): number[] => {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return [...axes.slice(0, -2), rank - 1, rank - 2];
};

/**
 * a·b with either one transposed in its last two axes and leading axes broadcast. Two matrices become one Gemm; of
 * batches the transposes are nodes of their own, which ONNX Runtime folds into its FusedMatMul.
 */
function matMul(t: Trace, a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): Ref {
  const inner = [a.shape.at(transposeA ? -2 : -1), b.shape.at(transposeB ? -1 : -2)];
  if (a.shape.length < 2 || b.shape.length < 2 || inner[0] !== inner[1]) {
    const [first, second] = [a, b].map((one) => `[${one.shape.join(', ')}]`);
    const flags = `transposeA ${transposeA}, transposeB ${transposeB}`;
    throw new RangeError(`matrices of shape ${first} and ${second} cannot be multiplied (${flags})`);
  }
  const [left, right] = [t.full(a), t.full(b)];
  const [rows, columns] = [a.shape.at(transposeA ? -1 : -2) ?? 1, b.shape.at(transposeB ? -2 : -1) ?? 1];
  const shape = [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
  if (shape.length === 2 && (transposeA || transposeB)) {
    const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    return t.node('Gemm', [left, right], shape, left.type, flags);
  }
  const turned = (ref: Ref, turn: boolean) => (turn ? t.transpose(ref, swapLastTwo(ref.shape.length)) : ref);
  return t.node('MatMul', [turned(left, transposeA), turned(right, transposeB)], shape, left.type);
}

const ACTIVATIONS: Record<string, string> = {
  relu: 'Relu',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
};

function activate(
  t: Trace,
  x: Ref,
  name: string,
  slope: Ref | undefined,
  leakyAlpha: number | undefined,
): Ref {
  if (name === 'linear') return x;
  if (name === 'relu6') return t.map('Clip', [x, t.scalar(0), t.scalar(6)]);
  if (name === 'leakyrelu')
    return t.map('LeakyRelu', [x], undefined, { alpha: { float: leakyAlpha ?? 0.2 } });
  if (name === 'prelu' && slope) {
    const negative = t.map('Less', [x, t.scalar(0)], 'bool');
    return t.map('Where', [negative, t.map('Mul', [x, slope]), x], x.type);
  }
  const op = ACTIVATIONS[name];
  if (op) return t.map(op, [x]);
  throw new ForesightError(
    'engine',
    `A fused matrix product with the activation "${name}" cannot be compiled.`,
    'Apply the activation as an operation of its own.',
  );
}

interface FusedInputs {
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

export const matrix: Record<string, Emitter> = {
  BatchMatMul: emitter<BatchMatMulAttrs>((t, { a, b }, { transposeA, transposeB }) => {
    const product = matMul(t, a, b, transposeA, transposeB);
    return t.tensor(product, product.shape);
  }),
  _FusedMatMul: emitter<_FusedMatMulAttrs>((t, { a, b, ...others }, attributes) => {
    const { bias, preluActivationWeights } = others as unknown as FusedInputs;
    const product = matMul(t, a, b, attributes.transposeA, attributes.transposeB);
    const sum = bias ? t.map('Add', [product, t.of(bias)]) : product;
    const slope = preluActivationWeights ? t.of(preluActivationWeights) : undefined;
    const activated = activate(t, sum, attributes.activation, slope, attributes.leakyreluAlpha);
    return t.tensor(activated, product.shape);
  }),
};
