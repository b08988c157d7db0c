import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine, type TensorProgram, traceProgram } from '../../src/main/tensor/index';
import { TRACE_BACKEND } from '../../src/main/tensor/trace/backend';
import { EMITTERS } from '../../src/main/tensor/trace/kernels/index';
import { convolutionCases } from './convolution-cases';
import { elementwiseCases } from './elementwise-cases';
import { imageCases } from './image-cases';
import { indexingCases } from './indexing-cases';
import { agree, draw, expectClose, generator } from './referee';
import { structuralCases } from './structural-cases';

const cases = [...elementwiseCases, ...structuralCases, ...indexingCases, ...convolutionCases, ...imageCases];
const called = new Set<string>();

/** Notes which kernels a trace really calls, so that a case cannot claim to test one it never reaches. */
function noteCalls(kernelName: string): void {
  const kernel = tf.getKernel(kernelName, TRACE_BACKEND);
  if (!kernel) throw new Error(`${kernelName} is not registered`);
  tf.unregisterKernel(kernelName, TRACE_BACKEND);
  tf.registerKernel({
    ...kernel,
    kernelFunc: (call) => {
      called.add(kernelName);
      return kernel.kernelFunc(call);
    },
  });
}

beforeAll(() => {
  for (const name of Object.keys(EMITTERS)) noteCalls(name);
});

describe('a compiled program computes what tfjs computes', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await agree(one, 12);
    for (const kernel of one.kernels) expect(called, 'kernels the case reached').toContain(kernel);
  });

  it('for every kernel that has an emitter', () => {
    expect(Object.keys(EMITTERS).filter((name) => !called.has(name))).toEqual([]);
  });
});

describe('where tfjs’s own "cpu" backend is wrong', () => {
  it('a strided slice may drop an axis and add one at the same time', async () => {
    const engine = await openEngine('onnxruntime');
    const picked = (t: tf.Tensor) =>
      tf.stridedSlice(t, [1, 2, 0, 1], [5, 3, 0, 0], [2, 1, 1, -1], 0, 8, 0, 4, 2);
    const program: TensorProgram = ({ x, weights }) => {
      const [slope] = tf.grads((t: tf.Tensor) => tf.sum(tf.mul(picked(t), weights as tf.Tensor)))([
        x as tf.Tensor,
      ]);
      return { y: picked(x as tf.Tensor), slope: slope as tf.Tensor };
    };
    const specs = [
      { name: 'x', shape: [5, 3, 2] },
      { name: 'weights', shape: [2, 1, 2] },
    ];
    const compiled = await engine.compile(program, specs, { name: 'strided slice' });
    const counted = Float32Array.from({ length: 30 }, (_, i) => i);
    const { y, slope } = await compiled.run({ x: counted, weights: Float32Array.of(1, 2, 3, 4) });
    await compiled.dispose();
    // Rows 1 and 3, column 2, a new axis, and the last axis backwards.
    expect(compiled.outputs[0]?.shape).toEqual([2, 1, 2]);
    expect(Array.from(y ?? [])).toEqual([11, 10, 23, 22]);
    const expected = new Float32Array(30);
    [11, 10, 23, 22].forEach((place, i) => {
      expected[place] = i + 1;
    });
    expect(slope).toEqual(expected);
  });

  it('padding by one number is refused where tfjs would count the columns by the rows', () => {
    const program: TensorProgram = ({ x, filter }) => ({
      y: tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 1),
    });
    const specs = [
      { name: 'x', shape: [1, 5, 5, 1] },
      { name: 'filter', shape: [3, 1, 1, 1] },
    ];
    expect(() => traceProgram(program, specs, { name: 'oblong' })).toThrow(/padding of every side/);
  });

  it('every window of an average pool gives its whole gradient back, also one that was rounded up to', async () => {
    const engine = await openEngine('onnxruntime');
    const pooled = (t: tf.Tensor) => tf.avgPool(t as tf.Tensor4D, 2, 2, 0, 'ceil');
    const program: TensorProgram = ({ x }) => ({
      y: pooled(x as tf.Tensor),
      slope: tf.grad((t: tf.Tensor) => tf.sum(pooled(t)))(x as tf.Tensor),
    });
    const compiled = await engine.compile(program, [{ name: 'x', shape: [1, 3, 3, 1] }], { name: 'ceil' });
    const { y, slope } = await compiled.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) });
    await compiled.dispose();
    expect(Array.from(y ?? [])).toEqual([3, 4.5, 7.5, 9]);
    expect(Array.from(slope ?? [])).toEqual([0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 1]);
  });

  it('either matrix of a product may be broadcast along another leading axis', async () => {
    const engine = await openEngine('onnxruntime');
    const slow = (a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(tf.mul(tf.expandDims(a, -1), tf.expandDims(b, -3)), -2);
    const slopes = (multiply: typeof slow, { a, b }: Record<string, tf.Tensor>, name: string) => {
      const squares = (p: tf.Tensor, q: tf.Tensor) => tf.sum(tf.square(multiply(p, q)));
      const [byA, byB] = tf.grads(squares)([a as tf.Tensor, b as tf.Tensor]);
      return {
        [`${name} product`]: multiply(a as tf.Tensor, b as tf.Tensor),
        [`${name} slope by a`]: byA as tf.Tensor,
        [`${name} slope by b`]: byB as tf.Tensor,
      };
    };
    const program: TensorProgram = (inputs) => ({
      ...slopes(tf.matMul, inputs, 'fast'),
      ...slopes(slow, inputs, 'slow'),
    });
    const specs = [
      { name: 'a', shape: [2, 1, 4, 5] },
      { name: 'b', shape: [3, 5, 6] },
    ];
    const compiled = await engine.compile(program, specs, { name: 'broadcast' });
    const random = generator(3);
    const results = await compiled.run(
      Object.fromEntries(specs.map(({ name, shape }) => [name, draw({ shape }, random)])),
    );
    await compiled.dispose();
    for (const what of ['product', 'slope by a', 'slope by b']) {
      const [fast, naive] = ['fast', 'slow'].map((how) => results[`${how} ${what}`]);
      expectClose(fast ?? new Float32Array(), naive ?? new Float32Array(), 1e-5, what, 1);
    }
  });
});
