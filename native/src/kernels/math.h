// Elementary functions on vectors, within 2 ulp or so over the whole range (test/native/functions.test.ts measures them).
// Polynomials are the minimax ones of the Cephes library's single precision functions unless said otherwise.
#pragma once

#include "simd.h"

namespace foresight {
namespace FORESIGHT_LEVEL {
namespace {

constexpr float LOG2E = 1.44269502f;
// ln 2 in two parts: the first has so few bits that its product with an exponent is exact.
constexpr float LN2_HIGH = 0.693359375f, LN2_LOW = -2.12194440e-4f;

/** 2^n for −126 ≤ n ≤ 127. */
FORESIGHT_INLINE F power2(I n) { return floats((n + 127) << 23); }

/** e^r for |r| ≤ ln 2 / 2. */
FORESIGHT_INLINE F expOfRest(F r) {
  F p = splat(1.9875691500e-4f);
  p = fma(p, r, splat(1.3981999507e-3f));
  p = fma(p, r, splat(8.3334519073e-3f));
  p = fma(p, r, splat(4.1665795894e-2f));
  p = fma(p, r, splat(1.6666665459e-1f));
  p = fma(p, r, splat(5.0000001201e-1f));
  return fma(p, r * r, r) + splat(1.0f);
}

/** e^x for −87.3 ≤ x ≤ 88.3, and the values at these ends outside. Not-a-number stays. */
FORESIGHT_INLINE F expClamped(F x) {
  x = minOf(splat(88.3f), maxOf(splat(-87.3f), x));
  const F magic = splat(12582912.0f + 127.0f);  // 1.5 · 2^23: adding it leaves the nearest integer in the lowest bits
  const F shifted = fma(x, splat(LOG2E), magic);
  const F n = shifted - magic;
  const F r = fma(n, splat(-LN2_LOW), fma(n, splat(-LN2_HIGH), x));
  return expOfRest(r) * floats(bits(shifted) << 23);
}

FORESIGHT_INLINE F expOf(F x) {
  const F in = minOf(splat(89.0f), maxOf(splat(-104.0f), x));
  const F n = nearest(in * splat(LOG2E));
  const F r = fma(n, splat(-LN2_LOW), fma(n, splat(-LN2_HIGH), in));
  const I whole = toInt(n);
  const I half = whole >> 1;  // in two factors, because 2^128 and 2^−127 are none
  return expOfRest(r) * power2(half) * power2(whole - half);
}

/**
 * 1 + e^−x, the busiest function of all: 2^f of the rest after the nearest whole power of two, by a polynomial fitted to
 * 1.6e-8 relative on |f| ≤ ½. Not-a-number stays.
 */
FORESIGHT_INLINE F onePlusExpMinus(F x) {
  x = minOf(splat(87.3f), maxOf(splat(-88.0f), x));
  const F magic = splat(12582912.0f + 127.0f);
  const F shifted = fma(x, splat(-LOG2E), magic);
  const F n = shifted - magic;
  const F f = fma(x, splat(-1.92596303e-8f), fma(x, splat(-LOG2E), -n));
  F p = splat(1.5353369e-4f);
  p = fma(p, f, splat(1.3398926e-3f));
  p = fma(p, f, splat(9.6184378e-3f));
  p = fma(p, f, splat(5.5503324e-2f));
  p = fma(p, f, splat(2.4022648e-1f));
  p = fma(p, f, splat(6.9314718e-1f));
  p = fma(p, f, splat(1.0f));
  return fma(p, floats(bits(shifted) << 23), splat(1.0f));
}

FORESIGHT_INLINE F sigmoidOf(F x) { return splat(1.0f) / onePlusExpMinus(x); }
FORESIGHT_INLINE F siluOf(F x) { return x / onePlusExpMinus(x); }

FORESIGHT_INLINE F expm1Of(F x) {
  F p = splat(1.0f / 5040);
  p = fma(p, x, splat(1.0f / 720));
  p = fma(p, x, splat(1.0f / 120));
  p = fma(p, x, splat(1.0f / 24));
  p = fma(p, x, splat(1.0f / 6));
  p = fma(p, x, splat(0.5f));
  const F small = fma(p, x * x, x);
  return pick(absolute(x) < 0.35f, small, expOf(x) - splat(1.0f));
}

FORESIGHT_INLINE F logOf(F x) {
  // x = m · 2^e with √½ ≤ m < √2
  const I raw = bits(x);
  const I exponent = ((raw - 0x3f3504f3) >> 23);
  const F m = floats(raw - (exponent << 23));
  const F e = toFloat(exponent);
  const F f = m - splat(1.0f);
  F p = splat(7.0376836292e-2f);
  p = fma(p, f, splat(-1.1514610310e-1f));
  p = fma(p, f, splat(1.1676998740e-1f));
  p = fma(p, f, splat(-1.2420140846e-1f));
  p = fma(p, f, splat(1.4249322787e-1f));
  p = fma(p, f, splat(-1.6668057665e-1f));
  p = fma(p, f, splat(2.0000714765e-1f));
  p = fma(p, f, splat(-2.4999993993e-1f));
  p = fma(p, f, splat(3.3333331174e-1f));
  const F ff = f * f;
  F y = p * f * ff;
  y = fma(e, splat(LN2_LOW), y);
  y = fma(splat(-0.5f), ff, y);
  F result = fma(e, splat(LN2_HIGH), f + y);
  result = pick(x == __builtin_inff(), x, result);
  result = pick(x < 1.17549435e-38f, splat(-__builtin_inff()), result);  // zero, and what counts as zero
  result = pick(x < 0.0f, splat(__builtin_nanf("")), result);
  return pick(x != x, x, result);
}

FORESIGHT_INLINE F log1pOf(F x) {
  const F u = splat(1.0f) + x;
  const F d = u - splat(1.0f);
  // The rounding of 1 + x cancels in x / ((1 + x) − 1).
  const F corrected = logOf(u) * (x / d);
  return pick((d == 0.0f), x, pick((u == __builtin_inff()) | (x <= -1.0f), logOf(u), corrected));
}

FORESIGHT_INLINE F tanhOf(F x) {
  const F a = absolute(x);
  const F s = x * x;
  F p = splat(-5.70498872745e-3f);
  p = fma(p, s, splat(2.06390887954e-2f));
  p = fma(p, s, splat(-5.37397155531e-2f));
  p = fma(p, s, splat(1.33314422036e-1f));
  p = fma(p, s, splat(-3.33332819422e-1f));
  const F small = fma(p * s, x, x);
  const F large = copySign(splat(1.0f) - splat(2.0f) / (expClamped(a + a) + splat(1.0f)), x);
  return pick(x != x, x, pick(a < 0.625f, small, large));
}

FORESIGHT_INLINE F softplusOf(F x) {
  const F positive = pick(x > 0.0f, x, F{});
  return pick(x != x, x, positive + log1pOf(expOf(-absolute(x))));
}

/** Polynomials as in N. Juffa's erff, each half below 1 ulp. */
FORESIGHT_INLINE F erfOf(F x) {
  const F t = absolute(x), s = x * x;
  F r = fma(splat(-1.72853470e-5f), t, splat(3.83197126e-4f));
  const F u = fma(splat(-3.88396438e-3f), t, splat(2.42546219e-2f));
  r = fma(r, s, u);
  r = fma(r, t, splat(-1.06777877e-1f));
  r = fma(r, t, splat(-6.34846687e-1f));
  r = fma(r, t, splat(-1.28717512e-1f));
  r = fma(r, t, -t);
  const F large = copySign(splat(1.0f) - expOf(r), x);
  F q = splat(-5.96761703e-4f);
  q = fma(q, s, splat(4.99119423e-3f));
  q = fma(q, s, splat(-2.67681349e-2f));
  q = fma(q, s, splat(1.12819925e-1f));
  q = fma(q, s, splat(-3.76125336e-1f));
  q = fma(q, s, splat(1.28379166e-1f));
  const F small = fma(q, x, x);
  return pick(x != x, x, pick(t == __builtin_inff(), copySign(splat(1.0f), x), pick(t > 0.927734375f, large, small)));
}

/** sin(x + quarter · π/2) for |x| below 10^5; beyond that the caller asks the C library. */
FORESIGHT_INLINE F sineOf(F x, int quarter) {
  const F n = nearest(x * splat(0.636619772f));
  F r = fma(n, splat(-1.57079637f), x);
  r = fma(n, splat(4.37113883e-8f), r);
  r = fma(n, splat(1.71512449e-15f), r);
  const I q = toInt(n) + quarter;
  const F s = r * r;
  F a = fma(splat(-1.9515295891e-4f), s, splat(8.3321608736e-3f));
  a = fma(a, s, splat(-1.6666654611e-1f));
  const F sine = fma(a * s, r, r);
  F b = fma(splat(2.443315711809948e-5f), s, splat(-1.388731625493765e-3f));
  b = fma(b, s, splat(4.166664568298827e-2f));
  const F cosine = fma(b * s, s, fma(splat(-0.5f), s, splat(1.0f)));
  const F chosen = pick((q & 1) != 0, cosine, sine);
  return floats(bits(chosen) ^ ((q & 2) << 30));
}

FORESIGHT_INLINE F lessOf(F a, F b) { return pick(a != a, a, pick(b != b, b, pick(a < b, a, b))); }
FORESIGHT_INLINE F greaterOf(F a, F b) { return pick(a != a, a, pick(b != b, b, pick(a > b, a, b))); }

}  // namespace
}  // namespace FORESIGHT_LEVEL
}  // namespace foresight
