// What a vector level offers: one table of functions, made from the same source (kernels.cc) for every level.
// Kernels see pointers and extents that program.cc has verified; they allocate nothing and never fail.
#pragma once

#include <cstddef>
#include <cstdint>

namespace foresight {

/** Floats that may be read behind the end of constants, arena and local space; their contents do not matter. */
constexpr size_t READ_PADDING = 64;
/** Unit in which blocks are counted: kernels work on whole groups of 16 words. */
constexpr size_t GROUP = 16;

/** dst[i] = f(a[i], b[i], c[i]) for i < n, n a multiple of GROUP. A step is 1, or 0 where an operand is one group that repeats. */
using MapKernel = void (*)(float* dst, const float* a, size_t aStep, const float* b, size_t bStep, const float* c,
                           size_t cStep, size_t n);

/**
 * The product of one tile of rows: C = act(start + A·B). B is packed as by `pack` (bRow 0), or lies as it is, columns side by
 * side and rows bRow floats apart; then up to GROUP floats behind its end are read where n is no multiple of GROUP.
 */
struct MatmulTile {
  size_t rows, n, k;
  const float* a;
  ptrdiff_t aRow, aK;
  const float* b;
  ptrdiff_t bRow;
  float* c;
  ptrdiff_t cRow, cCol;
  const float* bias;  // n floats padded to whole groups, or null
  bool accumulate;
  int32_t activation;
  float* pre;  // or null
  ptrdiff_t preRow, preCol;
};

/** in[i · stride] for the kept and reduced axes of a reduction; see reduce.h for the order of sums. */
struct ReduceTile {
  int32_t kind;
  size_t kept[3];  // rows, d0, d1
  size_t reduced[2];
  const float* in;
  ptrdiff_t inKept[3], inReduced[2];
  float* out;
  ptrdiff_t outKept[3];
};

struct Kernels {
  const char* name;
  const MapKernel* map;  // by number of the operation; null where there is none
  /** Words of k × n floats of B once packed. */
  size_t (*packedWords)(size_t k, size_t n);
  void (*pack)(float* packed, const float* b, ptrdiff_t kStride, ptrdiff_t nStride, size_t k, size_t n);
  void (*matmul)(const MatmulTile&);
  void (*reduce)(const ReduceTile&);
  /** dst[j · n + i] = src[j · outer + i · inner] for i < n, j < m: a strided block of m runs, packed. */
  void (*load)(float* dst, const float* src, ptrdiff_t inner, ptrdiff_t outer, size_t n, size_t m);
  void (*store)(float* dst, ptrdiff_t inner, ptrdiff_t outer, const float* src, size_t n, size_t m);
};

}  // namespace foresight
