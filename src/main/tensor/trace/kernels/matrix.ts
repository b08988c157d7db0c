import type { _FusedMatMulAttrs, BatchMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../../shared/errors';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import { broadcast, sizeOf, type Trace } from '../trace';

const swapLastTwo = (rank: number): number[] => {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return [...axes.slice(0, -2), rank - 1, rank - 2];
};

/** Fewer rows than this in a part, and packing the other matrix again for every part costs more than it gives. */
const LEAST_ROWS = 64;

/**
 * Whether the rows of a product should be worked on in two halves. ONNX Runtime gives every thread whole products of
 * a batch, so an odd ensemble leaves one of two threads idle for the time of a product: halves of rows, which are only
 * another reading of the same memory, gain 4 to 15 % with five or seven members of width 200 on two idle cores.
 */
function halvesRows(batch: readonly number[], rows: number, rightBatch: readonly number[]): boolean {
  const products = sizeOf(batch);
  return (
    products % 2 === 1 && products > 1 && sizeOf(rightBatch) > 1 && rows % 2 === 0 && rows >= 2 * LEAST_ROWS
  );
}

function checkShapes(a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): void {
  const inner = [a.shape.at(transposeA ? -2 : -1), b.shape.at(transposeB ? -1 : -2)];
  if (a.shape.length >= 2 && b.shape.length >= 2 && inner[0] === inner[1]) return;
  const [first, second] = [a, b].map((one) => `[${one.shape.join(', ')}]`);
  const flags = `transposeA ${transposeA}, transposeB ${transposeB}`;
  throw new RangeError(`matrices of shape ${first} and ${second} cannot be multiplied (${flags})`);
}

/**
 * a·b with either one transposed in its last two axes and leading axes broadcast. Two matrices become one Gemm; of
 * batches the transposes are nodes of their own, which ONNX Runtime folds into its FusedMatMul.
 */
function matMul(t: Trace, a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): Ref {
  checkShapes(a, b, transposeA, transposeB);
  const [left, right] = [t.full(a), t.full(b)];
  const [rows, columns] = [a.shape.at(transposeA ? -1 : -2) ?? 1, b.shape.at(transposeB ? -2 : -1) ?? 1];
  const [leftBatch, rightBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcast(leftBatch, rightBatch);
  if (batch.length === 0 && (transposeA || transposeB)) {
    const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    return t.node('Gemm', [left, right], [rows, columns], left.type, flags);
  }
  const turned = (ref: Ref, turn: boolean) => (turn ? t.transpose(ref, swapLastTwo(ref.shape.length)) : ref);
  const multiply = (x: Ref, y: Ref, shape: number[]) =>
    t.node('MatMul', [turned(x, transposeA), turned(y, transposeB)], shape, left.type);
  if (t.whole || transposeA || !halvesRows(batch, rows, rightBatch))
    return multiply(left, right, [...batch, rows, columns]);
  const halves = t.reshape(left, [...leftBatch, 2, rows / 2, ...left.shape.slice(-1)]);
  const shared = t.reshape(right, [...rightBatch, 1, ...right.shape.slice(-2)]);
  return t.reshape(multiply(halves, shared, [...batch, 2, rows / 2, columns]), [...batch, rows, columns]);
}

const ACTIVATIONS: Record<string, string> = {
  relu: 'Relu',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
};

export function activate(
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
