/**
 * A formula after checking: the one tree that is compiled to plain numbers and to tensors. Truth values are the
 * numbers 1 and 0 throughout; a number used as a truth value is true when it is not 0.
 */
export type Expression =
  | { kind: 'constant'; value: number; truth: boolean }
  | { kind: 'channel'; source: ChannelSource; index: number }
  | { kind: 'unary'; op: UnaryOp; operand: Expression }
  | { kind: 'binary'; op: BinaryOp; left: Expression; right: Expression }
  | { kind: 'choose'; condition: Expression; yes: Expression; no: Expression }
  | SharedExpression;

/** A variable of the task. Wherever it is used the same object stands, and it is computed once a transition. */
export interface SharedExpression {
  kind: 'shared';
  value: Expression;
}

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
    case 'shared':
      return isTruth(expression.value);
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

/** The expressions that an expression is made of. */
function operands(expression: Expression): Expression[] {
  switch (expression.kind) {
    case 'constant':
    case 'channel':
      return [];
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'choose':
      return [expression.condition, expression.yes, expression.no];
    case 'shared':
      return [expression.value];
  }
}

/** The variables that an expression needs, each once and after those that it needs itself. */
export function sharedParts(expression: Expression): SharedExpression[] {
  const found = new Set<SharedExpression>();
  const visit = (part: Expression): void => {
    if (part.kind === 'shared' && found.has(part)) return;
    operands(part).forEach(visit);
    if (part.kind === 'shared') found.add(part);
  };
  visit(expression);
  return [...found];
}

/** Is there a part that comes from `source`, in the expression itself or in its variables? */
export function uses(expression: Expression, source: ChannelSource): boolean {
  const inside = (part: Expression): boolean => {
    if (part.kind === 'channel') return part.source === source;
    // A variable's own variables are in the list by themselves.
    return operands(part).some((operand) => operand.kind !== 'shared' && inside(operand));
  };
  return [expression, ...sharedParts(expression)].some(inside);
}

/** The same formula over s where it was over s'. `moved` keeps what is shared shared: one a task. */
export function beforeStep(
  expression: Expression,
  moved: Map<SharedExpression, SharedExpression>,
): Expression {
  const move = (part: Expression) => beforeStep(part, moved);
  switch (expression.kind) {
    case 'constant':
      return expression;
    case 'channel':
      return { ...expression, source: 'before' };
    case 'unary':
      return unary(expression.op, move(expression.operand));
    case 'binary':
      return binary(expression.op, move(expression.left), move(expression.right));
    case 'choose': {
      const { condition, yes, no } = expression;
      return { kind: 'choose', condition: move(condition), yes: move(yes), no: move(no) };
    }
    case 'shared': {
      const known = moved.get(expression) ?? { kind: 'shared', value: move(expression.value) };
      moved.set(expression, known);
      return known;
    }
  }
}
