import type { DataType, LeakyReluAttrs, StepAttrs } from '@tensorflow/tfjs-core';
import type { ElementType } from '../../onnx/model';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import { elementType, type Trace } from '../trace';

type Formula = (trace: Trace, x: Ref) => Ref;

/** A kernel of one input whose output has the input's shape. */
const elementwise = (formula: Formula): Emitter =>
  emitter((t, { x }) => t.tensor(formula(t, t.of(x)), x.shape));

const sameName = (op: string): Emitter => elementwise((t, x) => t.map(op, [x]));

const toBool = (formula: Formula): Emitter =>
  emitter((t, { x }) => t.tensor(formula(t, t.of(x)), x.shape, 'bool'));

const one = (t: Trace, x: Ref) => t.scalar(1, x.type);

/** ln(1+x) without losing a small x to rounding: ln(u) · x/(u−1) with u = 1+x as it was rounded (Kahan). */
function log1p(t: Trace, x: Ref): Ref {
  const u = t.map('Add', [x, one(t, x)]);
  const log = t.map('Log', [u]);
  const difference = t.map('Sub', [u, one(t, x)]);
  const corrected = t.map('Mul', [log, t.map('Div', [x, difference])]);
  const small = t.map('Less', [t.map('Abs', [x]), t.scalar(0.5)], 'bool');
  const tiny = t.map('Equal', [difference, t.scalar(0)], 'bool');
  return t.map('Where', [tiny, x, t.map('Where', [small, corrected, log], x.type)], x.type);
}

/** eˣ−1 without losing a small x to rounding: tanh(x/2)·(eˣ+1). */
function expm1(t: Trace, x: Ref): Ref {
  const halfTanh = t.map('Tanh', [t.map('Mul', [x, t.scalar(0.5)])]);
  return t.map('Mul', [halfTanh, t.map('Add', [t.map('Exp', [x]), t.scalar(1)])]);
}

const notFinite = (t: Trace, x: Ref): Ref =>
  t.map('Or', [t.map('IsNaN', [x], 'bool'), t.map('IsInf', [x], 'bool')], 'bool');

const ifFloat =
  (formula: Formula, otherwise: number): Formula =>
  (t, x) =>
    x.type === 'float32' ? formula(t, x) : t.constant([otherwise], [], 'bool');

const SAME_NAME = [
  ...['Abs', 'Neg', 'Sign', 'Ceil', 'Floor', 'Round', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Erf'],
  ...['Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Tanh', 'Asinh', 'Acosh', 'Atanh'],
  ...['Relu', 'Sigmoid', 'Softplus', 'Elu', 'Selu'],
];

export const unary: Record<string, Emitter> = {
  ...Object.fromEntries(SAME_NAME.map((op) => [op, sameName(op)])),
  Identity: elementwise((_, x) => x),
  Square: elementwise((t, x) => t.map('Mul', [x, x])),
  Rsqrt: elementwise((t, x) => t.map('Reciprocal', [t.map('Sqrt', [x])])),
  Expm1: elementwise(expm1),
  Log1p: elementwise(log1p),
  Relu6: elementwise((t, x) => t.map('Clip', [x, t.scalar(0, x.type), t.scalar(6, x.type)])),
  LeakyRelu: emitter<LeakyReluAttrs>((t, { x }, { alpha }) =>
    t.tensor(t.map('LeakyRelu', [t.of(x)], undefined, { alpha: { float: alpha } }), x.shape),
  ),
  /** 1 right of zero, `alpha` left of it and at it; NaN stays NaN. */
  Step: emitter<StepAttrs>((t, { x }, { alpha }) => {
    const ref = t.of(x);
    const positive = t.map('Greater', [ref, t.scalar(0, ref.type)], 'bool');
    const step = t.map('Where', [positive, one(t, ref), t.scalar(alpha, ref.type)], ref.type);
    if (ref.type !== 'float32') return t.tensor(step, x.shape);
    const notANumber = t.map('IsNaN', [ref], 'bool');
    return t.tensor(t.map('Where', [notANumber, ref, step], ref.type), x.shape);
  }),
  ClipByValue: emitter<{ clipValueMin: number; clipValueMax: number }>((t, { x }, attributes) => {
    const ref = t.of(x);
    const limits = [attributes.clipValueMin, attributes.clipValueMax].map((v) => t.scalar(v, ref.type));
    // Clip takes its limits as scalars beside the tensor, which broadcasting leaves as they are.
    return t.tensor(t.map('Clip', [ref, ...limits]), x.shape);
  }),
  LogicalNot: toBool((t, x) => t.map('Not', [t.cast(x, 'bool')], 'bool')),
  IsNan: toBool(ifFloat((t, x) => t.map('IsNaN', [x], 'bool'), 0)),
  IsInf: toBool(ifFloat((t, x) => t.map('IsInf', [x], 'bool'), 0)),
  IsFinite: toBool(ifFloat((t, x) => t.map('Not', [notFinite(t, x)], 'bool'), 1)),
  Cast: emitter<{ dtype: DataType }>((t, { x }, { dtype }) => {
    const type: ElementType = elementType(dtype);
    return t.tensor(t.cast(t.of(x), type), x.shape, dtype);
  }),
};
