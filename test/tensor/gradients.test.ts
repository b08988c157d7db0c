import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GRADIENTS, registerGradients } from '../../src/main/tensor/gradients/index';
import { openEngine } from '../../src/main/tensor/index';
import { EMITTERS } from '../../src/main/tensor/trace/kernels/index';
import { convolutionCases } from './convolution-cases';
import { elementwiseCases } from './elementwise-cases';
import { imageCases } from './image-cases';
import { indexingCases } from './indexing-cases';
import { type Case, draw, expectClose, generator, type Operand } from './referee';
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

type Example = ReturnType<Case['examples']['generate']>['value'];

const floatOutputs = (result: ReturnType<Example['program']>): tf.Tensor[] =>
  (result instanceof tf.Tensor ? [result] : Object.values(result)).filter((one) => one.dtype === 'float32');

/** A weighted sum of all float outputs, so that no two elements can be mistaken. */
const weighted = (outputs: tf.Tensor[]): tf.Scalar =>
  tf.addN(
    outputs.map((output) => tf.sum(tf.mul(tf.reshape(output, [-1]), tf.linspace(0.5, 1.5, output.size)))),
  ) as tf.Scalar;

const floatNames = ({ operands }: Example): string[] =>
  Object.keys(operands).filter((name) => (operands[name]?.dtype ?? 'float32') === 'float32');

/** Slopes of a function of an example's outputs by its float inputs, by name. */
function slopes(
  example: Example,
  inputs: Record<string, tf.Tensor>,
  objective: (outputs: tf.Tensor[]) => tf.Scalar,
): Record<string, tf.Tensor> {
  const names = floatNames(example);
  const loss = (...given: tf.Tensor[]) => {
    const replaced = names.map((name, i) => [name, given[i] as tf.Tensor] as const);
    return objective(floatOutputs(example.program({ ...inputs, ...Object.fromEntries(replaced) })));
  };
  const gradients = tf.grads(loss as never)(names.map((name) => inputs[name] as tf.Tensor));
  return Object.fromEntries(names.map((name, i) => [name, gradients[i] as tf.Tensor]));
}

const tensorOf = (data: ReturnType<typeof draw>, { shape, dtype = 'float32' }: Operand) =>
  tf.tensor(data, shape, dtype);

/** Compares the gradient along a random direction with a central difference, on random examples of a case. */
async function expectSlopes({ examples }: Case, numRuns: number): Promise<void> {
  await openEngine('cpu');
  const check = (example: Example, seed: number) => {
    const random = generator(seed);
    const entries = Object.entries(example.operands);
    const data = entries.map(([, operand]) => draw(operand, random));
    const direction = entries.map(([, operand]) => draw({ ...operand, low: -1, high: 1 }, random));
    const names = floatNames(example);
    const at = (shift: number) =>
      Object.fromEntries(
        entries.map(([name, operand], i) => {
          const moves = names.includes(name) ? shift : 0;
          const moved = data[i]?.map((v, j) => v + moves * (direction[i]?.[j] ?? 0));
          return [name, tensorOf(moved as Float32Array, operand)];
        }),
      );
    const value = (shift: number) =>
      weighted(floatOutputs(example.program(at(shift)))).dataSync()[0] ?? Number.NaN;
    const difference = (value(STEP) - value(-STEP)) / (2 * STEP);
    const parts = Object.entries(slopes(example, at(0), weighted)).map(([name, gradient]) => {
      const index = entries.findIndex(([other]) => other === name);
      const along = tensorOf(direction[index] as Float32Array, entries[index]?.[1] as Operand);
      return tf.mul(gradient, along);
    });
    const sum = (tensors: tf.Tensor[]) =>
      tensors.reduce((all, one) => all + (tf.sum(one).dataSync()[0] ?? Number.NaN), 0);
    const size = sum(parts.map((part) => tf.abs(part)));
    expect(Math.abs(sum(parts) - difference)).toBeLessThanOrEqual(TOLERANCE * Math.max(size, 1));
  };
  const seeded = { numRuns, seed: Number(process.env.FORESIGHT_TEST_SEED ?? 1) };
  fc.assert(
    fc.property(examples, fc.integer(), (example, seed) => tf.tidy(() => check(example, seed))),
    seeded,
  );
}

/** The slopes of a case's squared outputs as a case of its own: its gradient is the second derivative. */
const curvature = (one: Case): Case => ({
  ...one,
  examples: one.examples.map((example) => ({
    ...example,
    program: (inputs) =>
      slopes(example, inputs, (outputs) => weighted(outputs.map((output) => tf.square(output)))),
  })),
});

describe('a gradient is the slope that differences show', () => {
  it.each(smooth.map((one) => [one.name, one] as const))('%s', (_, one) => expectSlopes(one, 8));
});

