import type { DataType } from '@tensorflow/tfjs-core';
import type { ElementType } from '../../onnx/model';
import { type Emitter, emitter, listEmitter } from '../emitter';
import type { Ref } from '../graph';
import { broadcast, type Trace } from '../trace';

type Formula = (trace: Trace, a: Ref, b: Ref) => Ref;

/** A kernel of two inputs that broadcast against each other. */
const elementwise = (formula: Formula, dtype?: DataType): Emitter =>
  emitter((t, { a, b }) => t.tensor(formula(t, t.of(a), t.of(b)), broadcast(a.shape, b.shape), dtype));

const sameType = (op: string): Emitter => elementwise((t, a, b) => t.map(op, [a, b]));

/** ONNX compares numbers, tfjs also booleans. */
const comparable = (t: Trace, x: Ref): Ref => (x.type === 'bool' ? t.cast(x, 'int32') : x);

const comparison = (op: string): Emitter =>
  elementwise((t, a, b) => t.map(op, [comparable(t, a), comparable(t, b)], 'bool'), 'bool');

const logical = (op: string): Emitter =>
  elementwise((t, a, b) => t.map(op, [t.cast(a, 'bool'), t.cast(b, 'bool')], 'bool'), 'bool');

const negative = (t: Trace, x: Ref): Ref => t.map('Less', [x, t.scalar(0, x.type)], 'bool');
const isZero = (t: Trace, x: Ref): Ref => t.map('Equal', [x, t.scalar(0, x.type)], 'bool');
const choose = (t: Trace, condition: Ref, yes: Ref, no: Ref, type: ElementType): Ref =>
  t.map('Where', [condition, yes, no], type);

/** Remainder with the sign of the divisor, as in TensorFlow. */
function floorMod(t: Trace, a: Ref, b: Ref): Ref {
  if (a.type !== 'float32') return t.map('Mod', [a, b]);
  const remainder = t.map('Mod', [a, b], undefined, { fmod: 1 });
  const differ = t.map('Xor', [negative(t, a), negative(t, b)], 'bool');
  const shifted = t.map('Mod', [t.map('Add', [remainder, b]), b], undefined, { fmod: 1 });
  return choose(t, differ, shifted, remainder, 'float32');
}

function floorDivide(t: Trace, a: Ref, b: Ref): Ref {
  const quotient = t.map('Div', [t.cast(a, 'float32'), t.cast(b, 'float32')]);
  return t.cast(t.map('Floor', [quotient]), 'int32');
}

/** Angle of the point (x, y), from the arc tangent of y/x and the half-plane; 0 at the origin. */
function atan2(t: Trace, y: Ref, x: Ref): Ref {
  const principal = t.map('Atan', [t.map('Div', [y, x])]);
  const halfTurn = choose(t, negative(t, y), t.scalar(-Math.PI), t.scalar(Math.PI), 'float32');
  const angle = t.map('Add', [principal, choose(t, negative(t, x), halfTurn, t.scalar(0), 'float32')]);
  const atOrigin = t.map('And', [isZero(t, x), isZero(t, y)], 'bool');
  return choose(t, atOrigin, t.scalar(0), angle, 'float32');
}

function squaredDifference(t: Trace, a: Ref, b: Ref): Ref {
  const difference = t.map('Sub', [a, b]);
  return t.map('Mul', [difference, difference]);
}

export const binary: Record<string, Emitter> = {
  Add: sameType('Add'),
  Sub: sameType('Sub'),
  Multiply: sameType('Mul'),
  RealDiv: sameType('Div'),
  Maximum: sameType('Max'),
  Minimum: sameType('Min'),
  Pow: sameType('Pow'),
  Mod: elementwise(floorMod),
  FloorDiv: elementwise(floorDivide, 'int32'),
  Atan2: elementwise(atan2),
  SquaredDifference: elementwise(squaredDifference),
  Equal: comparison('Equal'),
  NotEqual: elementwise(
    (t, a, b) => t.map('Not', [t.map('Equal', [comparable(t, a), comparable(t, b)], 'bool')], 'bool'),
    'bool',
  ),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  Prelu: emitter((t, { x, alpha }) => {
    const [ref, slope] = [t.of(x), t.of(alpha)];
    const scaled = t.map('Mul', [ref, slope]);
    return t.tensor(choose(t, negative(t, ref), scaled, ref, 'float32'), broadcast(x.shape, alpha.shape));
  }),
  /** tfjs lets the condition be one flag per leading index of t and e. */
  Select: emitter((t, { condition, t: yes, e: no }) => {
    const flags = t.of(condition);
    const leading = condition.shape.length < yes.shape.length && condition.shape.length === 1;
    const shaped = leading
      ? t.reshape(t.expand(flags, condition.shape), [...condition.shape, ...yes.shape.slice(1).map(() => 1)])
      : flags;
    const type = t.of(yes).type;
    // Where has no kernel for booleans everywhere; as int32 the choice is the same.
    const carry: ElementType = type === 'bool' ? 'int32' : type;
    const picked = choose(
      t,
      t.cast(shaped, 'bool'),
      t.cast(t.of(yes), carry),
      t.cast(t.of(no), carry),
      carry,
    );
    return t.tensor(t.cast(picked, type), yes.shape);
  }),
  AddN: listEmitter((t, tensors) => {
    const [first, ...rest] = tensors;
    if (!first) throw new RangeError('AddN of nothing');
    const sum = rest.reduce((total, one) => t.map('Add', [total, t.of(one)]), t.of(first));
    return t.tensor(sum, first.shape);
  }),
};
