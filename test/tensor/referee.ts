import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Engine, openEngine, type TensorData, type TensorSpec } from '../../src/main/tensor/index';

type Tensors = Record<string, tf.Tensor>;

/** One input of a case: its shape, the interval its numbers are drawn from, or the integers below a bound. */
export interface Operand {
  shape: number[];
  low?: number;
  high?: number;
  dtype?: 'float32' | 'int32' | 'bool';
}

export type Program = (inputs: Tensors) => tf.Tensor | Tensors;

export interface Case {
  /** The tfjs kernels that the program is meant to reach. */
  kernels: string[];
  name: string;
  /** Operands and the program on them; `plan` is what the program was made from, for the report of a failure. */
  examples: fc.Arbitrary<{ operands: Record<string, Operand>; program: Program; plan?: unknown }>;
  /**
   * Results far below this are compared with it rather than with themselves: what is left of numbers of this size
   * that cancel. 0.1 unless told otherwise.
   */
  magnitude?: number;
  /** Whether gradients by its float inputs are compared as well; they are unless told otherwise. */
  differentiable?: boolean;
}

/** A case whose program depends on more than tensors: on a plan that is drawn along with them. */
export const planned = <P>(
  one: Omit<Case, 'examples'>,
  plans: fc.Arbitrary<P>,
  operands: (plan: P) => Record<string, Operand>,
  program: (inputs: Tensors, plan: P) => ReturnType<Program>,
): Case => ({
  ...one,
  examples: plans.map((plan) => ({
    plan,
    operands: operands(plan),
    program: (inputs) => program(inputs, plan),
  })),
});

/** A small seeded generator (mulberry32), so that a failing example can be run again. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export function draw(operand: Operand, random: () => number): TensorData {
  const { low = -2, high = 2, dtype = 'float32' } = operand;
  const size = sizeOf(operand.shape);
  if (dtype === 'int32') {
    return Int32Array.from({ length: size }, () => Math.floor(low + random() * (high - low)));
  }
  if (dtype === 'bool') return Uint8Array.from({ length: size }, () => (random() < 0.5 ? 1 : 0));
  return Float32Array.from({ length: size }, () => low + random() * (high - low));
}

/** Relative error, with numbers far below the tensor's mean magnitude or the given one measured against that. */
export function expectClose(
  actual: TensorData,
  expected: TensorData,
  tolerance: number,
  what: string,
  magnitude = 0,
): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  const magnitudes = Array.from(expected, Math.abs).filter(Number.isFinite);
  const mean = magnitudes.reduce((a, b) => a + b, 0) / Math.max(1, magnitudes.length);
  const typical = Math.max(mean, magnitude);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i], expected[i]];
    if (Object.is(a, e) || a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    const error = Math.abs(a - e) / Math.max(Math.abs(e), typical);
    expect(error, `${what}[${i}]: ${a} instead of ${e}`).toBeLessThanOrEqual(tolerance);
  }
}

const named = (result: tf.Tensor | Record<string, tf.Tensor>): Record<string, tf.Tensor> =>
  result instanceof tf.Tensor ? { y: result } : result;

/** Values, and gradients of a weighted sum of all float outputs, so that no two elements can be mistaken. */
function withGradients(program: Program, specs: TensorSpec[], differentiable: boolean) {
  const variables = specs.filter((spec) => (spec.dtype ?? 'float32') === 'float32').map((spec) => spec.name);
  return (inputs: Tensors): Record<string, tf.Tensor> => {
    const values = named(program(inputs));
    if (!differentiable) return values;
    const loss = (...given: tf.Tensor[]): tf.Scalar => {
      const replaced = { ...inputs, ...Object.fromEntries(variables.map((name, i) => [name, given[i]])) };
      const outputs = Object.values(named(program(replaced as Tensors)));
      const sums = outputs
        .filter((output) => output.dtype === 'float32')
        .map((output) => tf.sum(tf.mul(tf.reshape(output, [-1]), tf.linspace(0.5, 1.5, output.size))));
      return tf.addN(sums) as tf.Scalar;
    };
    const gradients = tf.grads(loss as never)(variables.map((name) => inputs[name] as tf.Tensor));
    const entries = variables.map((name, i) => [`gradient of ${name}`, gradients[i] as tf.Tensor]);
    return { ...values, ...Object.fromEntries(entries) };
  };
}

let engines: Promise<[Engine, Engine]> | undefined;

/**
 * Runs a case on random shapes and numbers (other ones with another FORESIGHT_TEST_SEED) on ONNX Runtime and on tfjs's own "cpu" backend and
 * compares.
 */
export async function agree(one: Case, numRuns: number, given?: Engine): Promise<void> {
  engines ??= Promise.all([openEngine('onnxruntime'), openEngine('cpu')]);
  const [runtime, eager] = await engines;
  const compiling = given ?? runtime;
  await fc.assert(
    fc.asyncProperty(one.examples, fc.integer(), async ({ operands, program: plain }, seed) => {
      const random = generator(seed);
      const specs = Object.entries(operands).map(
        ([name, { shape, dtype }]): TensorSpec => ({ name, shape, ...(dtype ? { dtype } : {}) }),
      );
      const feeds = Object.fromEntries(
        Object.entries(operands).map(([name, operand]) => [name, draw(operand, random)]),
      );
      const program = withGradients(plain, specs, one.differentiable !== false);
      const results = [];
      for (const engine of [compiling, eager]) {
        const compiled = await engine.compile(program, specs, { name: one.name, threads: 1 });
        results.push({ specs: compiled.outputs, values: await compiled.run(feeds) });
        await compiled.dispose();
      }
      const [actual, expected] = results;
      expect(actual?.specs).toEqual(expected?.specs);
      for (const { name } of expected?.specs ?? []) {
        const tolerance = name.startsWith('gradient') ? 1e-4 : 1e-5;
        expectClose(
          actual?.values[name] as TensorData,
          expected?.values[name] as TensorData,
          tolerance,
          name,
          one.magnitude ?? 0.1,
        );
      }
    }),
    { numRuns, seed: Number(process.env.FORESIGHT_TEST_SEED ?? 1) },
  );
}

export const shapeOf = (rank: { min: number; max: number }, size = 4): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: size }), { minLength: rank.min, maxLength: rank.max });

/** Two shapes that broadcast: axes of either may be 1, leading axes of one may be missing. */
export const broadcastPair = fc
  .record({
    shape: shapeOf({ min: 1, max: 4 }),
    ones: fc.array(fc.constantFrom('a', 'b', 'none'), { minLength: 4, maxLength: 4 }),
    missing: fc.nat({ max: 2 }),
    shorter: fc.constantFrom('a', 'b'),
  })
  .map(({ shape, ones, missing, shorter }) => {
    const of = (which: 'a' | 'b') => {
      const full = shape.map((size, i) => (ones[i] === which ? 1 : size));
      return which === shorter ? full.slice(Math.min(missing, full.length)) : full;
    };
    return { a: of('a'), b: of('b') };
  });
