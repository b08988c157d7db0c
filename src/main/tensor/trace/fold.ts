import type { Numbers } from './graph';

/** Element-wise operators that are computed while tracing when all their operands are known. */
const FOLDS: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
  Pow: (a, b) => a ** b,
  Neg: (a) => -a,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Reciprocal: (a) => 1 / a,
};

/** The folded numbers, or undefined when the operator or the shapes are not worth it. */
export function fold(op: string, operands: readonly Numbers[], size: number): Float32Array | undefined {
  const compute = FOLDS[op];
  const [a, b] = operands;
  if (!compute || !a || operands.length > 2) return undefined;
  if (operands.some((one) => one.length !== 1 && one.length !== size)) return undefined;
  const at = (one: Numbers | undefined, i: number) => one?.[one.length === 1 ? 0 : i] ?? 0;
  return Float32Array.from({ length: size }, (_, i) => compute(at(a, i), at(b, i)));
}

/** The number x for which `op(other, x)` is `other`, and on which sides it may stand. */
const NEUTRAL: Record<string, { value: number; left: boolean }> = {
  Add: { value: 0, left: true },
  Sub: { value: 0, left: false },
  Mul: { value: 1, left: true },
  Div: { value: 1, left: false },
};

/** Index of the operand that the whole operation equals, because the other one changes nothing. */
export function neutralised(op: string, operands: readonly (Numbers | undefined)[]): number | undefined {
  const neutral = NEUTRAL[op];
  if (!neutral || operands.length !== 2) return undefined;
  const isNeutral = (one: Numbers | undefined) => one?.length === 1 && one[0] === neutral.value;
  if (isNeutral(operands[1])) return 0;
  return neutral.left && isNeutral(operands[0]) ? 1 : undefined;
}
