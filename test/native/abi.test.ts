import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ABI } from '../../src/main/tensor/native/encode';
import { REDUCTIONS } from '../../src/main/tensor/native/instructions';
import { MAP_OPS } from '../../src/main/tensor/native/map-ops';
import { addon } from './addon';

const header = readFileSync(join(import.meta.dirname, '../../native/src/abi.h'), 'utf8');
const numbered = (pattern: RegExp): Record<string, number> =>
  Object.fromEntries([...header.matchAll(pattern)].map(([, name, number]) => [name!, Number(number)]));

describe("the compiler's numbers are the executor's", () => {
  it('for the operations of the byte code', () => {
    const operations = numbered(/X\((\w+), (\d+), [123]\)/g);
    expect(Object.keys(operations).length).toBeGreaterThan(70);
    expect(operations).toMatchObject(MAP_OPS);
  });

  it('for the reductions, in their order', () => {
    const reductions = numbered(/REDUCE_(\w+) = (\d+),/g);
    const own: Record<string, string> = {
      'sum-int': 'ISUM',
      'max-int': 'IMAX',
      'min-int': 'IMIN',
      'sum-squares': 'SUMSQ',
    };
    REDUCTIONS.forEach((name, number) => {
      expect(reductions[own[name] ?? name.toUpperCase()], name).toBe(number);
    });
  });

  it('for the version', () => {
    expect(addon().version).toBe(ABI);
  });
});
