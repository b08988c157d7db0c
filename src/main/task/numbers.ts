import {
  type BinaryOp,
  type Expression,
  type SharedExpression,
  sharedParts,
  type UnaryOp,
} from './expression';

type Vector = ArrayLike<number>;
/** f(s, a, s') of one transition: [observations], [actions], [observations] in SI units. */
export type NumberFormula = (before: Vector, action: Vector, after: Vector) => number;

const bit = (truth: boolean) => (truth ? 1 : 0);

const UNARY: Record<UnaryOp, (x: number) => number> = {
  negate: (x) => -x,
  not: (x) => bit(x === 0),
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  // As tensors have it, where the sign of what is no number is 0.
  sign: (x) => bit(x > 0) - bit(x < 0),
  square: (x) => x * x,
  floor: Math.floor,
};

const BINARY: Record<BinaryOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  power: (a, b) => a ** b,
  min: Math.min,
  max: Math.max,
  less: (a, b) => bit(a < b),
  lessEqual: (a, b) => bit(a <= b),
  greater: (a, b) => bit(a > b),
  greaterEqual: (a, b) => bit(a >= b),
  equal: (a, b) => bit(a === b),
  notEqual: (a, b) => bit(a !== b),
  and: (a, b) => bit(a !== 0 && b !== 0),
  or: (a, b) => bit(a !== 0 || b !== 0),
};

type Round = (value: number) => number;
/** Where the value of a variable lies while a transition is computed. */
interface Slots {
  of: Map<SharedExpression, number>;
  values: Float64Array;
}

/**
 * Turns a checked tree into a function of plain numbers. `round` is applied to every intermediate value:
 * `Math.fround` gives exactly what tensors of float32 give.
 */
export function numberFormula(
  expression: Expression,
  round: (value: number) => number = (value) => value,
): NumberFormula {
  const shared = sharedParts(expression);
  const values = new Float64Array(shared.length);
  const slots: Slots = { of: new Map(shared.map((part, i) => [part, i])), values };
  const variables = shared.map(({ value }) => compile(value, round, slots));
  const whole = compile(expression, round, slots);
  if (variables.length === 0) return whole;
  return (s, a, next) => {
    for (let i = 0; i < variables.length; i++) values[i] = variables[i]?.(s, a, next) ?? Number.NaN;
    return whole(s, a, next);
  };
}

function compile(expression: Expression, round: Round, slots: Slots): NumberFormula {
  const part = (operand: Expression) => compile(operand, round, slots);
  switch (expression.kind) {
    case 'constant': {
      const value = round(expression.value);
      return () => value;
    }
    case 'channel': {
      const { source, index } = expression;
      if (source === 'before') return (before) => round(before[index] ?? Number.NaN);
      if (source === 'action') return (_, action) => round(action[index] ?? Number.NaN);
      return (_, __, after) => round(after[index] ?? Number.NaN);
    }
    case 'unary': {
      const compute = UNARY[expression.op];
      const operand = part(expression.operand);
      return (s, a, next) => round(compute(operand(s, a, next)));
    }
    case 'binary': {
      const compute = BINARY[expression.op];
      const left = part(expression.left);
      const right = part(expression.right);
      return (s, a, next) => round(compute(left(s, a, next), right(s, a, next)));
    }
    case 'choose': {
      const condition = part(expression.condition);
      const yes = part(expression.yes);
      const no = part(expression.no);
      return (s, a, next) => (condition(s, a, next) !== 0 ? yes(s, a, next) : no(s, a, next));
    }
    case 'shared': {
      const slot = slots.of.get(expression) ?? -1;
      return () => slots.values[slot] ?? Number.NaN;
    }
  }
}
