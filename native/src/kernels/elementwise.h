// The byte code of MAP: one loop over a block an operation, and the loads and stores of blocks with strides.
#pragma once

#include <math.h>
#include <string.h>

#include "../abi.h"
#include "../kernels.h"
#include "math.h"

namespace foresight {
namespace FORESIGHT_LEVEL {
namespace {

template <class Op>
void unary(float* dst, const float* a, size_t aStep, const float*, size_t, const float*, size_t, size_t n) {
  for (size_t i = 0; i < n; i += GROUP) {
    for (size_t j = 0; j < GROUP; j += W) store(dst + i + j, Op::of(load(a + i * aStep + j)));
  }
}
template <class Op>
void binary(float* dst, const float* a, size_t aStep, const float* b, size_t bStep, const float*, size_t, size_t n) {
  for (size_t i = 0; i < n; i += GROUP) {
    for (size_t j = 0; j < GROUP; j += W) store(dst + i + j, Op::of(load(a + i * aStep + j), load(b + i * bStep + j)));
  }
}
template <class Op>
void ternary(float* dst, const float* a, size_t aStep, const float* b, size_t bStep, const float* c, size_t cStep, size_t n) {
  for (size_t i = 0; i < n; i += GROUP) {
    for (size_t j = 0; j < GROUP; j += W) {
      store(dst + i + j, Op::of(load(a + i * aStep + j), load(b + i * bStep + j), load(c + i * cStep + j)));
    }
  }
}

/** What has no vector form: the C library, one number after the other. */
template <float (*f)(float)>
void unaryScalar(float* dst, const float* a, size_t aStep, const float*, size_t, const float*, size_t, size_t n) {
  for (size_t i = 0; i < n; i += GROUP) {
    for (size_t j = 0; j < GROUP; j++) dst[i + j] = f(a[i * aStep + j]);
  }
}
template <float (*f)(float, float)>
void binaryScalar(float* dst, const float* a, size_t aStep, const float* b, size_t bStep, const float*, size_t, size_t n) {
  for (size_t i = 0; i < n; i += GROUP) {
    for (size_t j = 0; j < GROUP; j++) dst[i + j] = f(a[i * aStep + j], b[i * bStep + j]);
  }
}

float tanScalar(float x) { return tanf(x); }
float asinScalar(float x) { return asinf(x); }
float acosScalar(float x) { return acosf(x); }
float atanScalar(float x) { return atanf(x); }
float sinhScalar(float x) { return sinhf(x); }
float coshScalar(float x) { return coshf(x); }
float asinhScalar(float x) { return asinhf(x); }
float acoshScalar(float x) { return acoshf(x); }
float atanhScalar(float x) { return atanhf(x); }
float powScalar(float x, float y) { return powf(x, y); }
float atan2Scalar(float y, float x) { return atan2f(y, x); }
float fmodScalar(float x, float y) { return fmodf(x, y); }
float modScalar(float x, float y) {
  const float rest = fmodf(x, y);
  return rest != 0.0f && (rest < 0.0f) != (y < 0.0f) ? rest + y : rest;
}

template <int quarter>
void sineKernel(float* dst, const float* a, size_t aStep, const float*, size_t, const float*, size_t, size_t n) {
  for (size_t i = 0; i < n; i += GROUP) {
    for (size_t j = 0; j < GROUP; j += W) {
      const F x = load(a + i * aStep + j);
      F y = sineOf(x, quarter);
      const I far = ~(absolute(x) <= 1.0e5f);
      for (int lane = 0; lane < W; lane++) {
        if (__builtin_expect(far[lane] != 0, 0)) y[lane] = quarter == 0 ? sinf(x[lane]) : cosf(x[lane]);
      }
      store(dst + i + j, y);
    }
  }
}

#define FORESIGHT_UNARY(name, expression) \
  struct name { static FORESIGHT_INLINE F of(F a) { return expression; } }
#define FORESIGHT_BINARY(name, expression) \
  struct name { static FORESIGHT_INLINE F of(F a, F b) { return expression; } }
#define FORESIGHT_INT_BINARY(name, expression) \
  struct name { static FORESIGHT_INLINE F of(F fa, F fb) { const I a = bits(fa), b = bits(fb); return expression; } }
#define FORESIGHT_INT_UNARY(name, expression) \
  struct name { static FORESIGHT_INLINE F of(F fa) { const I a = bits(fa); return expression; } }
#define FORESIGHT_TERNARY(name, expression) \
  struct name { static FORESIGHT_INLINE F of(F a, F b, F c) { return expression; } }

FORESIGHT_UNARY(Copy, a);
FORESIGHT_UNARY(Neg, floats(bits(a) ^ static_cast<int32_t>(0x80000000)));
FORESIGHT_UNARY(Abs, absolute(a));
FORESIGHT_UNARY(Sign, pick(a > 0.0f, splat(1.0f), pick(a < 0.0f, splat(-1.0f), a)));
FORESIGHT_UNARY(Floor, down(a));
FORESIGHT_UNARY(Ceil, up(a));
FORESIGHT_UNARY(Round, nearest(a));
FORESIGHT_UNARY(Trunc, toZero(a));
FORESIGHT_UNARY(Sqrt, rootOf(a));
FORESIGHT_UNARY(Rsqrt, splat(1.0f) / rootOf(a));
FORESIGHT_UNARY(Recip, splat(1.0f) / a);
FORESIGHT_UNARY(Exp, expOf(a));
FORESIGHT_UNARY(Expm1, expm1Of(a));
FORESIGHT_UNARY(Log, logOf(a));
FORESIGHT_UNARY(Log1p, log1pOf(a));
FORESIGHT_UNARY(Tanh, tanhOf(a));
FORESIGHT_UNARY(Sigmoid, sigmoidOf(a));
FORESIGHT_UNARY(Silu, siluOf(a));
FORESIGHT_UNARY(Softplus, softplusOf(a));
FORESIGHT_UNARY(Relu, maxOf(F{}, a));
FORESIGHT_UNARY(Erf, erfOf(a));
FORESIGHT_UNARY(IsNan, truth(a != a));
FORESIGHT_UNARY(IsInf, truth(absolute(a) == __builtin_inff()));
FORESIGHT_UNARY(IsFinite, truth(absolute(a) < __builtin_inff()));
FORESIGHT_UNARY(Not, truth(a == F{}));
FORESIGHT_UNARY(Square, a * a);
FORESIGHT_BINARY(Add, a + b);
FORESIGHT_BINARY(Sub, a - b);
FORESIGHT_BINARY(Mul, a * b);
FORESIGHT_BINARY(Div, a / b);
FORESIGHT_BINARY(Min, lessOf(a, b));
FORESIGHT_BINARY(Max, greaterOf(a, b));
FORESIGHT_BINARY(Eq, truth(a == b));
FORESIGHT_BINARY(Ne, truth(a != b));
FORESIGHT_BINARY(Lt, truth(a < b));
FORESIGHT_BINARY(Le, truth(a <= b));
FORESIGHT_BINARY(Gt, truth(a > b));
FORESIGHT_BINARY(Ge, truth(a >= b));
FORESIGHT_BINARY(And, truth(isTrue(a) & isTrue(b)));
FORESIGHT_BINARY(Or, truth(isTrue(a) | isTrue(b)));
FORESIGHT_BINARY(Xor, truth(isTrue(a) ^ isTrue(b)));
FORESIGHT_TERNARY(Fma, fma(a, b, c));
FORESIGHT_TERNARY(Select, pick(isTrue(a), b, c));
FORESIGHT_TERNARY(Clip, lessOf(greaterOf(a, b), c));
FORESIGHT_INT_BINARY(Iadd, floats(reinterpret_cast<I>(reinterpret_cast<U>(a) + reinterpret_cast<U>(b))));
FORESIGHT_INT_BINARY(Isub, floats(reinterpret_cast<I>(reinterpret_cast<U>(a) - reinterpret_cast<U>(b))));
FORESIGHT_INT_BINARY(Imul, floats(reinterpret_cast<I>(reinterpret_cast<U>(a) * reinterpret_cast<U>(b))));
FORESIGHT_INT_BINARY(Imin, floats(a < b ? a : b));
FORESIGHT_INT_BINARY(Imax, floats(a > b ? a : b));
FORESIGHT_INT_UNARY(Ineg, floats(reinterpret_cast<I>(U{} - reinterpret_cast<U>(a))));
FORESIGHT_INT_UNARY(Iabs, floats(a < 0 ? reinterpret_cast<I>(U{} - reinterpret_cast<U>(a)) : a));
FORESIGHT_INT_UNARY(Isign, floats((a < 0) - (a > 0)));
FORESIGHT_INT_BINARY(Ieq, truth(a == b));
FORESIGHT_INT_BINARY(Ine, truth(a != b));
FORESIGHT_INT_BINARY(Ilt, truth(a < b));
FORESIGHT_INT_BINARY(Ile, truth(a <= b));
FORESIGHT_INT_BINARY(Igt, truth(a > b));
FORESIGHT_INT_BINARY(Ige, truth(a >= b));
FORESIGHT_INT_UNARY(I2f, toFloat(a));
FORESIGHT_INT_UNARY(I2b, truth(a != 0));
FORESIGHT_UNARY(F2b, truth(isTrue(a)));
/** To zero; what is too large becomes the largest, not-a-number becomes 0: on every processor. */
FORESIGHT_UNARY(F2i, floats((a != a) ? I{} : (a >= 2147483648.0f) ? splatInt(INT32_MAX)
                                       : (a <= -2147483648.0f) ? splatInt(INT32_MIN) : toInt(a)));

int32_t quotient(int32_t a, int32_t b) { return b == 0 ? 0 : static_cast<int32_t>(static_cast<int64_t>(a) / b); }
int32_t remainder(int32_t a, int32_t b) { return b == 0 ? 0 : static_cast<int32_t>(static_cast<int64_t>(a) % b); }
int32_t modulo(int32_t a, int32_t b) {
  const int32_t rest = remainder(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
template <int32_t (*f)(int32_t, int32_t)>
void intScalar(float* dst, const float* a, size_t aStep, const float* b, size_t bStep, const float*, size_t, size_t n) {
  for (size_t i = 0; i < n; i += GROUP) {
    for (size_t j = 0; j < GROUP; j++) {
      int32_t x, y;
      memcpy(&x, a + i * aStep + j, sizeof x);
      memcpy(&y, b + i * bStep + j, sizeof y);
      const int32_t z = f(x, y);
      memcpy(dst + i + j, &z, sizeof z);
    }
  }
}

struct MapTable {
  MapKernel kernels[MAP_OP_LIMIT] = {};
  constexpr MapTable() {
    kernels[MAP_COPY] = unary<Copy>;
    kernels[MAP_NEG] = unary<Neg>;
    kernels[MAP_ABS] = unary<Abs>;
    kernels[MAP_SIGN] = unary<Sign>;
    kernels[MAP_FLOOR] = unary<Floor>;
    kernels[MAP_CEIL] = unary<Ceil>;
    kernels[MAP_ROUND] = unary<Round>;
    kernels[MAP_SQRT] = unary<Sqrt>;
    kernels[MAP_RSQRT] = unary<Rsqrt>;
    kernels[MAP_RECIP] = unary<Recip>;
    kernels[MAP_EXP] = unary<Exp>;
    kernels[MAP_EXPM1] = unary<Expm1>;
    kernels[MAP_LOG] = unary<Log>;
    kernels[MAP_LOG1P] = unary<Log1p>;
    kernels[MAP_TANH] = unary<Tanh>;
    kernels[MAP_SIGMOID] = unary<Sigmoid>;
    kernels[MAP_SILU] = unary<Silu>;
    kernels[MAP_SOFTPLUS] = unary<Softplus>;
    kernels[MAP_RELU] = unary<Relu>;
    kernels[MAP_ERF] = unary<Erf>;
    kernels[MAP_SIN] = sineKernel<0>;
    kernels[MAP_COS] = sineKernel<1>;
    kernels[MAP_TAN] = unaryScalar<tanScalar>;
    kernels[MAP_ASIN] = unaryScalar<asinScalar>;
    kernels[MAP_ACOS] = unaryScalar<acosScalar>;
    kernels[MAP_ATAN] = unaryScalar<atanScalar>;
    kernels[MAP_SINH] = unaryScalar<sinhScalar>;
    kernels[MAP_COSH] = unaryScalar<coshScalar>;
    kernels[MAP_ASINH] = unaryScalar<asinhScalar>;
    kernels[MAP_ACOSH] = unaryScalar<acoshScalar>;
    kernels[MAP_ATANH] = unaryScalar<atanhScalar>;
    kernels[MAP_IS_NAN] = unary<IsNan>;
    kernels[MAP_IS_INF] = unary<IsInf>;
    kernels[MAP_IS_FINITE] = unary<IsFinite>;
    kernels[MAP_NOT] = unary<Not>;
    kernels[MAP_SQUARE] = unary<Square>;
    kernels[MAP_TRUNC] = unary<Trunc>;
    kernels[MAP_ADD] = binary<Add>;
    kernels[MAP_SUB] = binary<Sub>;
    kernels[MAP_MUL] = binary<Mul>;
    kernels[MAP_DIV] = binary<Div>;
    kernels[MAP_MIN] = binary<Min>;
    kernels[MAP_MAX] = binary<Max>;
    kernels[MAP_POW] = binaryScalar<powScalar>;
    kernels[MAP_MOD] = binaryScalar<modScalar>;
    kernels[MAP_FMOD] = binaryScalar<fmodScalar>;
    kernels[MAP_ATAN2] = binaryScalar<atan2Scalar>;
    kernels[MAP_EQ] = binary<Eq>;
    kernels[MAP_NE] = binary<Ne>;
    kernels[MAP_LT] = binary<Lt>;
    kernels[MAP_LE] = binary<Le>;
    kernels[MAP_GT] = binary<Gt>;
    kernels[MAP_GE] = binary<Ge>;
    kernels[MAP_AND] = binary<And>;
    kernels[MAP_OR] = binary<Or>;
    kernels[MAP_XOR] = binary<Xor>;
    kernels[MAP_FMA] = ternary<Fma>;
    kernels[MAP_SELECT] = ternary<Select>;
    kernels[MAP_CLIP] = ternary<Clip>;
    kernels[MAP_IADD] = binary<Iadd>;
    kernels[MAP_ISUB] = binary<Isub>;
    kernels[MAP_IMUL] = binary<Imul>;
    kernels[MAP_IDIV] = intScalar<quotient>;
    kernels[MAP_IREM] = intScalar<remainder>;
    kernels[MAP_IMOD] = intScalar<modulo>;
    kernels[MAP_IMIN] = binary<Imin>;
    kernels[MAP_IMAX] = binary<Imax>;
    kernels[MAP_INEG] = unary<Ineg>;
    kernels[MAP_IABS] = unary<Iabs>;
    kernels[MAP_ISIGN] = unary<Isign>;
    kernels[MAP_IEQ] = binary<Ieq>;
    kernels[MAP_INE] = binary<Ine>;
    kernels[MAP_ILT] = binary<Ilt>;
    kernels[MAP_ILE] = binary<Ile>;
    kernels[MAP_IGT] = binary<Igt>;
    kernels[MAP_IGE] = binary<Ige>;
    kernels[MAP_I2F] = unary<I2f>;
    kernels[MAP_F2I] = unary<F2i>;
    kernels[MAP_F2B] = unary<F2b>;
    kernels[MAP_I2B] = unary<I2b>;
  }
};

void loadBlock(float* dst, const float* src, ptrdiff_t inner, ptrdiff_t outer, size_t n, size_t m) {
  for (size_t j = 0; j < m; j++, dst += n, src += outer) {
    if (inner == 1) {
      size_t i = 0;
      for (; i + W <= n; i += W) store(dst + i, load(src + i));
      for (; i < n; i++) dst[i] = src[i];
    } else if (inner == 0) {
      const F value = splat(*src);
      size_t i = 0;
      for (; i + W <= n; i += W) store(dst + i, value);
      for (; i < n; i++) dst[i] = *src;
    } else {
      for (size_t i = 0; i < n; i++) dst[i] = src[static_cast<ptrdiff_t>(i) * inner];
    }
  }
}

void storeBlock(float* dst, ptrdiff_t inner, ptrdiff_t outer, const float* src, size_t n, size_t m) {
  for (size_t j = 0; j < m; j++, src += n, dst += outer) {
    if (inner == 1) {
      size_t i = 0;
      for (; i + W <= n; i += W) store(dst + i, load(src + i));
      for (; i < n; i++) dst[i] = src[i];
    } else {
      for (size_t i = 0; i < n; i++) dst[static_cast<ptrdiff_t>(i) * inner] = src[i];
    }
  }
}

}  // namespace
}  // namespace FORESIGHT_LEVEL
}  // namespace foresight
