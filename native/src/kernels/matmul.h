// The matrix product of a tile of rows: B lies packed in panels of 1 to WIDEST groups of columns; a block of rows and a
// panel are held in registers while k runs from first to last with fused multiply-add. So every element is summed in the
// same order whatever the blocks, and A is read in place with any strides.
#pragma once

#include "../abi.h"
#include "../kernels.h"
#include "elementwise.h"

namespace foresight {
namespace FORESIGHT_LEVEL {
namespace {

constexpr int G = static_cast<int>(GROUP) / W;  // vectors a group

#if defined(FORESIGHT_LEVEL_AVX512)
constexpr int WIDEST = 4;
/** Rows of a block for a panel of so many groups: accumulators, B and one number of A fit into 32 registers. */
constexpr int rowsFor(int panel) { return panel == 1 ? 14 : panel == 2 ? 14 : panel == 3 ? 9 : 6; }
#elif defined(FORESIGHT_LEVEL_AVX2)
constexpr int WIDEST = 1;
constexpr int rowsFor(int) { return 6; }
#else
constexpr int WIDEST = 1;
constexpr int rowsFor(int) { return 6; }
#endif
constexpr int MOST_ROWS = 14;

/** Groups of the panels, widest first, without one that is nearly empty beside full ones. */
size_t nextPanel(size_t groupsLeft) {
  if (WIDEST == 1) return 1;
  if (groupsLeft % 3 == 0 || groupsLeft > 4) return 3;
  return groupsLeft == 4 ? 2 : groupsLeft;
}

size_t packedWords(size_t k, size_t n) { return k * ((n + GROUP - 1) / GROUP) * GROUP; }

typedef float Four __attribute__((vector_size(16)));
typedef float FourLoose __attribute__((vector_size(16), aligned(4), may_alias));

/** Four columns of four rows of B that lie the other way round in memory: b[column · stride + row]. */
FORESIGHT_INLINE void turnFour(float* to, ptrdiff_t toRow, const float* from, ptrdiff_t stride) {
  const Four a = *reinterpret_cast<const FourLoose*>(from), b = *reinterpret_cast<const FourLoose*>(from + stride);
  const Four c = *reinterpret_cast<const FourLoose*>(from + 2 * stride), d = *reinterpret_cast<const FourLoose*>(from + 3 * stride);
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *reinterpret_cast<FourLoose*>(to) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *reinterpret_cast<FourLoose*>(to + toRow) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *reinterpret_cast<FourLoose*>(to + 2 * toRow) = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
  *reinterpret_cast<FourLoose*>(to + 3 * toRow) = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
}

/** One panel: `valid` columns of `k` rows, the rest of the `width` columns zero. */
void packPanel(float* to, size_t width, const float* b, ptrdiff_t kStride, ptrdiff_t nStride, size_t k, size_t valid) {
  size_t fours = 0;  // columns that are done, all rows of them
  if (kStride == 1 && nStride != 1) {
    for (; fours + 4 <= valid; fours += 4) {
      const float* from = b + static_cast<ptrdiff_t>(fours) * nStride;
      size_t row = 0;
      for (; row + 4 <= k; row += 4) turnFour(to + row * width + fours, static_cast<ptrdiff_t>(width), from + row, nStride);
      for (; row < k; row++) {
        for (size_t i = 0; i < 4; i++) to[row * width + fours + i] = from[static_cast<ptrdiff_t>(row) + static_cast<ptrdiff_t>(i) * nStride];
      }
    }
  }
  for (size_t row = 0; row < k; row++, to += width) {
    const float* from = b + static_cast<ptrdiff_t>(row) * kStride;
    size_t i = fours;
    if (nStride == 1) {
      for (; i + W <= valid; i += W) store(to + i, load(from + i));
    }
    for (; i < valid; i++) to[i] = from[static_cast<ptrdiff_t>(i) * nStride];
    for (; i < width; i++) to[i] = 0.0f;
  }
}

void pack(float* packed, const float* b, ptrdiff_t kStride, ptrdiff_t nStride, size_t k, size_t n) {
  const size_t groups = (n + GROUP - 1) / GROUP;
  for (size_t group = 0; group < groups;) {
    const size_t panel = nextPanel(groups - group), width = panel * GROUP, first = group * GROUP;
    packPanel(packed, width, b + static_cast<ptrdiff_t>(first) * nStride, kStride, nStride, k, n - first < width ? n - first : width);
    packed += k * width;
    group += panel;
  }
}

/** `rows` × `panel` groups of C in `c` (dense rows of cRow floats), which holds the start values if `fromC`. */
template <int rows, int panel>
void block(const float* a, ptrdiff_t aRow, ptrdiff_t aK, const float* b, ptrdiff_t bRow, const float* start, bool fromC,
           bool relu, float* c, ptrdiff_t cRow, size_t k) {
  constexpr int V = panel * G;
  F sum[rows][V];
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 16
    for (int v = 0; v < V; v++) sum[r][v] = fromC ? load(c + r * cRow + v * W) : load(start + v * W);
  }
  // One pointer for three rows: base, base + row, base + 2 · row are all single addressing modes.
  constexpr int BASES = (rows + 2) / 3;
  const float* base[BASES];
#pragma GCC unroll 16
  for (int i = 0; i < BASES; i++) base[i] = a + 3 * i * aRow;
  for (size_t step = 0; step < k; step++) {
    F factor[V];
#pragma GCC unroll 16
    for (int v = 0; v < V; v++) factor[v] = load(b + v * W);
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
      const F x = splat(base[r / 3][(r % 3) * aRow]);
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) sum[r][v] = fma(x, factor[v], sum[r][v]);
    }
    b += bRow;
#pragma GCC unroll 16
    for (int i = 0; i < BASES; i++) base[i] += aK;
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 16
    for (int v = 0; v < V; v++) store(c + r * cRow + v * W, relu ? maxOf(F{}, sum[r][v]) : sum[r][v]);
  }
}

