// Reductions in one order, whatever the level and the layout: place e of the reduced axes (row-major) goes to lane e mod 16,
// every lane adds up in order, and lanes meet as 16 → 8 → 4 → 2 → 1.
#pragma once

#include "../abi.h"
#include "../kernels.h"
#include "elementwise.h"

namespace foresight {
namespace FORESIGHT_LEVEL {
namespace {

struct SumOf {
  static FORESIGHT_INLINE float start() { return 0.0f; }
  static FORESIGHT_INLINE F join(F a, F x) { return a + x; }
  static FORESIGHT_INLINE F meet(F a, F b) { return a + b; }
};
struct SumOfSquares {
  static FORESIGHT_INLINE float start() { return 0.0f; }
  static FORESIGHT_INLINE F join(F a, F x) { return fma(x, x, a); }
  static FORESIGHT_INLINE F meet(F a, F b) { return a + b; }
};
struct ProductOf {
  static FORESIGHT_INLINE float start() { return 1.0f; }
  static FORESIGHT_INLINE F join(F a, F x) { return a * x; }
  static FORESIGHT_INLINE F meet(F a, F b) { return a * b; }
};
struct LargestOf {
  static FORESIGHT_INLINE float start() { return -__builtin_inff(); }
  static FORESIGHT_INLINE F join(F a, F x) { return greaterOf(a, x); }
  static FORESIGHT_INLINE F meet(F a, F b) { return greaterOf(a, b); }
};
struct SmallestOf {
  static FORESIGHT_INLINE float start() { return __builtin_inff(); }
  static FORESIGHT_INLINE F join(F a, F x) { return lessOf(a, x); }
  static FORESIGHT_INLINE F meet(F a, F b) { return lessOf(a, b); }
};
FORESIGHT_INLINE float intAsFloat(int32_t x) {
  float y;
  memcpy(&y, &x, sizeof y);
  return y;
}
struct IntSumOf {
  static FORESIGHT_INLINE float start() { return 0.0f; }
  static FORESIGHT_INLINE F join(F a, F x) { return Iadd::of(a, x); }
  static FORESIGHT_INLINE F meet(F a, F b) { return Iadd::of(a, b); }
};
struct IntLargestOf {
  static FORESIGHT_INLINE float start() { return intAsFloat(INT32_MIN); }
  static FORESIGHT_INLINE F join(F a, F x) { return Imax::of(a, x); }
  static FORESIGHT_INLINE F meet(F a, F b) { return Imax::of(a, b); }
};
struct IntSmallestOf {
  static FORESIGHT_INLINE float start() { return intAsFloat(INT32_MAX); }
  static FORESIGHT_INLINE F join(F a, F x) { return Imin::of(a, x); }
  static FORESIGHT_INLINE F meet(F a, F b) { return Imin::of(a, b); }
};

template <class Op>
void meetLanes(float (&lanes)[16]) {
  for (int width = 8; width >= 1; width /= 2) {
    float other[16];
    for (int i = 0; i < 16; i++) other[i] = i < width ? lanes[i + width] : lanes[i];
    for (int j = 0; j < 16; j += W) {
      if (j < width) store(lanes + j, Op::meet(load(lanes + j), load(other + j)));
    }
  }
}

/** The reduced places as one axis, or two where memory does not allow it. */
struct Reduced {
  size_t outer, inner;
  ptrdiff_t outerStride, innerStride;
};

/** One result: lanes along the reduced places. */
template <class Op>
float reduceAlong(const float* in, const Reduced& places) {
  alignas(64) float lanes[16];
  size_t begun = 0;
  const bool dense = places.outer == 1 && places.innerStride == 1;
  F sums[16 / W];
  for (F& sum : sums) sum = splat(Op::start());
  for (; dense && begun + 16 <= places.inner; begun += 16) {
    for (int v = 0; v < 16 / W; v++) sums[v] = Op::join(sums[v], load(in + begun + v * W));
  }
  for (int v = 0; v < 16 / W; v++) store(lanes + v * W, sums[v]);
  size_t place = begun;
  for (size_t e0 = 0; e0 < places.outer; e0++) {
    const float* row = in + static_cast<ptrdiff_t>(e0) * places.outerStride;
    for (size_t e1 = begun; e1 < places.inner;) {
      const size_t lane = place % 16, left = places.inner - e1, count = left < 16 - lane ? left : 16 - lane;
      alignas(64) float block[16] = {}, next[16];
      const float* from = row + static_cast<ptrdiff_t>(e1) * places.innerStride;
      for (size_t j = 0; j < count; j++) block[lane + j] = from[static_cast<ptrdiff_t>(j) * places.innerStride];
      for (int j = 0; j < 16; j += W) store(next + j, Op::join(load(lanes + j), load(block + j)));
      for (size_t j = lane; j < lane + count; j++) lanes[j] = next[j];
      e1 += count;
      place += count;
    }
  }
  meetLanes<Op>(lanes);
  return lanes[0];
}

/** Up to W words, of which those behind `last` are not read. */
FORESIGHT_INLINE F loadUpTo(const float* from, const float* last) {
  if (__builtin_expect(from + W - 1 <= last, 1)) return load(from);
  alignas(64) float some[W] = {};
  for (int i = 0; i < W && from + i <= last; i++) some[i] = from[i];
  return load(some);
}

/** W results side by side (kept stride 1): sixteen vectors, one a lane. Nothing behind `last` is read. */
template <class Op>
F reduceAcross(const float* in, const Reduced& places, const float* last) {
  F lanes[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) lanes[i] = splat(Op::start());
  if (places.outer == 1) {
    const float* from = in;
    size_t left = places.inner;
    for (; left >= 16 && from + 15 * places.innerStride + W - 1 <= last; left -= 16) {
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) lanes[i] = Op::join(lanes[i], load(from + i * places.innerStride));
      from += 16 * places.innerStride;
    }
    alignas(64) float spilled[16 * W];
    for (int i = 0; i < 16; i++) store(spilled + i * W, lanes[i]);
    for (size_t i = 0; i < left; i++, from += places.innerStride) {
      float* lane = spilled + i % 16 * W;
      store(lane, Op::join(load(lane), loadUpTo(from, last)));
    }
    for (int i = 0; i < 16; i++) lanes[i] = load(spilled + i * W);
  } else {
    size_t place = 0;
    for (size_t e0 = 0; e0 < places.outer; e0++) {
      const float* from = in + static_cast<ptrdiff_t>(e0) * places.outerStride;
      for (size_t e1 = 0; e1 < places.inner; e1++, from += places.innerStride, place++) {
        F& lane = lanes[place % 16];
        lane = Op::join(lane, loadUpTo(from, last));
      }
    }
  }
  for (int width = 8; width >= 1; width /= 2) {
    for (int i = 0; i < width; i++) lanes[i] = Op::meet(lanes[i], lanes[i + width]);
  }
  return lanes[0];
}

template <class Op>
void reduceAll(const ReduceTile& t, float divisor) {
  // The kept axis that runs along memory, if any, is walked a vector at a time.
  int across = -1;
  for (int axis = 0; axis < 3; axis++) {
    if (t.kept[axis] > 1 && t.inKept[axis] == 1) across = axis;
  }
  Reduced places{t.reduced[0], t.reduced[1], t.inReduced[0], t.inReduced[1]};
  if (places.inner == 1) {
    places = {1, places.outer, 0, places.outerStride};
  } else if (places.outer == 1 || places.outerStride == places.innerStride * static_cast<ptrdiff_t>(places.inner)) {
    places = {1, places.outer * places.inner, 0, places.innerStride};
  }
  const ptrdiff_t reach[2] = {static_cast<ptrdiff_t>(places.outer - 1) * places.outerStride,
                              static_cast<ptrdiff_t>(places.inner - 1) * places.innerStride};
  const ptrdiff_t most = (reach[0] > 0 ? reach[0] : 0) + (reach[1] > 0 ? reach[1] : 0);
  const int x = across == 0 ? 1 : 0, y = across == 2 || across < 0 ? 1 : 2, z = across < 0 ? 2 : across;
  const F by = splat(divisor);
  for (size_t i = 0; i < t.kept[x]; i++) {
    for (size_t j = 0; j < t.kept[y]; j++) {
      const float* in = t.in + static_cast<ptrdiff_t>(i) * t.inKept[x] + static_cast<ptrdiff_t>(j) * t.inKept[y];
      float* out = t.out + static_cast<ptrdiff_t>(i) * t.outKept[x] + static_cast<ptrdiff_t>(j) * t.outKept[y];
      size_t k = 0;
      const float* last = in + t.kept[z] - 1 + most;
      for (; across >= 0 && k < t.kept[z]; k += W) {
        F result = reduceAcross<Op>(in + k, places, last);
        if (divisor != 0.0f) result = result / by;
        for (int lane = 0; lane < W && k + static_cast<size_t>(lane) < t.kept[z]; lane++) {
          out[(static_cast<ptrdiff_t>(k) + lane) * t.outKept[z]] = result[lane];
        }
      }
      for (; k < t.kept[z]; k++) {
        float result = reduceAlong<Op>(in + static_cast<ptrdiff_t>(k) * t.inKept[z], places);
        if (divisor != 0.0f) result = result / divisor;
        out[static_cast<ptrdiff_t>(k) * t.outKept[z]] = result;
      }
    }
  }
}

/** The first of the extremes; not-a-number is the extreme of all. */
template <bool largest>
int32_t placeOfExtreme(const float* in, const size_t (&extent)[2], const ptrdiff_t (&stride)[2]) {
  int32_t best = 0, place = 0;
  float extreme = *in;
  for (size_t e0 = 0; e0 < extent[0]; e0++) {
    for (size_t e1 = 0; e1 < extent[1]; e1++, place++) {
      const float x = in[static_cast<ptrdiff_t>(e0) * stride[0] + static_cast<ptrdiff_t>(e1) * stride[1]];
      if (extreme != extreme) return best;
      if ((largest ? x > extreme : x < extreme) || x != x) {
        extreme = x;
        best = place;
      }
    }
  }
  return best;
}

template <bool largest>
void reducePlaces(const ReduceTile& t) {
  for (size_t i = 0; i < t.kept[0]; i++) {
    for (size_t j = 0; j < t.kept[1]; j++) {
      for (size_t k = 0; k < t.kept[2]; k++) {
        const ptrdiff_t at[3] = {static_cast<ptrdiff_t>(i), static_cast<ptrdiff_t>(j), static_cast<ptrdiff_t>(k)};
        const float* in = t.in + at[0] * t.inKept[0] + at[1] * t.inKept[1] + at[2] * t.inKept[2];
        const int32_t place = placeOfExtreme<largest>(in, t.reduced, t.inReduced);
        memcpy(t.out + at[0] * t.outKept[0] + at[1] * t.outKept[1] + at[2] * t.outKept[2], &place, sizeof place);
      }
    }
  }
}

void reduceTile(const ReduceTile& t) {
  const float count = static_cast<float>(t.reduced[0] * t.reduced[1]);
  switch (t.kind) {
    case REDUCE_SUM: return reduceAll<SumOf>(t, 0.0f);
    case REDUCE_MEAN: return reduceAll<SumOf>(t, count);
    case REDUCE_MAX: return reduceAll<LargestOf>(t, 0.0f);
    case REDUCE_MIN: return reduceAll<SmallestOf>(t, 0.0f);
    case REDUCE_PROD: return reduceAll<ProductOf>(t, 0.0f);
    case REDUCE_ARGMAX: return reducePlaces<true>(t);
    case REDUCE_ARGMIN: return reducePlaces<false>(t);
    case REDUCE_ISUM: return reduceAll<IntSumOf>(t, 0.0f);
    case REDUCE_IMAX: return reduceAll<IntLargestOf>(t, 0.0f);
    case REDUCE_IMIN: return reduceAll<IntSmallestOf>(t, 0.0f);
    case REDUCE_SUMSQ: return reduceAll<SumOfSquares>(t, 0.0f);
    default: return;
  }
}

}  // namespace
}  // namespace FORESIGHT_LEVEL
}  // namespace foresight
