import * as tf from '@tensorflow/tfjs-core';
import { broadcastPair, type Case, type Operand, planned, shapeOf } from './referee';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const anyShape = shapeOf({ min: 0, max: 4 });

const unary = (kernel: string, f: Unary, range: Partial<Operand> = {}, differentiable = true): Case =>
  planned(
    { kernels: [kernel], name: kernel, differentiable },
    anyShape,
    (shape) => ({ x: { shape, ...range } }),
    ({ x }) => f(x as tf.Tensor),
  );

const binary = (
  kernel: string,
  f: Binary,
  ranges: { a?: Partial<Operand>; b?: Partial<Operand> } = {},
  differentiable = true,
): Case =>
  planned(
    { kernels: [kernel], name: kernel, differentiable },
    broadcastPair,
    ({ a, b }) => ({ a: { shape: a, ...ranges.a }, b: { shape: b, ...ranges.b } }),
    ({ a, b }) => f(a as tf.Tensor, b as tf.Tensor),
  );

const positive = { low: 0.2, high: 3 };
const inside = { low: -0.9, high: 0.9 };
const integers = { dtype: 'int32', low: 1, high: 6 } as const;
const signed = { dtype: 'int32', low: -6, high: 6 } as const;
const truths = { dtype: 'bool' } as const;

const smooth: Case[] = [
  unary('Abs', tf.abs),
  unary('Neg', tf.neg),
  unary('Exp', tf.exp),
  unary('Expm1', tf.expm1),
  { ...unary('Expm1', tf.expm1, { low: -1e-4, high: 1e-4 }), name: 'Expm1 near zero', magnitude: 0 },
  unary('Log', tf.log, positive),
  unary('Log1p', tf.log1p, { low: -0.8, high: 4 }),
  { ...unary('Log1p', tf.log1p, { low: -1e-4, high: 1e-4 }), name: 'Log1p near zero', magnitude: 0 },
  unary('Sqrt', tf.sqrt, positive),
  unary('Rsqrt', tf.rsqrt, positive),
  unary('Reciprocal', tf.reciprocal, positive),
  unary('Square', tf.square),
  unary('Erf', tf.erf),
  unary('Sin', tf.sin),
  unary('Cos', tf.cos),
  unary('Tan', tf.tan, inside),
  unary('Asin', tf.asin, inside),
  unary('Acos', tf.acos, inside),
  unary('Atan', tf.atan),
  unary('Sinh', tf.sinh),
  unary('Cosh', tf.cosh),
  unary('Tanh', tf.tanh, { low: -4, high: 4 }),
  unary('Asinh', tf.asinh),
  unary('Acosh', tf.acosh, { low: 1.1, high: 4 }),
  unary('Atanh', tf.atanh, inside),
  unary('Identity', tf.clone),
];

const activations: Case[] = [
  unary('Relu', tf.relu),
  unary('Relu6', tf.relu6, { low: -3, high: 9 }),
  unary('LeakyRelu', (x) => tf.leakyRelu(x, 0.1)),
  unary('Elu', tf.elu),
  unary('Selu', tf.selu),
  unary('Sigmoid', tf.sigmoid, { low: -5, high: 5 }),
  unary('Softplus', tf.softplus, { low: -5, high: 5 }),
  unary('ClipByValue', (x) => tf.clipByValue(x, -0.5, 1)),
  planned(
    { kernels: ['Prelu'], name: 'Prelu' },
    shapeOf({ min: 2, max: 3 }),
    (shape) => ({ x: { shape }, alpha: { shape: shape.slice(1), low: 0.1, high: 0.5 } }),
    ({ x, alpha }) => tf.prelu(x as tf.Tensor, alpha as tf.Tensor),
  ),
];

