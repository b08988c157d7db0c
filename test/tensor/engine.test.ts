import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { GRADIENTS } from '../../src/main/tensor/gradients';
import {
  listEngines,
  measureMatmul,
  openEngine,
  openEngineOrDefault,
  type TensorProgram,
  usedEngine,
} from '../../src/main/tensor/index';

const square: TensorProgram = ({ x }) => ({ y: tf.square(x as tf.Tensor) });
const vector = [{ name: 'x', shape: [3] }];
const repository = new URL('../../', import.meta.url);

describe('engines', () => {
  it('may be opened while programs are compiled on another one', async () => {
    const opening = openEngine('wasm');
    const compiled = await (await openEngine('onnxruntime')).compile(square, vector, { name: 'square' });
    await Promise.all([opening, openEngine('cpu'), openEngine('wasm')]);
    expect((await compiled.run({ x: Float32Array.of(1, 2, 3) })).y).toEqual(Float32Array.of(1, 4, 9));
    await compiled.dispose();
  });

  it('are listed with the reason when one is not available', async () => {
    const engines = await listEngines();
    const always = ['onnxruntime', 'wasm', 'cpu'];
    expect(engines.filter(({ name }) => always.includes(name))).toEqual(
      always.map((name) => ({ name, available: true, reason: '', next: '' })),
    );
    const others = engines.filter(({ name }) => !always.includes(name));
    expect(others.map(({ name }) => name)).toContain('tensorflow');
    for (const { name, available, reason } of others) {
      if (!available) expect(reason).toContain(`The engine "${name}" is not available: `);
    }
  });

  it('that cannot be opened say what to do instead', async () => {
    const tensorflow = (await listEngines()).find(({ name }) => name === 'tensorflow');
    if (tensorflow?.available) return;
    await expect(openEngine('tensorflow')).rejects.toMatchObject({
      code: 'unavailable',
      next: expect.stringContaining('onnxruntime'),
    });
  });

  it.each(['onnxruntime', 'wasm', 'cpu'] as const)('%s runs the same program', async (name) => {
    const compiled = await (await openEngine(name)).compile(square, vector, { name: 'square' });
    expect(compiled.outputs).toEqual([{ name: 'y', shape: [3], dtype: 'float32' }]);
    const { y } = await compiled.run({ x: Float32Array.of(1, -2, 3) });
    await compiled.dispose();
    expect(y).toEqual(Float32Array.of(1, 4, 9));
  });

  it('that call kernel by kernel take programs which cannot be compiled to ONNX', async () => {
    const reading: TensorProgram = ({ x }) => {
      const largest = tf.max(x as tf.Tensor).dataSync()[0] ?? 0;
      return { y: tf.div(x as tf.Tensor, largest === 0 ? 1 : largest) };
    };
    const compiled = await (await openEngine('cpu')).compile(reading, vector, { name: 'reading' });
    expect(compiled.outputs).toEqual([{ name: 'y', shape: [3], dtype: 'float32' }]);
    expect((await compiled.run({ x: Float32Array.of(1, 2, 4) })).y).toEqual(Float32Array.of(0.25, 0.5, 1));
  });

  it('that call kernel by kernel refuse a program whose outputs depend on its inputs', async () => {
    const fickle: TensorProgram = ({ x }) =>
      tf.max(x as tf.Tensor).dataSync()[0] === 0 ? { y: x as tf.Tensor } : { y: tf.sum(x as tf.Tensor) };
    const compiled = await (await openEngine('cpu')).compile(fickle, vector, { name: 'fickle' });
    await expect(compiled.run({ x: Float32Array.of(1, 2, 4) })).rejects.toMatchObject({
      code: 'engine',
      message: expect.stringContaining('"y" [] of float32 where "y" [3] of float32'),
    });
  });

  it('leave our gradients in charge, also where a library brings its own', async () => {
    for (const { name } of (await listEngines()).filter(({ available }) => available)) {
      await openEngine(name);
      for (const kernel of ['Multiply', 'Maximum', 'Tanh'] as const) {
        expect(tf.getGradient(kernel)?.gradFunc, `${kernel} after ${name}`).toBe(GRADIENTS[kernel].gradFunc);
      }
    }
  });

  it('leave what happens to a dying process to the program', async () => {
    const before =
      process.listeners('unhandledRejection').length + process.listeners('uncaughtException').length;
    await openEngine('wasm');
    const after =
      process.listeners('unhandledRejection').length + process.listeners('uncaughtException').length;
    expect(after).toBe(before);
  });

  it('cost nothing until one is opened: the native library is not loaded by importing', async () => {
    const script = `
      const { openEngine } = await import('./src/main/tensor/index.ts');
      const loaded = () => process.report.getReport().sharedObjects.some((file) => file.includes('onnxruntime'));
      const before = loaded();
      await openEngine('onnxruntime');
      console.log(JSON.stringify([before, loaded()]));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { cwd: repository },
    );
    expect(JSON.parse(stdout)).toEqual([false, true]);
  });

  it('measure the rate of matrix products', async () => {
    const { gflops, gflopsSamples } = await measureMatmul({ threads: 1 });
    expect(gflops).toBeGreaterThan(0.1);
    expect(Math.min(...gflopsSamples)).toBeLessThanOrEqual(gflops);
    expect(Math.max(...gflopsSamples)).toBeGreaterThanOrEqual(gflops);
  });
});

describe('memory', () => {
  const rss = () => process.memoryUsage.rss() / 2 ** 20;

  it('stays flat over ten thousand runs of a compiled program', async () => {
    const specs = [{ name: 'x', shape: [64, 64] }];
    const program: TensorProgram = ({ x }) => ({ x: tf.tanh(tf.matMul(x as tf.Tensor, x as tf.Tensor)) });
    const compiled = await (await openEngine()).compile(program, specs, { name: 'steady', threads: 1 });
    let x = new Float32Array(64 * 64).fill(0.01);
    // What a run returns is garbage that is collected in batches, so what tells is the lowest between two collections.
    const lowestOver = async (count: number) => {
      let lowest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < count; i++) {
        x = (await compiled.run({ x })).x as Float32Array<ArrayBuffer>;
        if (i % 100 === 0) lowest = Math.min(lowest, rss());
      }
      return lowest;
    };
    await lowestOver(10_000);
    const before = await lowestOver(10_000);
    await lowestOver(10_000);
    // A leak of every run's result would be 160 MB each time; a collector that is late is late once.
    const after = [await lowestOver(10_000), await lowestOver(10_000), await lowestOver(10_000)];
    expect(Math.min(...after) - before).toBeLessThan(50);
    await compiled.dispose();
  });

  it.each(['wasm', 'cpu'] as const)(
    'is given back by %s after every run, also what a program kept',
    async (name) => {
      const keeping: TensorProgram = ({ x }) => {
        let inner: tf.Tensor | undefined;
        const { value } = tf.valueAndGrad((y: tf.Tensor) => {
          inner = tf.keep(tf.exp(y));
          return tf.sum(inner) as tf.Scalar;
        })(x as tf.Tensor);
        return { value, inner: inner as tf.Tensor };
      };
      const compiled = await (await openEngine(name)).compile(keeping, vector, { name: 'keeping' });
      const held = () => [tf.engine().state.numTensors, tf.engine().state.numDataBuffers];
      await compiled.run({ x: Float32Array.of(0, 0, 0) });
      const before = held();
      for (let i = 0; i < 100; i++) {
        const { value, inner } = await compiled.run({ x: Float32Array.of(0, 0, 0) });
        expect([value, inner]).toEqual([Float32Array.of(3), Float32Array.of(1, 1, 1)]);
      }
      expect(held()).toEqual(before);
    },
  );
});

describe('work on a model from elsewhere', () => {
  it('is done by the default engine where its own is not available here', async () => {
    const elsewhere = process.platform === 'win32' ? 'onnxruntime:coreml' : 'onnxruntime:dml';
    const engine = await openEngineOrDefault(elsewhere);
    expect(engine.name).toBe(usedEngine(await listEngines()));
    expect((await openEngineOrDefault('cpu')).name).toBe('cpu');
  });
});
