// The numbers of the instruction encoding, version 1. src/main/tensor/native keeps the same table in TypeScript; a test
// compares the two. native/README.md says what every word means.
#pragma once

#include <cstdint>

namespace foresight {

constexpr int32_t ABI_VERSION = 1;

enum Space : int32_t {
  SPACE_NONE = -1,
  SPACE_CONSTANT = 0,
  SPACE_ARENA = 1,
  SPACE_LOCAL = 2,
  SPACE_INPUT = 3,
  SPACE_OUTPUT = 4,
};

enum Kind : int32_t { KIND_WORDS = 0, KIND_BYTES = 1 };

enum Opcode : int32_t {
  OP_REGION = 1,
  OP_MATMUL = 2,
  OP_MAP = 3,
  OP_REDUCE = 4,
  OP_GATHER = 5,
  OP_SCATTER = 6,
  OP_SCAN = 7,
  OP_TOPK = 8,
};

enum Activation : int32_t { ACT_NONE = 0, ACT_RELU = 1, ACT_SILU = 2, ACT_TANH = 3, ACT_SIGMOID = 4, ACT_COUNT = 5 };

enum MatmulFlag : int32_t { MATMUL_ACCUMULATE = 1 };

enum ReduceKind : int32_t {
  REDUCE_SUM = 0,
  REDUCE_MEAN = 1,
  REDUCE_MAX = 2,
  REDUCE_MIN = 3,
  REDUCE_PROD = 4,
  REDUCE_ARGMAX = 5,
  REDUCE_ARGMIN = 6,
  REDUCE_ISUM = 7,
  REDUCE_IMAX = 8,
  REDUCE_IMIN = 9,
  REDUCE_SUMSQ = 10,
  REDUCE_COUNT = 11,
};

enum ScatterMode : int32_t { SCATTER_SET = 0, SCATTER_ADD = 1 };
enum ScanKind : int32_t { SCAN_SUM = 0, SCAN_PRODUCT = 1 };
enum ScanFlag : int32_t { SCAN_EXCLUSIVE = 1, SCAN_REVERSE = 2 };

// name, number, operands: the byte code of MAP.
#define FORESIGHT_MAP_OPS(X) \
  X(COPY, 0, 1) X(NEG, 1, 1) X(ABS, 2, 1) X(SIGN, 3, 1) X(FLOOR, 4, 1) X(CEIL, 5, 1) X(ROUND, 6, 1) X(SQRT, 7, 1) \
  X(RSQRT, 8, 1) X(RECIP, 9, 1) X(EXP, 10, 1) X(EXPM1, 11, 1) X(LOG, 12, 1) X(LOG1P, 13, 1) X(TANH, 14, 1) \
  X(SIGMOID, 15, 1) X(SILU, 16, 1) X(SOFTPLUS, 17, 1) X(RELU, 18, 1) X(ERF, 19, 1) X(SIN, 20, 1) X(COS, 21, 1) \
  X(TAN, 22, 1) X(ASIN, 23, 1) X(ACOS, 24, 1) X(ATAN, 25, 1) X(SINH, 26, 1) X(COSH, 27, 1) X(ASINH, 28, 1) \
  X(ACOSH, 29, 1) X(ATANH, 30, 1) X(IS_NAN, 31, 1) X(IS_INF, 32, 1) X(IS_FINITE, 33, 1) X(NOT, 34, 1) \
  X(SQUARE, 35, 1) X(TRUNC, 36, 1) \
  X(ADD, 64, 2) X(SUB, 65, 2) X(MUL, 66, 2) X(DIV, 67, 2) X(MIN, 68, 2) X(MAX, 69, 2) X(POW, 70, 2) X(MOD, 71, 2) \
  X(FMOD, 72, 2) X(ATAN2, 73, 2) X(EQ, 74, 2) X(NE, 75, 2) X(LT, 76, 2) X(LE, 77, 2) X(GT, 78, 2) X(GE, 79, 2) \
  X(AND, 80, 2) X(OR, 81, 2) X(XOR, 82, 2) \
  X(FMA, 96, 3) X(SELECT, 97, 3) X(CLIP, 98, 3) \
  X(IADD, 128, 2) X(ISUB, 129, 2) X(IMUL, 130, 2) X(IDIV, 131, 2) X(IREM, 132, 2) X(IMOD, 133, 2) X(IMIN, 134, 2) \
  X(IMAX, 135, 2) X(INEG, 136, 1) X(IABS, 137, 1) X(ISIGN, 138, 1) X(IEQ, 139, 2) X(INE, 140, 2) X(ILT, 141, 2) \
  X(ILE, 142, 2) X(IGT, 143, 2) X(IGE, 144, 2) \
  X(I2F, 160, 1) X(F2I, 161, 1) X(F2B, 162, 1) X(I2B, 163, 1)

enum MapOp : int32_t {
#define X(name, number, arity) MAP_##name = number,
  FORESIGHT_MAP_OPS(X)
#undef X
  MAP_OP_LIMIT = 164,
};

constexpr int32_t OPERAND_WORDS = 9;
constexpr int32_t MAX_MAP_INPUTS = 64;
constexpr int32_t MAX_MAP_OPS = 1024;
constexpr int32_t MAX_MAP_OUTPUTS = 64;

}  // namespace foresight
