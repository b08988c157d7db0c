import { beforeAll, describe, expect, it } from 'vitest';
import { compileNumbers, compileTensors } from '../../src/main/task';
import { type Engine, openEngine } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';

const channels = { observations: [{ name: 'x' }, { name: 'v' }], actions: [{ name: 'u' }] };
const ROWS = 64;

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

describe('a formula compiled into a graph', () => {
  it.each([
    'x',
    'before(v)',
    'u',
    '1',
    'true',
    '-x + v * u / 3 - before(x)',
    'abs(x) ^ 1.5',
    'x ^ 2',
    'sqrt(abs(v))',
    'exp(-x^2)',
    'log(abs(x) + 1)',
    'sin(x) + cos(v) + tan(u)',
    'tanh(x)',
    'sign(v)',
    'square(u)',
    'wrap(3 * x)',
    'min(x, v, u)',
    'max(x, v, 0)',
    'x < v',
    'x <= v < 2',
    'x > v or u >= 0',
    'not (x > 0) and v != 0',
    '(x > 0) + (v == v)',
    'x > 0 ? v : -u',
    'x ? 1 : v > 0',
    'x and u',
    'abs(x) > 1 ? (v > 0 ? 1 : 2) : u < 0',
    'true ? x : v',
    'exp(-(square(x - 0.6 * sin(v)) + square(-0.6 * cos(v) - 0.6)) / square(0.6)) - 0.01 * square(u)',
  ])('gives what it gives for numbers: %s', async (formula) => {
    const compute = compileTensors(formula, channels);
    const program = await engine.compile(
      ({ before, action, after }) => ({ value: compute(before!, action!, after!) }),
      [
        { name: 'before', shape: [ROWS, 2] },
        { name: 'action', shape: [ROWS, 1] },
        { name: 'after', shape: [ROWS, 2] },
      ],
      { name: formula },
    );
    const random = new Random(1);
    const [before, after] = [
      random.fillNormal(new Float32Array(ROWS * 2)),
      random.fillNormal(new Float32Array(ROWS * 2)),
    ];
    const action = random.fillNormal(new Float32Array(ROWS));
    const { value } = await program.run({ before, action, after });
    const numbers = compileNumbers(formula, channels);
    expect(value).toHaveLength(ROWS);
    for (let row = 0; row < ROWS; row++) {
      const pair = (values: Float32Array) => values.subarray(row * 2, row * 2 + 2);
      const expected = numbers(pair(before), action.subarray(row, row + 1), pair(after));
      expect(Math.abs((value?.[row] ?? Number.NaN) - expected)).toBeLessThan(
        1e-5 * Math.max(1, Math.abs(expected)),
      );
    }
    await program.dispose();
  });
});
