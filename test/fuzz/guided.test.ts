import { describe, expect, it } from 'vitest';
import { fuzzGuided, PARSERS } from './guided';
import { fuzz } from './noise';
import { type FuzzTarget, TARGETS } from './targets';

const BYTES = 1e7;
const BYTES_EACH = 1e5;

/** A parser with a fault that three bytes in a row lead to; of 2²⁴ beginnings one. */
function faulty(bytes: Uint8Array): string[] {
  if (bytes[0] !== 0x13) return [];
  if (bytes[1] !== 0x57) return ['one'];
  if (bytes[2] !== 0x9b) return ['two'];
  throw new Error('A length that nobody checked.');
}

const target: FuzzTarget = {
  name: 'faulty',
  end: new Uint8Array(0),
  packet: (random) => {
    const bytes = Uint8Array.from({ length: 8 }, () => random.integer(256));
    return { bytes, told: 'good' };
  },
  open: () => {
    let all: number[] = [];
    return {
      push: (bytes) => {
        all.push(...bytes);
        return [];
      },
      flush: () => {
        const told = faulty(Uint8Array.from(all));
        all = [];
        return [...told, 'good'];
      },
    };
  },
};

describe('inputs that are bred from those that reached code that none before them did', () => {
  it('come to a fault behind three bytes in a row, where noise does not', async () => {
    const bred = fuzzGuided(target, BYTES, 1, /guided\.test/);
    await expect(bred).rejects.toThrow('A length that nobody checked.');
    expect(fuzz(target, BYTES / 20, 1).missed).toEqual([]);
  });

  it.each(TARGETS)(
    'are never an exception to the parser of $name, which finds the next good packet behind them',
    async (parser) => {
      const { missed, found, byChance, packets, corpus, reached } = await fuzzGuided(
        parser,
        BYTES_EACH,
        1,
        PARSERS,
      );
      expect(missed).toEqual([]);
      expect(found + byChance).toBe(packets);
      // It had its own inputs to breed from, not only noise.
      expect(corpus).toBeGreaterThan(1);
      expect(reached).toBeGreaterThan(corpus);
    },
  );
});