describe('the gradient of a gradient is the slope that differences show', () => {
  // tfjs's own gradient of logSoftmax is a custom one that takes the softmax for a constant; logSumExp has none.
  const twice = smooth.filter(({ name }) => !name.startsWith('logSoftmax'));

  it.each(twice.map((one) => [one.name, one] as const))('%s', (_, one) => expectSlopes(curvature(one), 4));
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

describe('gradients within a loss', () => {
  const sizes = [3, 6, 5, 1];
  const weights = sizes.slice(1).flatMap((units, i) => [
    { name: `kernel${i}`, shape: [sizes[i] ?? 1, units] },
    // The last layer has none: a constant has no slope, and tfjs refuses to differentiate by what has no effect.
    ...(units > 1 ? [{ name: `bias${i}`, shape: [units] }] : []),
  ]);
  const specs = [...weights, { name: 'x', shape: [4, 3] }];
  const of = (inputs: Record<string, tf.Tensor>, name: string) => inputs[name] as tf.Tensor;

  /** The energy of every row, by layers of different smooth activations. */
  const energy = (inputs: Record<string, tf.Tensor>, x: tf.Tensor): tf.Tensor => {
    const layer = (h: tf.Tensor, i: number) =>
      tf.add(tf.matMul(h, of(inputs, `kernel${i}`)), of(inputs, `bias${i}`));
    const second = layer(tf.tanh(layer(x, 0)), 1);
    return tf.matMul(tf.mul(second, tf.sigmoid(second)), of(inputs, 'kernel2'));
  };

  /** ½ Σ |∂E/∂x|², as score matching has it. */
  const loss = (inputs: Record<string, tf.Tensor>): tf.Scalar => {
    const slope = tf.grad((x: tf.Tensor) => tf.sum(energy(inputs, x)))(of(inputs, 'x'));
    return tf.mul(0.5, tf.sum(tf.square(slope)));
  };

  const program = (inputs: Record<string, tf.Tensor>) => {
    const objective = (...values: tf.Tensor[]) =>
      loss({
        ...inputs,
        ...Object.fromEntries(weights.map(({ name }, i) => [name, values[i] as tf.Tensor])),
      });
    const { value, grads } = tf.valueAndGrads(objective as never)(
      weights.map(({ name }) => of(inputs, name)),
    );
    return { value, ...Object.fromEntries(grads.map((grad, i) => [weights[i]?.name ?? '', grad])) };
  };

  it('of an energy by its input are differentiated by the weights: compiled, eager and by differences', async () => {
    const random = generator(5);
    const feeds = Object.fromEntries(
      specs.map(({ name, shape }) => [name, draw({ shape, low: -1, high: 1 }, random) as Float32Array]),
    );
    const results = [];
    for (const name of ['onnxruntime', 'cpu'] as const) {
      const compiled = await (await openEngine(name)).compile(program, specs, { name: 'slope of an energy' });
      results.push(await compiled.run(feeds));
      await compiled.dispose();
    }
    const [actual = {}, expected = {}] = results;
    for (const [name, values] of Object.entries(expected)) {
      expectClose(actual[name] ?? new Float32Array(), values, name === 'value' ? 1e-5 : 1e-4, name);
    }
    const at = (name: string, j: number, shift: number) =>
      tf.tidy(() => {
        const tensors = specs.map((spec) => {
          const values = feeds[spec.name]?.map((v, i) => (spec.name === name && i === j ? v + shift : v));
          return [spec.name, tf.tensor(values ?? [], spec.shape)] as const;
        });
        return loss(Object.fromEntries(tensors)).dataSync()[0] ?? Number.NaN;
      });
    for (const { name } of weights) {
      const slopesByDifference = Float32Array.from(
        feeds[name] ?? [],
        (_, j) => (at(name, j, STEP) - at(name, j, -STEP)) / (2 * STEP),
      );
      expectClose(
        expected[name] ?? new Float32Array(),
        slopesByDifference,
        1e-2,
        `${name}, by differences`,
        0.1,
      );
    }
  });
});

describe('gradients', () => {
  it('are known for every kernel that compiles and has a slope', () => {
    // Fused kernels are taken apart by tfjs when it differentiates; the others make constants, or are gradients
    // themselves whose own gradient nobody has needed.
    const without = [
      '_FusedMatMul',
      'FusedConv2D',
      'FusedDepthwiseConv2D',
      'Fill',
      'Range',
      'LinSpace',
      'MaxPoolGrad',
    ];
    expect(
      Object.keys(EMITTERS)
        .filter((kernel) => !(kernel in GRADIENTS))
        .sort(),
    ).toEqual(without.sort());
  });
});
