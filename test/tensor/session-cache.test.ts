import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { SharedCache } from '../../src/main/tensor/engines/shared-cache';
import { openEngine, type TensorProgram } from '../../src/main/tensor/index';

/** A cache of numbered things that notes which ones were closed. */
function counted(unused: number) {
  const closed: string[] = [];
  let made = 0;
  const cache = new SharedCache<string>({
    unused,
    close: async (value) => {
      closed.push(value);
    },
  });
  return { cache, closed, make: async () => `thing ${++made}` };
}

describe('what is shared by key', () => {
  it('is made once for all that use it at a time, also when they ask at the same moment', async () => {
    const { cache, make } = counted(1);
    const leases = await Promise.all([cache.take('a', make), cache.take('a', make)]);
    expect(leases.map(({ value, cached }) => [value, cached])).toEqual([
      ['thing 1', false],
      ['thing 1', true],
    ]);
  });

  it('is not closed while somebody uses it, and counts nobody twice', async () => {
    const { cache, closed, make } = counted(0);
    const [first, second] = [await cache.take('a', make), await cache.take('a', make)];
    await first.release();
    await first.release();
    expect(closed).toEqual([]);
    await second.release();
    expect(closed).toEqual(['thing 1']);
  });

  it('is kept unused up to a number; the longest unused goes first', async () => {
    const { cache, closed, make } = counted(2);
    const leases = [];
    for (const key of ['a', 'b', 'c']) leases.push(await cache.take(key, make));
    for (const lease of leases) await lease.release();
    expect(closed).toEqual(['thing 1']);
    expect((await cache.take('b', make)).cached).toBe(true);
    expect((await cache.take('a', make)).value).toBe('thing 4');
  });

  it('is not kept when it is not worth it', async () => {
    const { cache, closed, make } = counted(2);
    await (await cache.take('a', make, false)).release();
    expect(closed).toEqual(['thing 1']);
    expect(cache.size).toBe(0);
  });

  it('is made again after making it failed', async () => {
    const { cache, make } = counted(1);
    await expect(cache.take('a', () => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory');
    expect((await cache.take('a', make)).value).toBe('thing 1');
  });
});

describe('compiling a program again', () => {
  const specs = (size: number) => [{ name: 'x', shape: [size] }];
  const program =
    (factor: number): TensorProgram =>
    ({ x }) => ({ y: tf.mul(tf.exp(x as tf.Tensor), factor) });
  const options = { name: 'cached', threads: 1 };
  const one = Float32Array.of(0, 0, 0);

  it('uses its session again, and both work until both are disposed of', async () => {
    const engine = await openEngine('onnxruntime');
    const first = await engine.compile(program(2), specs(3), options);
    const second = await engine.compile(program(2), specs(3), options);
    expect([first.cached, second.cached]).toEqual([false, true]);
    expect(first.compileMs).toBeGreaterThan(0);
    await first.dispose();
    await expect(first.run({ x: one })).rejects.toMatchObject({ code: 'engine' });
    expect((await second.run({ x: one })).y).toEqual(Float32Array.of(2, 2, 2));
    await second.dispose();
    const third = await engine.compile(program(2), specs(3), options);
    expect(third.cached).toBe(true);
    expect((await third.run({ x: one })).y).toEqual(Float32Array.of(2, 2, 2));
    await third.dispose();
  });

  it('makes a new session for other numbers, shapes or threads', async () => {
    const engine = await openEngine('onnxruntime');
    const base = await engine.compile(program(3), specs(3), options);
    const others = [
      await engine.compile(program(4), specs(3), options),
      await engine.compile(program(3), specs(4), options),
      await engine.compile(program(3), specs(3), { ...options, threads: 2 }),
    ];
    expect(others.map(({ cached }) => cached)).toEqual([false, false, false]);
    expect((await others[0]?.run({ x: one }))?.y).toEqual(Float32Array.of(4, 4, 4));
    for (const program of [base, ...others]) await program.dispose();
  });

  it('keeps the names that a program gives its outputs apart from those in the file', async () => {
    const engine = await openEngine('onnxruntime');
    const recurrent: TensorProgram = ({ x }) => ({ x: tf.add(x as tf.Tensor, 1) });
    for (let i = 0; i < 2; i++) {
      const compiled = await engine.compile(recurrent, specs(3), options);
      expect(compiled.outputs.map(({ name }) => name)).toEqual(['x']);
      expect((await compiled.run({ x: one })).x).toEqual(Float32Array.of(1, 1, 1));
      await compiled.dispose();
    }
  });
});
