import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registerGradients } from '../../src/main/tensor/gradients/index';
import { openEngine } from '../../src/main/tensor/index';
import { convolutionCases } from './convolution-cases';
import { elementwiseCases } from './elementwise-cases';
import { imageCases } from './image-cases';
import { indexingCases } from './indexing-cases';
import { type Case, draw, generator, type Operand } from './referee';
import { structuralCases } from './structural-cases';

registerGradients();

/** Step of the central differences: float32 leaves about 1e-3 of accuracy with it. */
const STEP = 1e-2;
const TOLERANCE = 2e-2;

/** Kernels with kinks or steps: a difference across one is no derivative. */
const ROUGH = new Set([
  'Sign',
  'Ceil',
  'Floor',
  'Round',
  'Step',
  'Relu',
  'Relu6',
  'LeakyRelu',
  'Elu',
  'Selu',
  'Abs',
]);
for (const kernel of [
  'ClipByValue',
  'Prelu',
  'Maximum',
  'Minimum',
  'Mod',
  'Max',
  'Min',
  'Select',
  'Cast',
  'Atan2',
  'MaxPool',
  'TopK',
]) {
  ROUGH.add(kernel);
}

const smooth = [
  ...elementwiseCases,
  ...structuralCases,
  ...indexingCases,
  ...convolutionCases,
  ...imageCases,
].filter((one) => one.differentiable !== false && !one.kernels.some((kernel) => ROUGH.has(kernel)));

function total(
  one: ReturnType<Case['examples']['generate']>['value'],
  inputs: Record<string, tf.Tensor>,
): tf.Scalar {
  const result = one.program(inputs);
  const outputs = result instanceof tf.Tensor ? [result] : Object.values(result);
  return tf.addN(
    outputs
      .filter((output) => output.dtype === 'float32')
      .map((output) => tf.sum(tf.mul(tf.reshape(output, [-1]), tf.linspace(0.5, 1.5, output.size)))),
  ) as tf.Scalar;
}

const tensorOf = (data: ReturnType<typeof draw>, { shape, dtype = 'float32' }: Operand) =>
  tf.tensor(data, shape, dtype);

describe('a gradient is the slope that differences show', () => {
  it.each(smooth.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await openEngine('cpu');
    fc.assert(
      fc.property(one.examples, fc.integer(), (example, seed) => {
        const random = generator(seed);
        const entries = Object.entries(example.operands);
        const data = entries.map(([, operand]) => draw(operand, random));
        const direction = entries.map(([, operand]) => draw({ ...operand, low: -1, high: 1 }, random));
        tf.tidy(() => {
          const floats = entries.map(([, { dtype = 'float32' }]) => dtype === 'float32');
          const at = (shift: number) =>
            Object.fromEntries(
              entries.map(([name, operand], i) => {
                const moved = data[i]?.map((v, j) => (floats[i] ? v + shift * (direction[i]?.[j] ?? 0) : v));
                return [name, tensorOf(moved as Float32Array, operand)];
              }),
            );
          const slope =
            (total(example, at(STEP)).dataSync()[0] ?? 0) - (total(example, at(-STEP)).dataSync()[0] ?? 0);
          const here = at(0);
          const names = entries.filter((_, i) => floats[i]).map(([name]) => name);
          const loss = (...given: tf.Tensor[]) =>
            total(example, {
              ...here,
              ...Object.fromEntries(names.map((name, i) => [name, given[i] as tf.Tensor])),
            });
          const gradients = tf.grads(loss as never)(names.map((name) => here[name] as tf.Tensor));
          const parts = gradients.map((gradient, i) => {
            const index = entries.findIndex(([name]) => name === names[i]);
            const along = tensorOf(direction[index] as Float32Array, entries[index]?.[1] as Operand);
            return { along: tf.sum(tf.mul(gradient, along)), size: tf.sum(tf.abs(tf.mul(gradient, along))) };
          });
          const along = parts.reduce((sum, part) => sum + (part.along.dataSync()[0] ?? 0), 0);
          const size = parts.reduce((sum, part) => sum + (part.size.dataSync()[0] ?? 0), 0);
          expect(Math.abs(along - slope / (2 * STEP))).toBeLessThanOrEqual(TOLERANCE * Math.max(size, 1));
        });
      }),
      { numRuns: 8, seed: Number(process.env.FORESIGHT_TEST_SEED ?? 1) },
    );
  });
});

describe('gradients of tensors that broadcast', () => {
  it('of a matrix product sum over the leading axes that were broadcast', async () => {
    await openEngine('cpu');
    const gradient = tf.grad((b: tf.Tensor) => tf.matMul(tf.ones([3, 2, 4]), b))(tf.ones([4, 5]));
    expect(gradient.shape).toEqual([4, 5]);
    expect(Array.from(gradient.dataSync())).toEqual(Array<number>(20).fill(6));
  });

  it('of a maximum belong to the first operand where both are equal', async () => {
    await openEngine('cpu');
    const [a, b] = tf.grads((p: tf.Tensor, q: tf.Tensor) => tf.maximum(p, q))([
      tf.ones([2, 3]),
      tf.ones([3]),
    ]);
    expect(Array.from(a?.dataSync() ?? [])).toEqual([1, 1, 1, 1, 1, 1]);
    expect(Array.from(b?.dataSync() ?? [])).toEqual([0, 0, 0]);
  });
});
