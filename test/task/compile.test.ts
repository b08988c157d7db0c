import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileTensors } from '../../src/main/task';
import { BINARY_OPS, type Expression, UNARY_OPS } from '../../src/main/task/expression';
import { numberFormula } from '../../src/main/task/numbers';
import { parseFormula } from '../../src/main/task/parse';
import { tensorFormula } from '../../src/main/task/tensors';

const channels = { observations: [{ name: 'x' }, { name: 'v' }], actions: [{ name: 'u' }] };

const leaf: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('x', 'v', 'u', 'before(x)', 'before(v)', 'pi', 'true', 'false'),
  fc.double({ min: 0, max: 100, noNaN: true }).map(String),
);
/** Random formulas as text, so that the parser is in the loop. */
const formulas = fc.letrec<{ formula: string }>((tie) => ({
  formula: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .tuple(
        fc.constantFrom('+', '-', '*', '/', '^', '<', '<=', '>', '>=', '==', '!=', 'and', 'or'),
        tie('formula'),
        tie('formula'),
      )
      .map(([op, a, b]) => `(${a} ${op} ${b})`),
    fc
      .tuple(
        fc.constantFrom(
          'abs',
          'sqrt',
          'exp',
          'log',
          'sin',
          'cos',
          'tan',
          'tanh',
          'sign',
          'square',
          'wrap',
          'not',
          '-',
        ),
        tie('formula'),
      )
      .map(([f, a]) => `${f}(${a})`),
    fc
      .tuple(fc.constantFrom('min', 'max'), fc.array(tie('formula'), { minLength: 2, maxLength: 4 }))
      .map(([f, args]) => `${f}(${args.join(', ')})`),
    fc.tuple(tie('formula'), tie('formula'), tie('formula')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie('formula'), tie('formula'), tie('formula')).map(([a, b, c]) => `(${a} < ${b} <= ${c})`),
  ),
})).formula;

const number = fc.oneof(fc.constantFrom(0, 1, -1, 0.5, 2), fc.float({ min: -50, max: 50, noNaN: true }));
const transition = fc.tuple(number, number, number, number, number);

function viaTensors(expression: Expression, rows: number[][]): number[] {
  const result = tf.tidy(() =>
    tensorFormula(expression)(
      tf.tensor2d(rows.map((r) => r.slice(0, 2))),
      tf.tensor2d(rows.map((r) => r.slice(2, 3))),
      tf.tensor2d(rows.map((r) => r.slice(3, 5))),
    ),
  );
  expect(result.shape).toEqual([rows.length]);
  const values = [...result.dataSync()];
  result.dispose();
  return values;
}

describe('tensors and numbers from one formula', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it('agree to the last bit of float32, whatever the formula and the values', () => {
    fc.assert(
      fc.property(formulas, fc.array(transition, { minLength: 1, maxLength: 5 }), (formula, rows) => {
        const expression = parseFormula(formula, channels);
        const compute = numberFormula(expression, Math.fround);
        const expected = rows.map((r) => compute(r.slice(0, 2), r.slice(2, 3), r.slice(3, 5)));
        // −0 and 0 are the same reward.
        expect(viaTensors(expression, rows).map((v) => v + 0)).toEqual(expected.map((v) => v + 0));
      }),
      { numRuns: 500 },
    );
  });

  it('know every operation of the tree', () => {
    const x: Expression = { kind: 'channel', source: 'after', index: 0 };
    const v: Expression = { kind: 'channel', source: 'after', index: 1 };
    const trees: Expression[] = [
      ...UNARY_OPS.map((op): Expression => ({ kind: 'unary', op, operand: x })),
      ...BINARY_OPS.map((op): Expression => ({ kind: 'binary', op, left: x, right: v })),
    ];
    const row = [0, 0, 0, 0.75, 0.25];
    for (const tree of trees) {
      const expected = numberFormula(tree, Math.fround)([0, 0], [0], [0.75, 0.25]);
      expect(viaTensors(tree, [row])).toEqual([expected]);
    }
  });

  it('keep leading axes: [members, rows, channels] → [members, rows]', () => {
    const state = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    const action = tf.zeros([2, 2, 1]);
    const sum = compileTensors('x + v', channels)(state, action, state);
    expect(sum.arraySync()).toEqual([
      [3, 7],
      [11, 15],
    ]);
    const constant = compileTensors('1', channels)(state, action, state);
    expect(constant.arraySync()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});