const steps: Case[] = [
  unary('Sign', tf.sign),
  unary('Ceil', tf.ceil),
  unary('Floor', tf.floor),
  unary('Round', tf.round),
  unary('Step', (x) => tf.step(x, 0.3)),
  { ...unary('Step', (x) => tf.step(x), signed, false), name: 'Step of integers' },
  unary('IsNan', (x) => tf.isNaN(tf.log(x)), {}, false),
  unary('IsInf', (x) => tf.isInf(tf.div(x, tf.round(x))), {}, false),
  unary('IsFinite', (x) => tf.isFinite(tf.log(tf.round(x))), {}, false),
  unary('LogicalNot', (x) => tf.logicalNot(x), truths, false),
  unary('Cast', (x) => tf.cast(tf.cast(tf.mul(x, 10), 'int32'), 'float32'), {}, false),
  { ...unary('Cast', (x) => tf.cast(x, 'bool'), signed, false), name: 'Cast to bool' },
  { ...unary('Cast', (x) => tf.mul(x, tf.cast(tf.greater(x, 0), 'float32'))), name: 'Cast of a comparison' },
];

const arithmetic: Case[] = [
  binary('Add', tf.add),
  binary('Sub', tf.sub),
  binary('Multiply', tf.mul),
  binary('RealDiv', tf.div, { b: positive }),
  binary('Maximum', tf.maximum),
  binary('Minimum', tf.minimum),
  binary('Pow', tf.pow, { a: positive }),
  binary('SquaredDifference', tf.squaredDifference),
  binary('Atan2', tf.atan2),
  binary('Mod', tf.mod, { b: positive }),
  { ...binary('Mod', tf.mod, { b: { low: -3, high: -0.2 } }), name: 'Mod by negative numbers' },
  { ...binary('Mod', tf.mod, { a: signed, b: integers }, false), name: 'Mod of integers' },
  binary('FloorDiv', tf.floorDiv, { a: signed, b: integers }, false),
  { ...binary('Add', tf.add, { a: signed, b: signed }, false), name: 'Add of integers' },
  { ...binary('Maximum', tf.maximum, { a: signed, b: signed }, false), name: 'Maximum of integers' },
  { ...binary('RealDiv', tf.div, { a: signed, b: integers }, false), name: 'RealDiv of integers' },
  planned(
    { kernels: ['AddN'], name: 'AddN' },
    anyShape,
    (shape) => ({ a: { shape }, b: { shape }, c: { shape } }),
    (inputs) => tf.addN(Object.values(inputs)),
  ),
];

const comparisons: Case[] = [
  binary('Equal', tf.equal, { a: signed, b: signed }, false),
  binary('NotEqual', tf.notEqual, { a: signed, b: signed }, false),
  binary('Less', tf.less, { a: signed, b: signed }, false),
  binary('LessEqual', tf.lessEqual, { a: signed, b: signed }, false),
  binary('Greater', tf.greater, { a: signed, b: signed }, false),
  binary('GreaterEqual', tf.greaterEqual, { a: signed, b: signed }, false),
  { ...binary('Equal', tf.equal, { a: truths, b: truths }, false), name: 'Equal of truths' },
  { ...binary('Less', tf.less, {}, false), name: 'Less of real numbers' },
  binary('LogicalAnd', tf.logicalAnd, { a: truths, b: truths }, false),
  binary('LogicalOr', tf.logicalOr, { a: truths, b: truths }, false),
  binary('Select', (a, b) => tf.where(tf.greater(a, b), a, b)),
  planned(
    { kernels: ['Select'], name: 'Select of truths by a flag a row', differentiable: false },
    shapeOf({ min: 2, max: 2 }),
    (shape) => ({
      flags: { shape: shape.slice(0, 1), ...truths },
      a: { shape, ...truths },
      b: { shape, ...truths },
    }),
    ({ flags, a, b }) => tf.where(tf.expandDims(flags as tf.Tensor, 1), a as tf.Tensor, b as tf.Tensor),
  ),
];

export const elementwiseCases: Case[] = [...smooth, ...activations, ...steps, ...arithmetic, ...comparisons];
