import * as tf from '@tensorflow/tfjs-core';
import { onnx as onnxProto } from 'onnx-proto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createSession,
  type Engine,
  openEngine,
  type TensorProgram,
  traceProgram,
} from '../../src/main/tensor/index';
import { ForesightError } from '../../src/shared/errors';

const vector = [{ name: 'x', shape: [3] }];
const options = { name: 'sample', threads: 1 };
let engine: Engine;

beforeAll(async () => {
  await openEngine('cpu');
  engine = await openEngine('onnxruntime');
});

/** The error that compiling a program ends in. */
function refusal(program: TensorProgram): ForesightError {
  try {
    traceProgram(program, vector, options);
  } catch (thrown) {
    if (thrown instanceof ForesightError) return thrown;
    throw thrown;
  }
  throw new Error('the program was accepted');
}

describe('compiling a program', () => {
  it('names the kernel and the place of a call that has no ONNX form', () => {
    const error = refusal(({ x }) => ({ y: tf.unique(x as tf.Tensor, 0).values }));
    expect(error.code).toBe('engine');
    expect(error.message).toMatch(/"sample" calls the tfjs kernel Unique at .*program\.test\.ts:\d+/);
  });

  it('names the place when a kernel is missing in a gradient', () => {
    const norm = (x: tf.Tensor) => tf.sum(tf.unique(x, 0).values) as tf.Scalar;
    const error = refusal(({ x }) => ({ y: tf.grad(norm)(x as tf.Tensor) }));
    expect(error.message).toMatch(/Unique at .*program\.test\.ts:\d+/);
  });

  it('refuses to read a value, and says where', () => {
    const error = refusal(({ x }) => ({
      y: tf.mul(x as tf.Tensor, tf.sum(x as tf.Tensor).dataSync()[0] ?? 1),
    }));
    expect(error.message).toMatch(/reads the value of a tensor at .*program\.test\.ts:\d+/);
  });

  it('refuses to read a value asynchronously as well', () => {
    const error = refusal(({ x }) => {
      void (x as tf.Tensor).data();
      return { y: x as tf.Tensor };
    });
    expect(error.message).toContain('reads the value of a tensor');
  });

  it.each([
    ['randomNormal', () => tf.randomNormal([3])],
    ['randomUniform', () => tf.randomUniform([3])],
    ['truncatedNormal', () => tf.truncatedNormal([3])],
    ['dropout', () => tf.dropout(tf.ones([3]), 0.5)],
  ])('refuses random numbers drawn by %s', (name, random) => {
    const error = refusal(({ x }) => ({ y: tf.add(x as tf.Tensor, random()) }));
    expect(error.message).toMatch(new RegExp(`draws random numbers \\(${name}`));
    expect(error.next).toContain('input');
  });

  it.each<[string, TensorProgram]>([
    ['matMul', ({ x }) => ({ y: tf.matMul(x as tf.Tensor, x as tf.Tensor) })],
    ['matMul of sizes that differ', () => ({ y: tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])) })],
    ['add', ({ x }) => ({ y: tf.add(x as tf.Tensor, tf.ones([2])) })],
    ['reshape', ({ x }) => ({ y: tf.reshape(x as tf.Tensor, [2]) })],
    ['slice', ({ x }) => ({ y: tf.slice(x as tf.Tensor, [2], [2]) })],
    ['concat', ({ x }) => ({ y: tf.concat([tf.ones([2, 2]), tf.reshape(x as tf.Tensor, [1, 3])]) })],
    ['gather', ({ x }) => ({ y: tf.gather(x as tf.Tensor, tf.zeros([2, 2], 'int32'), 0, 1) })],
  ])('passes on complaints about shapes, with the place: %s', (_, program) => {
    const error = refusal(program);
    expect(error.message).toMatch(/failed while it was compiled at .*program\.test\.ts:\d+: ./);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('refuses a program that returns a promise', () => {
    const error = refusal((async ({ x }: { x: tf.Tensor }) => ({ y: x })) as unknown as TensorProgram);
    expect(error.message).toContain('not a promise');
  });

  it('refuses to be started inside another program', () => {
    const error = refusal(({ x }) => {
      traceProgram(({ x: y }) => ({ y: y as tf.Tensor }), vector, { name: 'inner' });
      return { y: x as tf.Tensor };
    });
    expect(error.message).toContain('from inside another program');
  });

  it.each([
    ['succeeds', ({ x }: Record<string, tf.Tensor>) => ({ y: tf.square(x as tf.Tensor) })],
    ['fails', ({ x }: Record<string, tf.Tensor>) => ({ y: tf.cumprod(x as tf.Tensor) })],
  ])('leaves tfjs as it was when it %s', async (_, program) => {
    await tf.setBackend('cpu');
    const before = tf.memory();
    tf.tidy(() => {
      const kept = tf.tensor1d([1, 2, 3]);
      try {
        traceProgram(program, vector, options);
      } catch {
        // the failing program; what matters is what it leaves behind
      }
      expect(tf.getBackend()).toBe('cpu');
      expect(Array.from(tf.add(kept, 1).dataSync())).toEqual([2, 3, 4]);
    });
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    expect(tf.engine().state.scopeStack).toHaveLength(0);
  });

  it('leaves nothing behind after a thousand programs', async () => {
    await tf.setBackend('cpu');
    const slope: TensorProgram = ({ x }) => ({
      y: tf.grad((v: tf.Tensor) => tf.sum(tf.square(tf.tanh(v))))(x as tf.Tensor),
    });
    traceProgram(slope, vector, options);
    const before = tf.memory();
    for (let i = 0; i < 1000; i++) traceProgram(slope, vector, options);
    expect(tf.memory()).toEqual(before);
  });

  it('takes tensors from outside as constants and leaves them usable', async () => {
    await tf.setBackend('cpu');
    const weights = tf.tensor1d([1, 10, 100]);
    const compiled = await engine.compile(
      ({ x }) => ({ y: tf.mul(x as tf.Tensor, weights) }),
      vector,
      options,
    );
    const { y } = await compiled.run({ x: Float32Array.of(1, 2, 3) });
    await compiled.dispose();
    expect(Array.from(y ?? [])).toEqual([1, 20, 300]);
    expect(Array.from(weights.dataSync())).toEqual([1, 10, 100]);
    weights.dispose();
  });

  it('gives a number the rank of what it meets, except where an operator wants a scalar', () => {
    const { onnx } = traceProgram(
      ({ x, y }) => ({
        sum: tf.add(tf.mul(x as tf.Tensor, 3), tf.where(tf.greater(y as tf.Tensor, 0.5), y as tf.Tensor, 7)),
        cut: tf.clipByValue(x as tf.Tensor, -1, 2),
      }),
      [
        { name: 'x', shape: [2, 5, 1] },
        { name: 'y', shape: [5, 1] },
      ],
      options,
    );
    const { initializer } = onnxProto.ModelProto.decode(onnx).graph ?? {};
    const written = (initializer ?? []).map(({ dims, rawData }) => [
      new Float32Array((rawData ?? new Uint8Array()).slice().buffer)[0],
      dims?.map(Number),
    ]);
    expect(Object.fromEntries(written)).toEqual({
      ...{ 3: [1, 1, 1], 0.5: [1, 1], 7: [1, 1] },
      ...{ [-1]: [], 2: [] },
    });
  });

  it('writes equal sub-expressions once and leaves out what no output needs', () => {
    const lean = traceProgram(({ x }) => ({ y: tf.exp(x as tf.Tensor) }), vector, options);
    const wordy = traceProgram(
      ({ x }) => {
        tf.sin(x as tf.Tensor);
        const [a, b] = [tf.exp(x as tf.Tensor), tf.exp(x as tf.Tensor)];
        return { y: tf.where(tf.scalar(true), a, b) && tf.mul(tf.add(a, 0), tf.onesLike(b)) };
      },
      vector,
      options,
    );
    expect(wordy.onnx).toEqual(lean.onnx);
  });
});

