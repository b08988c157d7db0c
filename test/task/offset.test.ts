import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTask } from '../../src/main/task';
import type { TaskFile } from '../../src/shared/task';

const channels = { observations: [{ name: 'x' }, { name: 'v' }], actions: [{ name: 'u' }] };
const task = (reward: string, variables?: Record<string, string>): TaskFile => ({
  ...{ name: 'test', reward, termination: '', maxSteps: 100 },
  ...(variables && { let: variables }),
});
const number = fc.double({ min: -5, max: 5, noNaN: true });
const transition = fc.tuple(number, number, number, number, number);

describe('what every step of a reward pays alike', () => {
  it.each([
    ['1e7 + x', 1e7],
    ['x + 1e7', 1e7],
    ['1e7 - square(x)', 1e7],
    ['-square(x) - 1e7', -1e7],
    ['x - -1e7', 1e7],
    ['-(3 - x)', -3],
    ['2 * (5 + x)', 10],
    ['(5 + x) * 2 / 4', 2.5],
    ['1 + (2 + (x - 4))', -1],
    ['pi * 2 + x', 2 * Math.PI],
    ['x > 0 ? 7 + v : 7 - u', 7],
    ['max(9 + x, 9 - x, 9)', 9],
    ['10', 10],
    ['2 ^ 10 - abs(x)', 1024],
    ['1 + (abs(x) < 2)', 1],
  ])('is found in %s', (reward, offset) => {
    const compiled = compileTask(task(reward), channels);
    expect(compiled.offset).toBeCloseTo(offset, 9);
    fc.assert(
      fc.property(transition, ([x, v, u, nextX, nextV]) => {
        const given = [[x, v], [u], [nextX, nextV]] as const;
        expect(compiled.offset + compiled.varying(...given)).toBeCloseTo(compiled.reward(...given), 6);
        // The rest knows nothing of it.
        expect(Math.abs(compiled.varying(...given))).toBeLessThan(200);
      }),
      { numRuns: 30 },
    );
  });

  it('is found in variables, which stay what they are where they stand elsewhere', () => {
    const compiled = compileTask(
      task('far * x + far - near', { big: '1e7', far: 'big + v', near: '3 - u' }),
      channels,
    );
    expect(compiled.offset).toBe(1e7 - 3);
    expect(compiled.varying([0, 0], [0.5], [2, 1])).toBe((1e7 + 1) * 2 + 1 + 0.5);
  });

  it.each([
    'square(x)',
    '1e7 * x',
    '(1 + x) * (1 + v)',
    'x > 0 ? 5 + x : 6 + x',
    'min(5 + x, 6 - x)',
    'exp(3 + x)',
  ])('is nothing in %s', (reward) => {
    const compiled = compileTask(task(reward), channels);
    expect(compiled.offset).toBe(0);
    expect(compiled.varying([1, 2], [3], [4, 5])).toBe(compiled.reward([1, 2], [3], [4, 5]));
  });

  it('is left where it is no number: the reward is then none either', () => {
    const compiled = compileTask(task('log(0 - 1) + x'), channels);
    expect(compiled.offset).toBe(0);
    expect(compiled.varying([0, 0], [0], [1, 0])).toBeNaN();
  });
});
