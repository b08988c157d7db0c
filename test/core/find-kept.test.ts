import { describe, expect, it } from 'vitest';
import { findKept } from '../../src/main/core/find-kept';

const kept = (hash: string, name: string, createdAt = 0) => ({ hash: hash.padEnd(64, '0'), name, createdAt });
const ALL = [kept('abcdef123456', 'one', 1), kept('abcdef123499', 'two', 2), kept('fedcba', 'one', 3)];
const find = (wanted: string, all = ALL) =>
  findKept(all, wanted, { kind: 'policy', none: 'Train one first.' });

describe('what is kept is found', () => {
  it('by its hash, by the newest of a name, and by a beginning that one hash alone has', () => {
    expect(find(ALL[1]?.hash ?? '')).toBe(ALL[1]);
    expect(find('one')).toBe(ALL[2]);
    expect(find('fedcba')).toBe(ALL[2]);
    expect(find('abcdef12349')).toBe(ALL[1]);
  });

  it('not by a beginning that several have, which are named as far as they differ', () => {
    expect(() => find('abcdef')).toThrow(
      'More than one policy of this workspace has a hash that begins with "abcdef": one (abcdef12345), two (abcdef12349).',
    );
  });

  it('by a name that is also the beginning of hashes', () => {
    expect(find('abcdef', [...ALL, kept('1', 'abcdef')]).name).toBe('abcdef');
  });

  it('not where there is none, or too little of a hash is given', () => {
    expect(() => find('abcde')).toThrow('There is no policy "abcde" in this workspace.');
    expect(() => find('any', [])).toThrow(expect.objectContaining({ next: 'Train one first.' }));
  });
});