describe('a compiled program', () => {
  it('may call an output like an input, and says so in the file', async () => {
    const step: TensorProgram = ({ x }) => ({ x: tf.add(x as tf.Tensor, 1) });
    const compiled = await engine.compile(step, vector, options);
    expect(compiled.outputs).toEqual([{ name: 'x', shape: [3], dtype: 'float32' }]);
    let x = Float32Array.of(0, 1, 2);
    for (let i = 0; i < 3; i++) x = (await compiled.run({ x })).x as Float32Array<ArrayBuffer>;
    await compiled.dispose();
    expect(Array.from(x)).toEqual([3, 4, 5]);
    expect(traceProgram(step, vector, options).outputs.map((output) => output.name)).toEqual(['x_next']);
  });

  it('may return an input, a constant and one tensor under two names', async () => {
    const program: TensorProgram = ({ x }) => {
      const doubled = tf.mul(x as tf.Tensor, 2);
      return { same: x as tf.Tensor, two: tf.fill([2, 2], 2), a: doubled, b: doubled };
    };
    const compiled = await engine.compile(program, vector, options);
    const result = await compiled.run({ x: Float32Array.of(1, 2, 3) });
    await compiled.dispose();
    expect(
      Object.fromEntries(Object.entries(result).map(([name, data]) => [name, Array.from(data)])),
    ).toEqual({
      same: [1, 2, 3],
      two: [2, 2, 2, 2],
      a: [2, 4, 6],
      b: [2, 4, 6],
    });
  });

  it('takes a feed by value: changing the array between runs changes the result', async () => {
    const compiled = await engine.compile(({ x }) => ({ y: tf.neg(x as tf.Tensor) }), vector, options);
    const x = Float32Array.of(1, 2, 3);
    const first = await compiled.run({ x });
    x[0] = 7;
    const second = await compiled.run({ x });
    await compiled.dispose();
    expect([first.y?.[0], second.y?.[0]]).toEqual([-1, -7]);
  });

  it.each(['onnxruntime', 'cpu'] as const)(
    'on %s says which feed is missing, too short or of the wrong type',
    async (name) => {
      const compiled = await (await openEngine(name)).compile(
        ({ x }) => ({ y: x as tf.Tensor }),
        vector,
        options,
      );
      await expect(compiled.run({})).rejects.toThrow(
        /"x" of "sample" needs 3 numbers of type float32.*got nothing/,
      );
      await expect(compiled.run({ x: new Float32Array(2) })).rejects.toThrow(
        'got 2 numbers in a Float32Array',
      );
      await expect(compiled.run({ x: new Int32Array(3) })).rejects.toThrow('got 3 numbers in a Int32Array');
      await compiled.dispose();
    },
  );

  it.each(['onnxruntime', 'cpu'] as const)('on %s cannot be run after it was disposed of', async (name) => {
    const compiled = await (await openEngine(name)).compile(
      ({ x }) => ({ y: x as tf.Tensor }),
      vector,
      options,
    );
    await compiled.dispose();
    await compiled.dispose();
    await expect(compiled.run({ x: new Float32Array(3) })).rejects.toMatchObject({ code: 'engine' });
  });

  it('can be exported, opened again and gives the same numbers bit for bit', async () => {
    const program: TensorProgram = ({ x }) => ({
      y: tf.tanh(tf.mul(x as tf.Tensor, 3)),
      n: tf.argMax(x as tf.Tensor),
    });
    const compiled = await engine.compile(program, vector, options);
    const file = traceProgram(program, vector, {
      ...options,
      metadata: { unit: 'rad', description: 'a sample' },
    });
    const again = await createSession(file.onnx, options);
    expect(again.inputs).toEqual([{ name: 'x', shape: [3], dtype: 'float32' }]);
    expect(again.outputs).toEqual(file.outputs);
    const feeds = { x: Float32Array.of(0.1, 0.7, -0.3) };
    expect(await again.run(feeds)).toEqual(await compiled.run(feeds));
    await Promise.all([compiled.dispose(), again.dispose()]);
  });

  it('refuses a file that is not a model in one sentence', async () => {
    await expect(createSession(new Uint8Array([1, 2, 3]), options)).rejects.toMatchObject({ code: 'engine' });
  });
});
