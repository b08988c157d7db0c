/** Element-wise operations of the executor by name, with their numbers (native/src/abi.h). */
export const MAP_OPS = {
  ...{ COPY: 0, NEG: 1, ABS: 2, SIGN: 3, FLOOR: 4, CEIL: 5, ROUND: 6, SQRT: 7, RSQRT: 8, RECIP: 9 },
  ...{ EXP: 10, EXPM1: 11, LOG: 12, LOG1P: 13, TANH: 14, SIGMOID: 15, SILU: 16, SOFTPLUS: 17, RELU: 18 },
  ...{ ERF: 19, SIN: 20, COS: 21, TAN: 22, ASIN: 23, ACOS: 24, ATAN: 25, SINH: 26, COSH: 27 },
  ...{ ASINH: 28, ACOSH: 29, ATANH: 30, IS_NAN: 31, IS_INF: 32, NOT: 34 },
  ...{ ADD: 64, SUB: 65, MUL: 66, DIV: 67, MIN: 68, MAX: 69, POW: 70, FMOD: 72 },
  ...{ EQ: 74, LT: 76, LE: 77, GT: 78, GE: 79, AND: 80, OR: 81, XOR: 82 },
  ...{ SELECT: 97, CLIP: 98 },
  ...{ IADD: 128, ISUB: 129, IMUL: 130, IDIV: 131, IMOD: 133, IMIN: 134, IMAX: 135 },
  ...{ INEG: 136, IABS: 137, ISIGN: 138, IEQ: 139, ILT: 141, ILE: 142, IGT: 143, IGE: 144 },
  ...{ I2F: 160, F2I: 161, F2B: 162, I2B: 163 },
} as const;
export type MapOp = keyof typeof MAP_OPS;
