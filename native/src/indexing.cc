// Instructions that follow indices or run along an axis: one number after the other, in order.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tile.h"

namespace foresight {
namespace {

int32_t intAt(const float* word) {
  int32_t value;
  std::memcpy(&value, word, sizeof value);
  return value;
}

void setInt(float* word, int32_t value) { std::memcpy(word, &value, sizeof value); }

bool outside(const Tile& tile, int32_t index, int64_t limit, const char* what) {
  char sentence[160];
  std::snprintf(sentence, sizeof sentence, "A %s asks for place %d of an axis of %lld.", what, index, static_cast<long long>(limit));
  tile.error = sentence;
  return false;
}

/** Calls `visit(row, i0, i1, i2)` for all places in order; stops where it returns false. */
template <class Visit>
bool forPlaces(int64_t rows, const int64_t (&d)[4], Visit visit) {
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t i = 0; i < d[0]; i++) {
      for (int64_t j = 0; j < d[1]; j++) {
        for (int64_t k = 0; k < d[2]; k++) {
          if (!visit(r, i, j, k)) return false;
        }
      }
    }
  }
  return true;
}

int64_t offsetOf(const Operand& operand, int64_t r, int64_t i, int64_t j, int64_t k) {
  return r * operand.row + i * operand.s[0] + j * operand.s[1] + k * operand.s[2];
}

}  // namespace

bool runGather(const Tile& tile, const Gather& g) {
  const float *index = tile.at(g.index), *data = tile.at(g.data);
  float* out = tile.at(g.out);
  return forPlaces(tile.rows, g.d, [&](int64_t r, int64_t i, int64_t j, int64_t k) {
    const int32_t at = intAt(index + offsetOf(g.index, r, i, j, k));
    if (at < 0 || at >= g.d[3]) return outside(tile, at, g.d[3], "gather");
    out[offsetOf(g.out, r, i, j, k)] = data[offsetOf(g.data, r, i, j, k) + at * g.data.s[3]];
    return true;
  });
}

bool runScatter(const Tile& tile, const Scatter& s) {
  const float *index = tile.at(s.index), *data = tile.at(s.data);
  float* out = tile.at(s.out);
  return forPlaces(tile.rows, s.d, [&](int64_t r, int64_t i, int64_t j, int64_t k) {
    const int32_t at = intAt(index + offsetOf(s.index, r, i, j, k));
    if (at < 0 || at >= s.d[3]) return outside(tile, at, s.d[3], "scatter");
    const float value = data[offsetOf(s.data, r, i, j, k)];
    float& to = out[offsetOf(s.out, r, i, j, k) + at * s.out.s[3]];
    to = s.mode == SCATTER_ADD ? to + value : value;
    return true;
  });
}

void runScan(const Tile& tile, const Scan& s) {
  const float* in = tile.at(s.in);
  float* out = tile.at(s.out);
  const bool exclusive = (s.flags & SCAN_EXCLUSIVE) != 0, reverse = (s.flags & SCAN_REVERSE) != 0;
  forPlaces(tile.rows, s.d, [&](int64_t r, int64_t i, int64_t j, int64_t k) {
    const float* from = in + offsetOf(s.in, r, i, j, k);
    float* to = out + offsetOf(s.out, r, i, j, k);
    float total = s.kind == SCAN_SUM ? 0.0f : 1.0f;
    for (int64_t step = 0; step < s.d[3]; step++) {
      const int64_t at = reverse ? s.d[3] - 1 - step : step;
      const float before = total, value = from[at * s.in.s[3]];
      total = s.kind == SCAN_SUM ? total + value : total * value;
      to[at * s.out.s[3]] = exclusive ? before : total;
    }
    return true;
  });
}

void runTopK(const Tile& tile, const TopK& t) {
  const float* in = tile.at(t.in);
  float* values = t.values.present() ? tile.at(t.values) : nullptr;
  float* indices = t.indices.present() ? tile.at(t.indices) : nullptr;
  int32_t* order = reinterpret_cast<int32_t*>(tile.program.order.data());
  forPlaces(tile.rows, t.d, [&](int64_t r, int64_t i, int64_t j, int64_t k) {
    const float* from = in + offsetOf(t.in, r, i, j, k);
    const int64_t stride = t.in.s[3];
    for (int64_t at = 0; at < t.d[3]; at++) order[at] = static_cast<int32_t>(at);
    // Not-a-number comes first either way, so that the order is one whatever the numbers are.
    auto before = [&](int32_t a, int32_t b) {
      const float x = from[a * stride], y = from[b * stride];
      const bool xNan = x != x, yNan = y != y;
      if (xNan || yNan) return xNan != yNan ? xNan : a < b;
      if (x != y) return t.largest ? x > y : x < y;
      return a < b;
    };
    std::partial_sort(order, order + t.k, order + t.d[3], before);
    for (int64_t at = 0; at < t.k; at++) {
      if (values != nullptr) values[offsetOf(t.values, r, i, j, k) + at * t.values.s[3]] = from[order[at] * stride];
      if (indices != nullptr) setInt(indices + offsetOf(t.indices, r, i, j, k) + at * t.indices.s[3], order[at]);
    }
    return true;
  });
}

}  // namespace foresight
