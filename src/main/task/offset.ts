import { binary, constant, type Expression, type SharedExpression, unary, uses } from './expression';
import { numberFormula } from './numbers';

/** A formula as a number that is the same in every transition, plus the rest. */
export interface Split {
  offset: number;
  varying: Expression;
}

/**
 * Takes out of a sum what does not depend on the transition: "1e7 - square(x)" is 1e7 and −x². A return is summed in
 * float32, where 10⁷ leaves nothing of what candidates differ by; and whatever the constant is, the rest is computed alike.
 * Constants are found in sums, through their negation, through multiples by a number, in variables, and where both
 * branches of a choice, of min or of max have the same one.
 */
export function splitOffset(expression: Expression): Split {
  const split = splitter()(expression);
  return Number.isFinite(split.offset) ? split : { offset: 0, varying: expression };
}

function splitter(): (expression: Expression) => Split {
  // One variable stays one, wherever it is used.
  const variables = new Map<SharedExpression, Split>();
  const split = (expression: Expression): Split => {
    const whole = { offset: 0, varying: expression };
    const value = constantValue(expression);
    if (value !== undefined) return { offset: value, varying: constant(0) };
    switch (expression.kind) {
      case 'shared': {
        const known = variables.get(expression) ?? shared(expression, split(expression.value));
        variables.set(expression, known);
        return known;
      }
      case 'unary': {
        if (expression.op !== 'negate') return whole;
        const { offset, varying } = split(expression.operand);
        return offset === 0 ? whole : { offset: -offset, varying: unary('negate', varying) };
      }
      case 'choose': {
        const [yes, no] = [split(expression.yes), split(expression.no)];
        if (yes.offset === 0 || yes.offset !== no.offset) return whole;
        return { offset: yes.offset, varying: { ...expression, yes: yes.varying, no: no.varying } };
      }
      case 'binary':
        return ofBinary(expression, split) ?? whole;
      default:
        return whole;
    }
  };
  return split;
}

const shared = (expression: SharedExpression, { offset, varying }: Split): Split => ({
  offset,
  varying: offset === 0 ? expression : { kind: 'shared', value: varying },
});

/** Undefined where there is nothing to take out. */
function ofBinary(
  { op, left, right }: Extract<Expression, { kind: 'binary' }>,
  split: (expression: Expression) => Split,
): Split | undefined {
  switch (op) {
    case 'add':
    case 'subtract': {
      const [a, b] = [split(left), split(right)];
      if (a.offset === 0 && b.offset === 0) return undefined;
      return {
        offset: op === 'add' ? a.offset + b.offset : a.offset - b.offset,
        varying: sum(op, a.varying, b.varying),
      };
    }
    case 'multiply':
    case 'divide': {
      const [factor, other] = [constantValue(right), left];
      if (factor !== undefined) {
        const { offset, varying } = split(other);
        if (offset === 0) return undefined;
        return {
          offset: op === 'multiply' ? offset * factor : offset / factor,
          varying: binary(op, varying, right),
        };
      }
      const before = op === 'multiply' ? constantValue(left) : undefined;
      if (before === undefined) return undefined;
      const { offset, varying } = split(right);
      return offset === 0 ? undefined : { offset: before * offset, varying: binary(op, left, varying) };
    }
    case 'min':
    case 'max': {
      const [a, b] = [split(left), split(right)];
      if (a.offset === 0 || a.offset !== b.offset) return undefined;
      return { offset: a.offset, varying: binary(op, a.varying, b.varying) };
    }
    default:
      return undefined;
  }
}

/** a ± b without adding nothing. */
function sum(op: 'add' | 'subtract', a: Expression, b: Expression): Expression {
  const nothing = (part: Expression) => part.kind === 'constant' && part.value === 0;
  if (nothing(b)) return a;
  if (nothing(a)) return op === 'add' ? b : unary('negate', b);
  return binary(op, a, b);
}

/** The value of what depends on no channel. */
function constantValue(expression: Expression): number | undefined {
  if (expression.kind === 'channel') return undefined;
  if (uses(expression, 'before') || uses(expression, 'action') || uses(expression, 'after')) return undefined;
  return numberFormula(expression)([], [], []);
}
