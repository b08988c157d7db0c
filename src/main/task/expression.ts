/**
 * A formula after checking: the one tree that is compiled to plain numbers and to tensors. Truth values are the
 * numbers 1 and 0 throughout; a number used as a truth value is true when it is not 0.
 */
export type Expression =
  | { kind: 'constant'; value: number; truth: boolean }
  | { kind: 'channel'; source: ChannelSource; index: number }
  | { kind: 'unary'; op: UnaryOp; operand: Expression }
  | { kind: 'binary'; op: BinaryOp; left: Expression; right: Expression }
  | { kind: 'choose'; condition: Expression; yes: Expression; no: Expression };

/** Where a channel's value comes from in a transition (s, a, s'): s, a or s'. */
export type ChannelSource = 'before' | 'action' | 'after';

export const UNARY_OPS = [
  'negate',
  'not',
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
  'floor',
] as const;
export type UnaryOp = (typeof UNARY_OPS)[number];

export const BINARY_OPS = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'power',
  'min',
  'max',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'equal',
  'notEqual',
  'and',
  'or',
] as const;
export type BinaryOp = (typeof BINARY_OPS)[number];

const TRUTH_OPS: ReadonlySet<string> = new Set<UnaryOp | BinaryOp>([
  'not',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'equal',
  'notEqual',
  'and',
  'or',
]);

/** Whether an expression can only be true or false. */
export function isTruth(expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant':
      return expression.truth;
    case 'channel':
      return false;
    case 'unary':
    case 'binary':
      return TRUTH_OPS.has(expression.op);
    case 'choose':
      return isTruth(expression.yes) && isTruth(expression.no);
  }
}

export function constant(value: number, truth = false): Expression {
  return { kind: 'constant', value, truth };
}
export function unary(op: UnaryOp, operand: Expression): Expression {
  return { kind: 'unary', op, operand };
}
export function binary(op: BinaryOp, left: Expression, right: Expression): Expression {
  return { kind: 'binary', op, left, right };
}

/** An angle carried to [-π, π): x − 2π ⌊(x + π) / 2π⌋. */
export function wrapped(angle: Expression): Expression {
  const turn = constant(2 * Math.PI);
  const turns = unary('floor', binary('divide', binary('add', angle, constant(Math.PI)), turn));
  return binary('subtract', angle, binary('multiply', turn, turns));
}
