// Vectors of W floats in the words of GCC and clang, and the few operations that need the processor's own names.
// Everything here means the same for every W: levels agree bit for bit.
#pragma once

#if defined(FORESIGHT_LEVEL_AVX512)
#include <immintrin.h>
#define FORESIGHT_LEVEL level_avx512
#define FORESIGHT_LEVEL_NAME "avx512"
#define FORESIGHT_W 16
#elif defined(FORESIGHT_LEVEL_AVX2)
#include <immintrin.h>
#define FORESIGHT_LEVEL level_avx2
#define FORESIGHT_LEVEL_NAME "avx2"
#define FORESIGHT_W 8
#elif defined(FORESIGHT_LEVEL_NEON)
#include <arm_neon.h>
#define FORESIGHT_LEVEL level_neon
#define FORESIGHT_LEVEL_NAME "neon"
#define FORESIGHT_W 4
#else
#error "compile kernels.cc with FORESIGHT_LEVEL_AVX512, FORESIGHT_LEVEL_AVX2 or FORESIGHT_LEVEL_NEON"
#endif

#define FORESIGHT_INLINE inline __attribute__((always_inline))

namespace foresight {
namespace FORESIGHT_LEVEL {
namespace {

constexpr int W = FORESIGHT_W;
typedef float F __attribute__((vector_size(W * 4)));
typedef int32_t I __attribute__((vector_size(W * 4)));
typedef uint32_t U __attribute__((vector_size(W * 4)));
typedef float Floose __attribute__((vector_size(W * 4), aligned(4), may_alias));
typedef int32_t Iloose __attribute__((vector_size(W * 4), aligned(4), may_alias));

FORESIGHT_INLINE F load(const float* p) { return *reinterpret_cast<const Floose*>(p); }
FORESIGHT_INLINE void store(float* p, F v) { *reinterpret_cast<Floose*>(p) = v; }
#if defined(FORESIGHT_LEVEL_AVX512)
FORESIGHT_INLINE F splat(float x) { return reinterpret_cast<F>(_mm512_set1_ps(x)); }
#elif defined(FORESIGHT_LEVEL_AVX2)
FORESIGHT_INLINE F splat(float x) { return reinterpret_cast<F>(_mm256_set1_ps(x)); }
#else
FORESIGHT_INLINE F splat(float x) { return reinterpret_cast<F>(vdupq_n_f32(x)); }
#endif
FORESIGHT_INLINE I splatInt(int32_t x) { return x - I{}; }
FORESIGHT_INLINE I bits(F v) { return reinterpret_cast<I>(v); }
FORESIGHT_INLINE F floats(I v) { return reinterpret_cast<F>(v); }
FORESIGHT_INLINE F pick(I mask, F a, F b) { return mask ? a : b; }
FORESIGHT_INLINE F absolute(F v) { return floats(bits(v) & 0x7fffffff); }
FORESIGHT_INLINE F copySign(F size, F sign) { return floats((bits(size) & 0x7fffffff) | (bits(sign) & static_cast<int32_t>(0x80000000))); }
FORESIGHT_INLINE F toFloat(I v) { return __builtin_convertvector(v, F); }

#if defined(FORESIGHT_LEVEL_AVX512)
FORESIGHT_INLINE F fma(F a, F b, F c) { return reinterpret_cast<F>(_mm512_fmadd_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c))); }
/** The second operand where either is not a number, as in the other levels. */
FORESIGHT_INLINE F maxOf(F low, F x) { return reinterpret_cast<F>(_mm512_max_ps(reinterpret_cast<__m512>(low), reinterpret_cast<__m512>(x))); }
FORESIGHT_INLINE F minOf(F high, F x) { return reinterpret_cast<F>(_mm512_min_ps(reinterpret_cast<__m512>(high), reinterpret_cast<__m512>(x))); }
FORESIGHT_INLINE F rootOf(F x) { return reinterpret_cast<F>(_mm512_sqrt_ps(reinterpret_cast<__m512>(x))); }
FORESIGHT_INLINE F nearest(F x) { return reinterpret_cast<F>(_mm512_roundscale_ps(reinterpret_cast<__m512>(x), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)); }
FORESIGHT_INLINE F down(F x) { return reinterpret_cast<F>(_mm512_roundscale_ps(reinterpret_cast<__m512>(x), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)); }
FORESIGHT_INLINE F up(F x) { return reinterpret_cast<F>(_mm512_roundscale_ps(reinterpret_cast<__m512>(x), _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC)); }
FORESIGHT_INLINE F toZero(F x) { return reinterpret_cast<F>(_mm512_roundscale_ps(reinterpret_cast<__m512>(x), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)); }
FORESIGHT_INLINE I toInt(F x) { return reinterpret_cast<I>(_mm512_cvttps_epi32(reinterpret_cast<__m512>(x))); }
#elif defined(FORESIGHT_LEVEL_AVX2)
FORESIGHT_INLINE F fma(F a, F b, F c) { return reinterpret_cast<F>(_mm256_fmadd_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c))); }
FORESIGHT_INLINE F maxOf(F low, F x) { return reinterpret_cast<F>(_mm256_max_ps(reinterpret_cast<__m256>(low), reinterpret_cast<__m256>(x))); }
FORESIGHT_INLINE F minOf(F high, F x) { return reinterpret_cast<F>(_mm256_min_ps(reinterpret_cast<__m256>(high), reinterpret_cast<__m256>(x))); }
FORESIGHT_INLINE F rootOf(F x) { return reinterpret_cast<F>(_mm256_sqrt_ps(reinterpret_cast<__m256>(x))); }
FORESIGHT_INLINE F nearest(F x) { return reinterpret_cast<F>(_mm256_round_ps(reinterpret_cast<__m256>(x), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)); }
FORESIGHT_INLINE F down(F x) { return reinterpret_cast<F>(_mm256_round_ps(reinterpret_cast<__m256>(x), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)); }
FORESIGHT_INLINE F up(F x) { return reinterpret_cast<F>(_mm256_round_ps(reinterpret_cast<__m256>(x), _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC)); }
FORESIGHT_INLINE F toZero(F x) { return reinterpret_cast<F>(_mm256_round_ps(reinterpret_cast<__m256>(x), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)); }
FORESIGHT_INLINE I toInt(F x) { return reinterpret_cast<I>(_mm256_cvttps_epi32(reinterpret_cast<__m256>(x))); }
#else
FORESIGHT_INLINE F fma(F a, F b, F c) { return reinterpret_cast<F>(vfmaq_f32(reinterpret_cast<float32x4_t>(c), reinterpret_cast<float32x4_t>(a), reinterpret_cast<float32x4_t>(b))); }
FORESIGHT_INLINE F maxOf(F low, F x) { return low > x ? low : x; }
FORESIGHT_INLINE F minOf(F high, F x) { return high < x ? high : x; }
FORESIGHT_INLINE F rootOf(F x) { return reinterpret_cast<F>(vsqrtq_f32(reinterpret_cast<float32x4_t>(x))); }
FORESIGHT_INLINE F nearest(F x) { return reinterpret_cast<F>(vrndnq_f32(reinterpret_cast<float32x4_t>(x))); }
FORESIGHT_INLINE F down(F x) { return reinterpret_cast<F>(vrndmq_f32(reinterpret_cast<float32x4_t>(x))); }
FORESIGHT_INLINE F up(F x) { return reinterpret_cast<F>(vrndpq_f32(reinterpret_cast<float32x4_t>(x))); }
FORESIGHT_INLINE F toZero(F x) { return reinterpret_cast<F>(vrndq_f32(reinterpret_cast<float32x4_t>(x))); }
FORESIGHT_INLINE I toInt(F x) { return reinterpret_cast<I>(vcvtq_s32_f32(reinterpret_cast<float32x4_t>(x))); }
#endif

/** 1.0 where the mask is set, else 0.0: what a bool is. */
FORESIGHT_INLINE F truth(I mask) { return floats(mask & 0x3f800000); }
FORESIGHT_INLINE I isTrue(F v) { return v != F{}; }

}  // namespace
}  // namespace FORESIGHT_LEVEL
}  // namespace foresight
