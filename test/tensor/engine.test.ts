import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CompiledProgram,
  listEngines,
  measureMatmul,
  openEngine,
  type TensorProgram,
} from '../../src/main/tensor/index';
import { expectClose, generator } from './referee';

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
    expect(engines.map(({ name }) => name)).toEqual(['onnxruntime', 'tensorflow', 'wasm', 'cpu']);
    for (const { name, available, reason } of engines) {
      if (name !== 'tensorflow')
        expect({ name, available, reason }).toEqual({ name, available: true, reason: '' });
      else if (!available) expect(reason).toMatch(/^The engine "tensorflow" is not available: ./);
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
      await openEngine();
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

  it('stays flat over ten thousand runs of a compiled program', { timeout: 120_000 }, async () => {
    const specs = [{ name: 'x', shape: [64, 64] }];
    const program: TensorProgram = ({ x }) => ({ x: tf.tanh(tf.matMul(x as tf.Tensor, x as tf.Tensor)) });
    const compiled = await (await openEngine()).compile(program, specs, { name: 'steady', threads: 1 });
    let x = new Float32Array(64 * 64).fill(0.01);
    const runs = async (count: number) => {
      for (let i = 0; i < count; i++) x = (await compiled.run({ x })).x as Float32Array<ArrayBuffer>;
    };
    await runs(3000);
    const before = rss();
    await runs(10_000);
    await compiled.dispose();
    expect(rss() - before).toBeLessThan(50);
  });

  it('is given back by the eager engines after every run', async () => {
    const compiled = await (await openEngine('cpu')).compile(square, vector, { name: 'square' });
    const before = tf.memory();
    for (let i = 0; i < 100; i++) await compiled.run({ x: Float32Array.of(1, 2, 3) });
    expect(tf.memory()).toEqual(before);
  });
});

/** A small Gaussian ensemble with bounded log variance and its Adam step: what training runs, in 60 lines. */
describe('a training step', () => {
  const [members, batch, hidden] = [3, 128, 6];
  const sizes = [2, hidden, hidden, 4];
  const weights = sizes.slice(1).flatMap((units, i) => [
    { name: `kernel${i}`, shape: [members, sizes[i] ?? 1, units] },
    { name: `bias${i}`, shape: [members, 1, units] },
  ]);
  const data = [
    { name: 'inputs', shape: [members, batch, 2] },
    { name: 'targets', shape: [members, batch, 2] },
  ];
  const moments = ['m/', 'v/'].flatMap((kind) =>
    weights.map(({ name, shape }) => ({ name: kind + name, shape })),
  );
  const specs = [...weights, ...moments, { name: 'step', shape: [] as number[] }, ...data];

  const loss = (parameters: tf.Tensor[], inputs: tf.Tensor, targets: tf.Tensor): tf.Scalar => {
    let h = inputs;
    for (let layer = 0; layer < sizes.length - 1; layer++) {
      h = tf.add(tf.matMul(h, parameters[2 * layer] as tf.Tensor), parameters[2 * layer + 1] as tf.Tensor);
      if (layer < sizes.length - 2) h = tf.mul(h, tf.sigmoid(h));
    }
    const [mean, raw] = tf.split(h, 2, 2) as [tf.Tensor, tf.Tensor];
    const logVariance = tf.sub(0.5, tf.softplus(tf.sub(0.5, raw)));
    const weighted = tf.mul(tf.squaredDifference(mean, targets), tf.exp(tf.neg(logVariance)));
    return tf.mean(tf.add(weighted, logVariance));
  };

  const program: TensorProgram = (given) => {
    const of = (name: string) => given[name] as tf.Tensor;
    const parameters = weights.map(({ name }) => of(name));
    const step = tf.add(of('step'), 1);
    const objective = (...p: tf.Tensor[]) => loss(p, of('inputs'), of('targets'));
    const { value, grads } = tf.valueAndGrads(objective as never)(parameters);
    const next: Record<string, tf.Tensor> = { step, loss: value };
    weights.forEach(({ name }, i) => {
      const gradient = grads[i] as tf.Tensor;
      const m = tf.add(tf.mul(of(`m/${name}`), 0.9), tf.mul(gradient, 0.1));
      const v = tf.add(tf.mul(of(`v/${name}`), 0.999), tf.mul(tf.square(gradient), 0.001));
      const mHat = tf.div(m, tf.sub(1, tf.pow(0.9, step)));
      const vHat = tf.div(v, tf.sub(1, tf.pow(0.999, step)));
      next[name] = tf.sub(of(name), tf.mul(tf.div(mHat, tf.add(tf.sqrt(vHat), 1e-8)), 1e-2));
      next[`m/${name}`] = m;
      next[`v/${name}`] = v;
    });
    return next;
  };

  const engines = ['onnxruntime', 'wasm', 'cpu'] as const;
  const compiled: CompiledProgram[] = [];
  beforeAll(async () => {
    for (const name of engines) {
      const engine = await openEngine(name);
      compiled.push(await engine.compile(program, specs, { name: 'training step', threads: 2 }));
    }
  });
  afterAll(async () => {
    for (const one of compiled) await one.dispose();
  });

  it('of an ensemble with Adam agrees step by step on all engines over 20 steps', async () => {
    const random = generator(7);
    const draw = (shape: number[], scale: number) =>
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (random() * 2 - 1) * scale);
    const start = Object.fromEntries(
      specs.map(({ name, shape }) => [name, /^(m|v)\/|step/.test(name) ? draw(shape, 0) : draw(shape, 0.7)]),
    );
    const states = engines.map(() => start);
    const losses: number[] = [];
    for (let i = 0; i < 20; i++) {
      const batchNow = Object.fromEntries(data.map(({ name, shape }) => [name, draw(shape, 1)]));
      for (const [e, one] of compiled.entries()) {
        states[e] = { ...states[e], ...(await one.run({ ...states[e], ...batchNow })) } as typeof start;
      }
      const reference = states.at(-1) ?? {};
      losses.push(reference.loss?.[0] ?? Number.NaN);
      for (const [e, state] of states.entries()) {
        expectClose(
          state.loss ?? new Float32Array(),
          reference.loss ?? new Float32Array(),
          1e-5,
          `${engines[e]}, loss ${i}`,
        );
        for (const { name } of weights) {
          // Adam divides by the gradient's own size, so rounding in small gradients grows with the steps.
          const [actual, expected] = [state[name], reference[name]];
          expectClose(
            actual ?? new Float32Array(),
            expected ?? new Float32Array(),
            1e-4,
            `${engines[e]}, ${name} ${i}`,
          );
        }
      }
    }
    expect(losses[19]).toBeLessThan(losses[0] ?? 0);
  });
});
