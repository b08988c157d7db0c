// Packed constants by content: equal ones of all programs of the process lie in memory once. A rollout has one product a step
// with the same weights, and a plan runs two programs of the same nets in turn: with a copy each they would push each other
// out of the processor's cache.
#pragma once

#include <cstddef>

#include "buffer.h"

namespace foresight {

struct SharedBlock;

/** Holds one packed constant, which nobody writes any more. Made, read and given up in any thread. */
class Shared {
 public:
  Shared() = default;
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared();

  /** Once: takes what `filled` holds, or in its place what is there already and equal to it bit for bit. */
  void take(Buffer& filled);
  const float* data() const { return data_; }
  /** What it added to the memory of the process: 0 where there was an equal one. */
  size_t addedFloats() const { return addedFloats_; }

 private:
  SharedBlock* block_ = nullptr;
  const float* data_ = nullptr;
  size_t addedFloats_ = 0;
};

/** Of the packed constants that there are, whoever holds them. */
size_t sharedBytes();

}  // namespace foresight
