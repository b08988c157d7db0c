import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkFormula, compileTask, compileTensorTask } from '../../src/main/task';
import { sharedParts } from '../../src/main/task/expression';
import { numberFormula } from '../../src/main/task/numbers';
import { parseFormula } from '../../src/main/task/parse';
import { tensorFormula } from '../../src/main/task/tensors';
import { parseVariables } from '../../src/main/task/variables';
import { TaskFile } from '../../src/shared/task';

const channels = { observations: [{ name: 'x' }, { name: 'v' }], actions: [{ name: 'u' }] };
const task = (variables: Record<string, string>, reward: string, termination = '') =>
  TaskFile.parse({ name: 'try', let: variables, reward, termination, maxSteps: 10 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the success of a task', () => {
  const done = (success: string) =>
    compileTask({ ...task({ distance: 'abs(x - 1)' }, '-distance'), success }, channels).succeeded;

  it('is a truth value over the same names as the reward, and nothing where the task is silent', () => {
    expect(done('distance < 0.1')?.([0, 0], [0], [1.05, 0])).toBe(true);
    expect(done('distance < 0.1')?.([0, 0], [0], [1.2, 0])).toBe(false);
    expect(done('before(distance) < 0.1 and u > 0')?.([1, 0], [1], [9, 0])).toBe(true);
    expect(compileTask(task({}, '-x'), channels).succeeded).toBeNull();
  });

  it('is refused with what is wrong about it', () => {
    expect(() => done('distance')).toThrow(
      'success of task "try" has a problem at characters 1–8: a success must be true or false, for example distance < 0.05',
    );
    expect(() => done('distanze < 1')).toThrow('unknown channel distanze');
  });
});

describe('variables of a task', () => {
  it('stand for their formulas in reward and termination, one made of another', () => {
    const compiled = compileTask(
      task({ distance: 'abs(x - 1)', cost: '2 * distance + square(u)' }, '-cost - distance', 'distance > 3'),
      channels,
    );
    expect(compiled.reward([0, 0], [0.5], [3, 0])).toBe(-(2 * 2 + 0.25) - 2);
    expect(compiled.terminated([0, 0], [0], [3, 0])).toBe(false);
    expect(compiled.terminated([0, 0], [0], [5, 0])).toBe(true);
  });

  it('are over the channels before the step inside before()', () => {
    const { reward } = compileTask(
      task({ twice: '2 * x', energy: 'square(v) + twice' }, 'energy - before(energy)'),
      channels,
    );
    expect(reward([1, 2], [0], [10, 3])).toBe(9 + 20 - (4 + 2));
  });

  it('give tensors what they give numbers, whatever the values', () => {
    const given = task(
      { a: 'sin(x) * v', b: 'a + before(x)', far: 'abs(a) > 0.5' },
      'far ? b * b : a - u',
      'far and b > 0',
    );
    const variables = parseVariables(given.let, channels);
    const rounded = numberFormula(parseFormula(given.reward, channels, variables), Math.fround);
    const { offset, varying, terminated } = compileTensorTask(given, channels);
    const number = fc.float({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(number, number, number, number, number), ([x, v, u, nextX, nextV]) => {
        const tensors = [tf.tensor([[x, v]]), tf.tensor([[u]]), tf.tensor([[nextX, nextV]])] as const;
        const [value] = varying(...tensors).dataSync();
        expect(offset + value).toBeCloseTo(rounded([x, v], [u], [nextX, nextV]), 4);
        const [end] = terminated?.(...tensors).dataSync() ?? [];
        expect(end).toBe(compileTask(given, channels).terminated([x, v], [u], [nextX, nextV]) ? 1 : 0);
      }),
      { numRuns: 100 },
    );
  });

  it('are computed once however often they are used', () => {
    // Doubling forty times would be 2^40 sums if every use were computed anew.
    const names = Array.from({ length: 41 }, (_, i) => `d${i}`);
    const chain = Object.fromEntries(names.map((name, i) => [name, i === 0 ? 'x' : `d${i - 1} + d${i - 1}`]));
    const { reward } = compileTask(task(chain, 'd40 + before(d40)'), channels);
    expect(reward([1, 0], [0], [2, 0])).toBe(2 ** 40 * 3);
    const expression = parseFormula('d40 + before(d40)', channels, parseVariables(chain, channels));
    expect(sharedParts(expression)).toHaveLength(82);
    const tensor = tensorFormula(expression)(tf.tensor([[1, 0]]), tf.tensor([[0]]), tf.tensor([[2, 0]]));
    expect(tensor.dataSync()[0]).toBe(2 ** 40 * 3);
  });

  it.each([
    [{ a: 'b + 1', b: 'x' }, 'b comes later'],
    [{ a: 'a + 1' }, 'a cannot be made of itself'],
    [{ x: '1' }, 'x is a channel of this rig'],
    [{ sin: 'x' }, 'sin is a word of the formula language'],
    [
      { distance: 'abs(y)' },
      'The variable distance of task "try" has a problem at character 5: unknown channel y',
    ],
    [{ a: 'x', wrong: 'a +' }, 'The variable wrong of task "try" has a problem'],
  ])('are refused with their name and the place: %j', (variables, sentence) => {
    expect(() => compileTask(task(variables as Record<string, string>, 'x'), channels)).toThrow(sentence);
  });

  it.each([
    [{ push: 'u' }, 'before(push)', 'push is made of an action'],
    [{ change: 'x - before(x)' }, 'before(change)', 'change is made of values before the step'],
    [{ distance: 'x' }, 'distanc', 'did you mean distance?'],
  ])('say in a formula what cannot be: %j %s', (variables, formula, sentence) => {
    expect(() => compileTask(task(variables as Record<string, string>, formula), channels)).toThrow(sentence);
  });

  it('are known to the check while a formula is typed', () => {
    const names = { distance: 'abs(x)' };
    expect(checkFormula('-distance', channels, 'reward', names).ok).toBe(true);
    expect(checkFormula('-distance', channels, 'reward')).toMatchObject({ ok: false, from: 1, to: 9 });
    expect(checkFormula('distance', channels, 'termination', names).ok).toBe(false);
  });

  it('have names that could be channels', () => {
    const parsed = TaskFile.safeParse({ name: 'try', let: { 'my name': 'x' }, reward: 'x', maxSteps: 1 });
    expect(parsed.success).toBe(false);
  });
});
