import * as tf from '@tensorflow/tfjs-core';
import type { BinaryOp, ChannelSource, Expression, UnaryOp } from './expression';

/** f(s, a, s') of many transitions: [..., observations], [..., actions], [..., observations] → [...], float32. */
export type TensorFormula = (before: tf.Tensor, action: tf.Tensor, after: tf.Tensor) => tf.Tensor;

// Truth values are float32 1 and 0 between operations, so that every operation takes what any other gives.
const asNumber = (truth: tf.Tensor) => tf.cast(truth, 'float32');
const asTruth = (number: tf.Tensor) => tf.notEqual(number, tf.scalar(0));

const UNARY: Record<UnaryOp, (x: tf.Tensor) => tf.Tensor> = {
  negate: tf.neg,
  not: (x) => asNumber(tf.equal(x, tf.scalar(0))),
  abs: tf.abs,
  sqrt: tf.sqrt,
  exp: tf.exp,
  log: tf.log,
  sin: tf.sin,
  cos: tf.cos,
  tan: tf.tan,
  tanh: tf.tanh,
  sign: tf.sign,
  square: tf.square,
  floor: tf.floor,
};

const BINARY: Record<BinaryOp, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  add: tf.add,
  subtract: tf.sub,
  multiply: tf.mul,
  divide: tf.div,
  power: tf.pow,
  min: tf.minimum,
  max: tf.maximum,
  less: (a, b) => asNumber(tf.less(a, b)),
  lessEqual: (a, b) => asNumber(tf.lessEqual(a, b)),
  greater: (a, b) => asNumber(tf.greater(a, b)),
  greaterEqual: (a, b) => asNumber(tf.greaterEqual(a, b)),
  equal: (a, b) => asNumber(tf.equal(a, b)),
  notEqual: (a, b) => asNumber(tf.notEqual(a, b)),
  and: (a, b) => asNumber(tf.logicalAnd(asTruth(a), asTruth(b))),
  or: (a, b) => asNumber(tf.logicalOr(asTruth(a), asTruth(b))),
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
    const value = evaluate(expression, column);
    // A formula without channels gives one number for the whole batch.
    return value.rank === 0 ? tf.mul(value, tf.ones(batch)) : tf.reshape(value, batch);
  };
}

function evaluate(
  expression: Expression,
  column: (source: ChannelSource, index: number) => tf.Tensor,
): tf.Tensor {
  switch (expression.kind) {
    case 'constant':
      return tf.scalar(expression.value);
    case 'channel':
      return column(expression.source, expression.index);
    case 'unary':
      return UNARY[expression.op](evaluate(expression.operand, column));
    case 'binary':
      return BINARY[expression.op](evaluate(expression.left, column), evaluate(expression.right, column));
    case 'choose':
      return tf.where(
        asTruth(evaluate(expression.condition, column)),
        evaluate(expression.yes, column),
        evaluate(expression.no, column),
      );
  }
}