using Block = void (*)(const float*, ptrdiff_t, ptrdiff_t, const float*, ptrdiff_t, const float*, bool, bool, float*, ptrdiff_t,
                       size_t);

template <int panel, int rows>
struct FillBlocks {
  static constexpr void fill(Block* to) {
    to[rows] = block<rows, panel>;
    FillBlocks<panel, rows - 1>::fill(to);
  }
};
template <int panel>
struct FillBlocks<panel, 0> {
  static constexpr void fill(Block*) {}
};

struct Blocks {
  Block by[WIDEST + 1][MOST_ROWS + 1] = {};
  template <int panel>
  constexpr void fill() {
    FillBlocks<panel, rowsFor(panel)>::fill(by[panel]);
    if constexpr (panel > 1) fill<panel - 1>();
  }
  constexpr Blocks() { fill<WIDEST>(); }
};

template <class Op>
void activateRows(float* c, ptrdiff_t cRow, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++, c += cRow) {
    for (size_t i = 0; i < width; i += W) store(c + i, Op::of(load(c + i)));
  }
}

void activate(int32_t activation, float* c, ptrdiff_t cRow, size_t rows, size_t width) {
  switch (activation) {
    case ACT_RELU: return activateRows<Relu>(c, cRow, rows, width);
    case ACT_SILU: return activateRows<Silu>(c, cRow, rows, width);
    case ACT_TANH: return activateRows<Tanh>(c, cRow, rows, width);
    case ACT_SIGMOID: return activateRows<Sigmoid>(c, cRow, rows, width);
    default: return;
  }
}

/** A dense block to where it belongs: `valid` columns with any strides. */
void spread(float* to, ptrdiff_t row, ptrdiff_t column, const float* from, ptrdiff_t fromRow, size_t rows, size_t valid) {
  if (column == 1) {
    for (size_t r = 0; r < rows; r++, to += row, from += fromRow) {
      size_t i = 0;
      for (; i + W <= valid; i += W) store(to + i, load(from + i));
      for (; i < valid; i++) to[i] = from[i];
    }
    return;
  }
  for (size_t i = 0; i < valid; i++) {
    for (size_t r = 0; r < rows; r++) {
      to[static_cast<ptrdiff_t>(r) * row + static_cast<ptrdiff_t>(i) * column] = from[static_cast<ptrdiff_t>(r) * fromRow + static_cast<ptrdiff_t>(i)];
    }
  }
}

void matmulTile(const MatmulTile& t) {
  static constexpr Blocks blocks;
  alignas(64) static const float zeros[WIDEST * GROUP] = {};
  alignas(64) float hot[MOST_ROWS * WIDEST * GROUP];
  const size_t groups = (t.n + GROUP - 1) / GROUP;
  const float* b = t.b;
  const bool inBlock = t.activation == ACT_RELU && t.pre == nullptr;  // while the block is still in registers
  for (size_t group = 0; group < groups;) {
    const size_t panel = nextPanel(groups - group), width = panel * GROUP, first = group * GROUP;
    const size_t valid = t.n - first < width ? t.n - first : width;
    const size_t most = static_cast<size_t>(rowsFor(static_cast<int>(panel)));
    const size_t parts = (t.rows + most - 1) / most;
    const ptrdiff_t bRow = t.bRow == 0 ? static_cast<ptrdiff_t>(width) : t.bRow;
    const bool direct = t.cCol == 1 && valid == width;
    const ptrdiff_t firstColumn = static_cast<ptrdiff_t>(first);
    size_t row = 0;
    for (size_t part = 0; part < parts; part++) {
      const size_t rows = (t.rows - row + (parts - part) - 1) / (parts - part);
      const ptrdiff_t at = static_cast<ptrdiff_t>(row);
      float* c = t.c + at * t.cRow + firstColumn * t.cCol;
      float* to = direct ? c : hot;
      const ptrdiff_t toRow = direct ? t.cRow : static_cast<ptrdiff_t>(width);
      if (t.accumulate) {
        for (size_t r = 0; r < rows; r++) {
          for (size_t i = 0; i < valid; i++) {
            const float there = c[static_cast<ptrdiff_t>(r) * t.cRow + static_cast<ptrdiff_t>(i) * t.cCol];
            to[static_cast<ptrdiff_t>(r) * toRow + static_cast<ptrdiff_t>(i)] = t.bias == nullptr ? there : there + t.bias[first + i];
          }
        }
      }
      const float* start = t.bias == nullptr ? zeros : t.bias + first;
      blocks.by[panel][rows](t.a + at * t.aRow, t.aRow, t.aK, b, bRow, start, t.accumulate, inBlock, to,
                             toRow, t.k);
      if (t.pre != nullptr) {
        spread(t.pre + at * t.preRow + firstColumn * t.preCol, t.preRow, t.preCol, to, toRow, rows, valid);
      }
      if (!inBlock) activate(t.activation, to, toRow, rows, width);
      if (!direct) spread(c, t.cRow, t.cCol, to, toRow, rows, valid);
      row += rows;
    }
    b += t.bRow == 0 ? t.k * width : width;
    group += panel;
  }
}

}  // namespace
}  // namespace FORESIGHT_LEVEL
}  // namespace foresight
