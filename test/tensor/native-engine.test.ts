import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  createRemoteSession,
  type Engine,
  listEngines,
  openEngine,
  openPortable,
  type TensorProgram,
} from '../../src/main/tensor/index';

const [native] = (await listEngines()).filter(({ name }) => name === 'native');
const specs = [
  { name: 'x', shape: [6, 3] },
  { name: 'w', shape: [3, 4] },
];
const feeds = {
  x: Float32Array.from({ length: 18 }, (_, i) => i / 7 - 1),
  w: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
};
const layer: TensorProgram = ({ x, w }) => {
  const sum = tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
  return { y: tf.mul(sum, tf.sigmoid(sum)), positive: tf.greater(sum, 0), best: tf.argMax(sum, 1) };
};
const options = { name: 'layer', threads: 1 };

describe.runIf(native?.available)('the native engine', () => {
  const engine = (): Promise<Engine> => openEngine('native');

  it('gives outputs of every type as ONNX Runtime does', async () => {
    const results = [];
    for (const name of ['native', 'onnxruntime'] as const) {
      const compiled = await (await openEngine(name)).compile(layer, specs, options);
      results.push({ outputs: compiled.outputs, values: await compiled.run(feeds) });
      await compiled.dispose();
    }
    const [ours, theirs] = results;
    expect(ours?.outputs).toEqual(theirs?.outputs);
    for (const name of ['positive', 'best']) expect(ours?.values[name]).toEqual(theirs?.values[name]);
    Array.from(theirs?.values.y ?? []).forEach((value, i) => {
      expect(ours?.values.y?.[i]).toBeCloseTo(value, 5);
    });
  });

  it('says which operator it lacks where ONNX Runtime computes a program', async () => {
    const image = [{ name: 'x', shape: [1, 4, 4, 1] }];
    const pooled: TensorProgram = ({ x }) => ({ y: tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid') });
    const compiled = await (await engine()).compile(pooled, image, { name: 'pooled' });
    expect(compiled.missing).toBe('MaxPool');
    const { y } = await compiled.run({ x: Float32Array.from({ length: 16 }, (_, i) => i) });
    expect(y).toEqual(Float32Array.of(5, 7, 13, 15));
    await compiled.dispose();
    const known = await (await engine()).compile(layer, specs, options);
    expect(known.missing).toBeUndefined();
    await known.dispose();
  });

  it('leaves products over nothing to ONNX Runtime, which are zeros', async () => {
    const empty = [
      { name: 'x', shape: [2, 0] },
      { name: 'w', shape: [0, 3] },
    ];
    const product: TensorProgram = ({ x, w }) => ({ y: tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D) });
    const compiled = await (await engine()).compile(product, empty, { name: 'product' });
    const { y } = await compiled.run({ x: new Float32Array(), w: new Float32Array() });
    expect(y).toEqual(new Float32Array(6));
    await compiled.dispose();
  });

  it('has every digit of powers of integers', async () => {
    const spec = { name: 'x', shape: [2], dtype: 'int32' as const };
    const powers: TensorProgram = ({ x }) => ({
      cube: tf.pow(x as tf.Tensor, tf.scalar(3, 'int32')),
      high: tf.pow(x as tf.Tensor, tf.tensor1d([19, 3], 'int32')),
    });
    const compiled = await (await engine()).compile(powers, [spec], { name: 'powers' });
    const { cube, high } = await compiled.run({ x: Int32Array.of(3, 1001) });
    expect(cube).toEqual(Int32Array.of(27, 1_003_003_001));
    expect(high).toEqual(Int32Array.of(1_162_261_467, 1_003_003_001));
    await compiled.dispose();
  });

  it.each([3, -4])('never gathers what lies beside a part of a tensor: place %d of 3', async (place) => {
    const middle: TensorProgram = ({ x }) => ({
      y: tf.gather(tf.slice(x as tf.Tensor2D, [3, 0], [3, 2]), tf.tensor1d([place], 'int32')),
    });
    const gathered = async () => {
      const spec = { name: 'x', shape: [9, 2] };
      const compiled = await (await engine()).compile(middle, [spec], { name: 'middle' });
      return compiled.run({ x: Float32Array.from({ length: 18 }, (_, i) => i) });
    };
    await expect(gathered()).rejects.toThrow(/out of data bounds/);
  });

  it('computes the same bits in another thread, from what was written in this one', async () => {
    const written = (await engine()).write?.(layer, specs, options);
    if (!written) throw new Error('the engine writes nothing');
    expect(written.kind).toBe('native');
    const [here, there] = [await openPortable(written, options), await createRemoteSession(written, options)];
    expect(there.outputs).toEqual(here.outputs);
    expect(await there.run(feeds)).toEqual(await here.run(feeds));
    await here.dispose();
    await there.dispose();
    await expect(here.run(feeds)).rejects.toMatchObject({ code: 'engine' });
  });

  it('writes a program that it cannot run itself as a file for ONNX Runtime', async () => {
    const image = [{ name: 'x', shape: [1, 4, 4, 1] }];
    const pooled: TensorProgram = ({ x }) => ({ y: tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid') });
    const written = (await engine()).write?.(pooled, image, { name: 'pooled' });
    expect(written?.kind).toBe('onnx');
  });

  it('keeps the program of an equal one, and makes another for other numbers', async () => {
    const scaled =
      (factor: number): TensorProgram =>
      ({ x }) => ({ y: tf.mul(x as tf.Tensor, factor) });
    const compile = async (factor: number) => (await engine()).compile(scaled(factor), specs, options);
    const first = await compile(3);
    const [same, other] = [await compile(3), await compile(5)];
    expect([first.cached, same.cached, other.cached]).toEqual([false, true, false]);
    expect((await other.run(feeds)).y?.[0]).toBe(-5);
    expect((await same.run(feeds)).y?.[0]).toBe(-3);
    for (const one of [first, same, other]) await one.dispose();
  });

  it('refuses an index that its table does not have, and goes on with the next call', async () => {
    const picked: TensorProgram = ({ x, at }) => ({ y: tf.gather(x as tf.Tensor, at as tf.Tensor1D) });
    const given = [specs[0] as (typeof specs)[0], { name: 'at', shape: [2], dtype: 'int32' as const }];
    const compiled = await (await engine()).compile(picked, given, { name: 'picked' });
    await expect(compiled.run({ ...feeds, at: Int32Array.of(1, 6) })).rejects.toMatchObject({
      code: 'engine',
      next: expect.stringContaining('indices'),
    });
    const { y } = await compiled.run({ ...feeds, at: Int32Array.of(1, 5) });
    expect(y).toEqual(Float32Array.of(...feeds.x.slice(3, 6), ...feeds.x.slice(15, 18)));
    await compiled.dispose();
  });
});
