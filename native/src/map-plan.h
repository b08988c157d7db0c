// How a MAP runs over one tile: which axis is innermost, how large a block is, which values live where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "buffer.h"
#include "kernels.h"

namespace foresight {

struct Map;
struct Program;
struct Region;

/** One operand along the axes of the plan. */
struct MapAccess {
  ptrdiff_t inner = 0, second = 0, outer[3] = {0, 0, 0};
  bool scalar = false;      // the same word everywhere
  bool contiguous = false;  // a block is one run of words
  bool padded = false;      // may be read behind its end
};

enum class MapStepKind : uint8_t { LOAD, OP, STORE };

struct MapStep {
  MapStepKind kind;
  int32_t value;    // LOAD: the input; OP: the value it makes; STORE: what is stored
  int32_t output;   // STORE, and OP that may write an output in place: which; else −1
  int32_t a, b, c;  // OP: operands
  MapKernel kernel;
};

struct MapPlan {
  size_t inner = 1, second = 1, outer[3] = {1, 1, 1};
  size_t innerBlock = 1, secondBlock = 1;
  std::vector<MapAccess> inputs, outputs;
  std::vector<MapStep> steps;
  /** Where a value lives in the scratch, in floats. */
  std::vector<size_t> slots;
  size_t scratchFloats = 0;
};

/** @param rows of the tile */
MapPlan planMap(const Map& map, size_t rows, const Kernels& kernels);

}  // namespace foresight
