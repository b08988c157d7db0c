import { describe, expect, it } from 'vitest';
import { Broadcast, batches, values } from '../../src/main/core/stream';

const numbers = { empty: () => [] as number[], merge: (batch: number[], value: number) => batch.push(value) };

describe('batches of a broadcast', () => {
  it('gather what was published while the listener was busy into one batch', async () => {
    const source = new Broadcast<number>();
    const stream = batches(source, { ...numbers, intervalMs: 0 });
    const first = stream.next();
    source.publish(1);
    expect((await first).value).toEqual([1]);
    source.publish(2);
    source.publish(3);
    expect((await stream.next()).value).toEqual([2, 3]);
    await stream.return();
  });

  it('start from what a new listener must know', async () => {
    const stream = batches(new Broadcast<number>(), { ...numbers, first: [7], intervalMs: 0 });
    expect((await stream.next()).value).toEqual([7]);
    await stream.return();
  });

  it('end when the listener goes away, and leave no subscription behind', async () => {
    const source = new Broadcast<number>();
    const abort = new AbortController();
    const stream = batches(source, { ...numbers, intervalMs: 0, signal: abort.signal });
    const waiting = stream.next();
    expect(source.listening).toBe(1);
    abort.abort();
    expect((await waiting).done).toBe(true);
    expect(source.listening).toBe(0);
  });

  it('never hold up the publisher: two listeners at different paces both get everything', async () => {
    const source = new Broadcast<number>();
    const fast = batches(source, { ...numbers, intervalMs: 0 });
    const slow = batches(source, { ...numbers, intervalMs: 30 });
    const got = { fast: [] as number[], slow: [] as number[] };
    const read = async (stream: AsyncGenerator<number[]>, into: number[]) => {
      for await (const batch of stream) {
        into.push(...batch);
        if (into.includes(99)) return;
      }
    };
    const reading = Promise.all([read(fast, got.fast), read(slow, got.slow)]);
    for (let i = 0; i < 100; i++) {
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      source.publish(i);
    }
    await reading;
    const all = Array.from({ length: 100 }, (_, i) => i);
    expect(got.fast).toEqual(all);
    expect(got.slow).toEqual(all);
  });
});

describe('values of a broadcast', () => {
  it('come one by one and in order, the kept ones first', async () => {
    const source = new Broadcast<string>();
    const stream = values(source, ['kept']);
    expect((await stream.next()).value).toBe('kept');
    const next = stream.next();
    source.publish('a');
    source.publish('b');
    expect((await next).value).toBe('a');
    expect((await stream.next()).value).toBe('b');
    await stream.return();
  });
});
