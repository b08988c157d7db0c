import {
  abs,
  add,
  cast,
  cos,
  cosh,
  div,
  elu,
  exp,
  expm1,
  floor,
  greater,
  greaterEqual,
  type LeakyReluAttrs,
  less,
  lessEqual,
  log,
  logicalAnd,
  logicalNot,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  rsqrt,
  selu,
  sigmoid,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  sub,
  type Tensor,
  tan,
  tanh,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { type Gradient, gradient, unbroadcast } from './gradient';

/** Constants of SELU (Klambauer et al. 2017). */
const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

/** Of a function of one tensor, from its input. */
const fromInput = (derivative: (dy: Tensor, x: Tensor) => Tensor): Gradient =>
  gradient({ inputs: ['x'] }, (dy, [x]) => ({ x: () => derivative(dy, x) }));

/**
 * Of a function of one tensor, from its output. That is computed again from the input rather than saved: tfjs notes a
 * saved output before the kernel that made it, so that a second derivative would take it for a constant. In a compiled
 * program both are the same node.
 */
const fromOutput = (of: (x: Tensor) => Tensor, derivative: (dy: Tensor, y: Tensor) => Tensor): Gradient =>
  gradient({ inputs: ['x'] }, (dy, [x]) => ({ x: () => derivative(dy, of(x)) }));

/** Of a function of two tensors that broadcast against each other. */
const ofTwo = (
  forA: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
  forB: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
): Gradient =>
  gradient({ inputs: ['a', 'b'] }, (dy, [a, b]) => ({
    a: () => unbroadcast(forA(dy, a, b), a.shape),
    b: () => unbroadcast(forB(dy, a, b), b.shape),
  }));

/** Of a function that is constant almost everywhere. */
const flat = (...inputs: string[]): Gradient =>
  gradient({ inputs }, (_, saved) =>
    Object.fromEntries(inputs.map((name, i) => [name, () => zeros(saved[i]?.shape ?? [])])),
  );

const onlyWhere = (condition: Tensor, dy: Tensor): Tensor => where(condition, dy, zerosLike(dy));
const between = (x: Tensor, low: number, high: number): Tensor =>
  logicalAnd(greaterEqual(x, low), lessEqual(x, high));

const flatKernels = {
  ...Object.fromEntries(['Ceil', 'Floor', 'Round', 'Sign', 'Step'].map((name) => [name, flat('x')])),
  ...Object.fromEntries(
    ['IsNan', 'IsInf', 'IsFinite', 'LogicalNot', 'All', 'Any'].map((name) => [name, flat('x')]),
  ),
  ...Object.fromEntries(['OnesLike', 'ZerosLike', 'ArgMax', 'ArgMin'].map((name) => [name, flat('x')])),
  ...Object.fromEntries(['Equal', 'NotEqual', 'FloorDiv'].map((name) => [name, flat('a', 'b')])),
  ...Object.fromEntries(
    ['Less', 'LessEqual', 'Greater', 'GreaterEqual'].map((name) => [name, flat('a', 'b')]),
  ),
  ...Object.fromEntries(['LogicalAnd', 'LogicalOr'].map((name) => [name, flat('a', 'b')])),
  OneHot: flat('indices'),
};

const ofOne = {
  Abs: fromInput((dy, x) => mul(dy, sign(x))),
  Neg: gradient({}, (dy) => ({ x: () => neg(dy) })),
  Identity: gradient({}, (dy) => ({ x: () => cast(dy, 'float32') })),
  Cast: gradient({}, (dy) => ({ x: () => cast(dy, 'float32') })),
  Square: fromInput((dy, x) => mul(dy, mul(x, 2))),
  Sqrt: fromOutput(sqrt, (dy, y) => div(mul(dy, 0.5), y)),
  Rsqrt: fromOutput(rsqrt, (dy, y) => mul(mul(dy, -0.5), mul(y, square(y)))),
  Reciprocal: fromOutput(reciprocal, (dy, y) => neg(mul(dy, square(y)))),
  Exp: fromOutput(exp, (dy, y) => mul(dy, y)),
  Expm1: fromOutput(expm1, (dy, y) => mul(dy, add(y, 1))),
  Log: fromInput((dy, x) => div(dy, x)),
  Log1p: fromInput((dy, x) => div(dy, add(x, 1))),
  Sin: fromInput((dy, x) => mul(dy, cos(x))),
  Cos: fromInput((dy, x) => neg(mul(dy, sin(x)))),
  Tan: fromOutput(tan, (dy, y) => mul(dy, add(square(y), 1))),
  Asin: fromInput((dy, x) => div(dy, sqrt(sub(1, square(x))))),
  Acos: fromInput((dy, x) => neg(div(dy, sqrt(sub(1, square(x)))))),
  Atan: fromInput((dy, x) => div(dy, add(square(x), 1))),
  Sinh: fromInput((dy, x) => mul(dy, cosh(x))),
  Cosh: fromInput((dy, x) => mul(dy, sinh(x))),
  Tanh: fromOutput(tanh, (dy, y) => mul(dy, sub(1, square(y)))),
  Asinh: fromInput((dy, x) => div(dy, sqrt(add(square(x), 1)))),
  Acosh: fromInput((dy, x) => div(dy, sqrt(sub(square(x), 1)))),
  Atanh: fromInput((dy, x) => div(dy, sub(1, square(x)))),
  Erf: fromInput((dy, x) => mul(mul(dy, 2 / Math.sqrt(Math.PI)), exp(neg(square(x))))),
  Sigmoid: fromOutput(sigmoid, (dy, y) => mul(dy, mul(y, sub(1, y)))),
  Softplus: fromInput((dy, x) => mul(dy, sigmoid(x))),
  Relu: fromInput((dy, x) => onlyWhere(greater(x, 0), dy)),
  Relu6: fromInput((dy, x) => onlyWhere(between(x, 0, 6), dy)),
  Elu: fromOutput(elu, (dy, y) => mul(dy, add(minimum(y, 0), 1))),
  Selu: fromOutput(selu, (dy, y) =>
    where(greater(y, 0), mul(dy, SELU_SCALE), mul(dy, add(y, SELU_SCALE_ALPHA))),
  ),
  LeakyRelu: gradient<LeakyReluAttrs>({ inputs: ['x'] }, (dy, [x], { alpha }) => ({
    x: () => where(greater(x, 0), dy, mul(dy, alpha)),
  })),
  ClipByValue: gradient<{ clipValueMin: number; clipValueMax: number }>(
    { inputs: ['x'] },
    (dy, [x], limits) => ({
      x: () => onlyWhere(between(x, limits.clipValueMin, limits.clipValueMax), dy),
    }),
  ),
};

const ofSeveral = {
  Add: ofTwo(
    (dy) => dy,
    (dy) => dy,
  ),
  Sub: ofTwo(
    (dy) => dy,
    (dy) => neg(dy),
  ),
  Multiply: ofTwo(
    (dy, _, b) => mul(dy, cast(b, 'float32')),
    (dy, a) => mul(dy, cast(a, 'float32')),
  ),
  RealDiv: ofTwo(
    (dy, _, b) => div(dy, b),
    (dy, a, b) => neg(div(mul(dy, a), square(b))),
  ),
  SquaredDifference: ofTwo(
    (dy, a, b) => mul(dy, mul(sub(a, b), 2)),
    (dy, a, b) => mul(dy, mul(sub(b, a), 2)),
  ),
  /** At a tie the first operand takes the whole gradient. */
  Maximum: ofTwo(
    (dy, a, b) => onlyWhere(greaterEqual(a, b), dy),
    (dy, a, b) => onlyWhere(less(a, b), dy),
  ),
  Minimum: ofTwo(
    (dy, a, b) => onlyWhere(lessEqual(a, b), dy),
    (dy, a, b) => onlyWhere(greater(a, b), dy),
  ),
  Pow: ofTwo(
    (dy, a, b) => mul(dy, mul(b, pow(a, sub(b, 1)))),
    // The logarithm of what is not positive has no place here: 0 as in TensorFlow.
    (dy, a, b) => mul(dy, mul(pow(a, b), where(greater(a, 0), log(abs(a)), zerosLike(a)))),
  ),
  Mod: ofTwo(
    (dy) => dy,
    (dy, a, b) => neg(mul(dy, floor(div(a, b)))),
  ),
  Atan2: ofTwo(
    (dy, a, b) => mul(dy, div(b, add(square(a), square(b)))),
    (dy, a, b) => neg(mul(dy, div(a, add(square(a), square(b))))),
  ),
  Prelu: gradient({ inputs: ['x', 'alpha'] }, (dy, [x, alpha]) => ({
    x: () => where(greater(x, 0), dy, mul(dy, alpha)),
    alpha: () => unbroadcast(where(greater(x, 0), zerosLike(dy), mul(dy, x)), alpha.shape),
  })),
  Select: gradient({ inputs: ['condition'] }, (dy, [condition]) => ({
    condition: () => zeros(condition.shape),
    t: () => onlyWhere(condition, dy),
    e: () => onlyWhere(logicalNot(condition), dy),
  })),
};

export const elementwiseGradients: Record<string, Gradient> = { ...flatKernels, ...ofOne, ...ofSeveral };
