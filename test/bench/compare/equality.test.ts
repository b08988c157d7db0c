import { describe, expect, it } from 'vitest';
import { requireEqual } from '../../../src/main/bench/compare/equality';

const returns = (change: (value: number, i: number) => number = (value) => value) => ({
  returns: Array.from({ length: 1000 }, (_, i) => change(25 - i / 100, i)),
});

describe('what two libraries computed', () => {
  it('is equal within a thousandth of its own size, and of what is usual among numbers near zero', () => {
    requireEqual('a row', 'jax', { mean: [1, -2, 1e-9] }, { mean: [1.0009, -2.0015, 0.001] });
  });

  it('is unequal beyond that, and the sentence says where, whose and by how much', () => {
    expect(() => requireEqual('a plan', 'jax', { mean: [1, -2] }, { mean: [1, -2.003] })).toThrow(
      'JAX does not do the same work as Foresight in "a plan": it has -2.003 and not -2 (1 of 2 numbers of "mean" differ by more than 0.001).',
    );
  });

  it('may have a few returns apart, of futures that end within a rounding, and not more', () => {
    requireEqual(
      'a row',
      'pytorch',
      returns(),
      returns((value, i) => (i % 200 === 0 ? value - 10 : value)),
    );
    const worse = returns((value, i) => (i % 150 === 0 ? value - 10 : value));
    expect(() => requireEqual('a row', 'pytorch', returns(), worse)).toThrow(
      '7 of 1000 numbers of "returns"',
    );
  });

  it('is unequal where something is left out, is of another size or is no number', () => {
    const ours = { nll: [1, 2, 3] };
    expect(() => requireEqual('a row', 'pytorch', ours, {})).toThrow('nothing for "nll"');
    expect(() => requireEqual('a row', 'pytorch', ours, { nll: [1, 2] })).toThrow('2 numbers for "nll"');
    expect(() => requireEqual('a row', 'pytorch', ours, { nll: [1, Number.NaN, 3] })).toThrow(
      'NaN and not 2',
    );
  });
});
