import * as tf from '@tensorflow/tfjs-core';
import type { BinaryOp, ChannelSource, Expression, SharedExpression, UnaryOp } from './expression';

/** f(s, a, s') of many transitions: [..., observations], [..., actions], [..., observations] → [...], float32. */
export type TensorFormula = (before: tf.Tensor, action: tf.Tensor, after: tf.Tensor) => tf.Tensor;

// A truth value stays a tensor of booleans until a number is wanted: conversions there and back cost as much as
// the comparisons themselves.
const asNumber = (x: tf.Tensor) => (x.dtype === 'bool' ? tf.cast(x, 'float32') : x);
const asTruth = (x: tf.Tensor) => (x.dtype === 'bool' ? x : tf.notEqual(x, tf.scalar(0)));

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
const ofNumber =
  (op: Unary): Unary =>
  (x) =>
    op(asNumber(x));
const ofNumbers =
  (op: Binary): Binary =>
  (a, b) =>
    op(asNumber(a), asNumber(b));

const UNARY: Record<UnaryOp, Unary> = {
  negate: ofNumber(tf.neg),
  not: (x) => tf.logicalNot(asTruth(x)),
  abs: ofNumber(tf.abs),
  sqrt: ofNumber(tf.sqrt),
  exp: ofNumber(tf.exp),
  log: ofNumber(tf.log),
  sin: ofNumber(tf.sin),
  cos: ofNumber(tf.cos),
  tan: ofNumber(tf.tan),
  tanh: ofNumber(tf.tanh),
  sign: ofNumber(tf.sign),
  square: ofNumber(tf.square),
  floor: ofNumber(tf.floor),
};

const BINARY: Record<BinaryOp, Binary> = {
  add: ofNumbers(tf.add),
  subtract: ofNumbers(tf.sub),
  multiply: ofNumbers(tf.mul),
  divide: ofNumbers(tf.div),
  power: ofNumbers(tf.pow),
  min: ofNumbers(tf.minimum),
  max: ofNumbers(tf.maximum),
  less: ofNumbers(tf.less),
  lessEqual: ofNumbers(tf.lessEqual),
  greater: ofNumbers(tf.greater),
  greaterEqual: ofNumbers(tf.greaterEqual),
  equal: ofNumbers(tf.equal),
  notEqual: ofNumbers(tf.notEqual),
  and: (a, b) => tf.logicalAnd(asTruth(a), asTruth(b)),
  or: (a, b) => tf.logicalOr(asTruth(a), asTruth(b)),
};

/** Turns a checked tree into a pure, traceable TensorFlow.js function. */
export function tensorFormula(expression: Expression): TensorFormula {
  return (before, action, after) => {
    const batch = after.shape.slice(0, -1);
    const sources: Record<ChannelSource, tf.Tensor> = { before, action, after };
    const columns = new Map<string, tf.Tensor>();
    /** [..., 1] */
    const column = (source: ChannelSource, index: number): tf.Tensor => {
      const key = `${source}${index}`;
      const known = columns.get(key);
      if (known) return known;
      const begin = [...batch.map(() => 0), index];
      const sliced = tf.slice(sources[source], begin, [...batch, 1]);
      columns.set(key, sliced);
      return sliced;
    };
    const value = asNumber(evaluate(expression, { column, variables: new Map() }));
    // A formula without channels gives one number for the whole batch.
    return value.rank === 0 ? tf.mul(value, tf.ones(batch)) : tf.reshape(value, batch);
  };
}

interface Transition {
  /** [..., 1] */
  column: (source: ChannelSource, index: number) => tf.Tensor;
  /** What is computed already. */
  variables: Map<SharedExpression, tf.Tensor>;
}

function evaluate(expression: Expression, transition: Transition): tf.Tensor {
  const part = (operand: Expression) => evaluate(operand, transition);
  switch (expression.kind) {
    case 'constant':
      return tf.scalar(expression.value);
    case 'channel':
      return transition.column(expression.source, expression.index);
    case 'unary':
      return UNARY[expression.op](part(expression.operand));
    case 'binary':
      return BINARY[expression.op](part(expression.left), part(expression.right));
    case 'choose':
      return tf.where(
        asTruth(part(expression.condition)),
        asNumber(part(expression.yes)),
        asNumber(part(expression.no)),
      );
    case 'shared': {
      const known = transition.variables.get(expression) ?? part(expression.value);
      transition.variables.set(expression, known);
      return known;
    }
  }
}
