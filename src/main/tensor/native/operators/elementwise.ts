import type { ElementType, OnnxNode } from '../../onnx/model';
import {
  intOf,
  isInteger,
  type Lowering,
  type MapBuilder,
  type Operator,
  UnsupportedOperator,
} from '../lowering';
import type { MapOp } from '../map-ops';

interface Given {
  node: OnnxNode;
  /** Of the first operand. */
  type: ElementType;
  /** The number that an operand is, if it is known. */
  known(input: number): number | undefined;
}
type Formula = (b: MapBuilder, x: number[], given: Given) => number;

/** One operation, another one for integers. */
const same =
  (float: MapOp, int?: MapOp): Formula =>
  (b, x, { type }) =>
    b.do(int && isInteger(type) ? int : float, ...x);

/** x < 0 and otherwise, for activations with a bend at zero. */
const bent =
  (below: (b: MapBuilder, x: number, given: Given) => number): Formula =>
  (b, [x], given) =>
    b.do('SELECT', b.do('LT', x, b.number(0)), below(b, x, given), x);

const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

function power(b: MapBuilder, [x, exponent]: number[], { known, type }: Given): number {
  const times = isInteger(type) ? 'IMUL' : 'MUL';
  switch (known(1)) {
    case 2:
      return b.do(times, x, x);
    case 3:
      return b.do(times, b.do(times, x, x), x);
  }
  // Single precision has too few digits for them.
  if (isInteger(type)) throw new UnsupportedOperator('Pow of integers');
  return known(1) === -1 ? b.do('RECIP', x) : b.do('POW', x, exponent);
}

const FORMULAS: Record<string, Formula> = {
  Add: same('ADD', 'IADD'),
  Sub: same('SUB', 'ISUB'),
  Mul: same('MUL', 'IMUL'),
  Div: same('DIV', 'IDIV'),
  Max: same('MAX', 'IMAX'),
  Min: same('MIN', 'IMIN'),
  Pow: power,
  Mod: same('FMOD', 'IMOD'),
  Neg: same('NEG', 'INEG'),
  Abs: same('ABS', 'IABS'),
  Sign: same('SIGN', 'ISIGN'),
  Floor: same('FLOOR', 'COPY'),
  Ceil: same('CEIL', 'COPY'),
  Round: same('ROUND', 'COPY'),
  Equal: same('EQ', 'IEQ'),
  Less: same('LT', 'ILT'),
  LessOrEqual: same('LE', 'ILE'),
  Greater: same('GT', 'IGT'),
  GreaterOrEqual: same('GE', 'IGE'),
  Where: same('SELECT'),
  And: same('AND'),
  Or: same('OR'),
  Xor: same('XOR'),
  Not: same('NOT'),
  IsNaN: same('IS_NAN'),
  IsInf: same('IS_INF'),
  Exp: same('EXP'),
  Log: same('LOG'),
  Sqrt: same('SQRT'),
  Reciprocal: same('RECIP'),
  Erf: same('ERF'),
  Sin: same('SIN'),
  Cos: same('COS'),
  Tan: same('TAN'),
  Asin: same('ASIN'),
  Acos: same('ACOS'),
  Atan: same('ATAN'),
  Sinh: same('SINH'),
  Cosh: same('COSH'),
  Tanh: same('TANH'),
  Asinh: same('ASINH'),
  Acosh: same('ACOSH'),
  Atanh: same('ATANH'),
  Sigmoid: same('SIGMOID'),
  Softplus: same('SOFTPLUS'),
  Relu: (b, [x], { type }) => (isInteger(type) ? b.do('IMAX', x, b.number(0, 'int32')) : b.do('RELU', x)),
  Elu: bent((b, x) => b.do('EXPM1', x)),
  Selu: (b, [x]) => {
    const below = b.do('MUL', b.do('EXPM1', x), b.number(SELU.alpha));
    return b.do('MUL', b.do('SELECT', b.do('LT', x, b.number(0)), below, x), b.number(SELU.scale));
  },
  LeakyRelu: bent((b, x, { node }) => {
    const { alpha } = node.attributes;
    return b.do('MUL', x, b.number(typeof alpha === 'object' && 'float' in alpha ? alpha.float : 0.01));
  }),
  Clip: (b, [x, low, high], { type }) =>
    isInteger(type) ? b.do('IMIN', b.do('IMAX', x, low), high) : b.do('CLIP', x, low, high),
};

const elementwise =
  (formula: Formula): Operator =>
  (lowering, node) => {
    const { shape, type } = lowering.info(node.outputs[0]);
    const inputs = node.inputs.map((name) => lowering.view(name));
    const given: Given = {
      node,
      type: inputs[0]?.type ?? 'float32',
      known: (input) => {
        const { buffer } = inputs[input] ?? {};
        return buffer?.content?.length === 1 ? buffer.content[0] : undefined;
      },
    };
    const formed = (b: MapBuilder) =>
      formula(
        b,
        inputs.map((view) => b.load(view)),
        given,
      );
    lowering.define(node.outputs[0], lowering.map(shape, type, formed));
  };

/** Booleans are floats and int64 is int32, so that some casts do nothing. */
const CASTS: Partial<Record<ElementType, Partial<Record<ElementType, MapOp>>>> = {
  float32: { int32: 'F2I', int64: 'F2I', bool: 'F2B' },
  bool: { int32: 'F2I', int64: 'F2I' },
  int32: { float32: 'I2F', bool: 'I2B' },
  int64: { float32: 'I2F', bool: 'I2B' },
};

function cast(lowering: Lowering, node: OnnxNode): void {
  const { shape, type } = lowering.info(node.outputs[0]);
  const view = lowering.view(node.inputs[0]);
  const op = CASTS[view.type]?.[type];
  const made = op ? lowering.map(shape, type, (b) => b.do(op, b.load(view))) : { ...view, type };
  lowering.define(node.outputs[0], made);
}

function softmax(lowering: Lowering, node: OnnxNode): void {
  const x = lowering.view(node.inputs[0]);
  const axis = intOf(node.attributes.axis, -1);
  const at = axis < 0 ? axis + x.shape.length : axis;
  const reduced = (op: 'sum' | 'max', from: typeof x) => lowering.reduce(op, from, [at]);
  const shifted = lowering.map(x.shape, 'float32', (b) =>
    b.do('EXP', b.do('SUB', b.load(x), b.load(reduced('max', x)))),
  );
  const sum = reduced('sum', shifted);
  lowering.define(
    node.outputs[0],
    lowering.map(x.shape, 'float32', (b) => b.do('DIV', b.load(shifted), b.load(sum))),
  );
}

export const ELEMENTWISE: Record<string, Operator> = {
  ...Object.fromEntries(Object.entries(FORMULAS).map(([op, formula]) => [op, elementwise(formula)])),
  Cast: cast,
  Softmax: softmax,
};
