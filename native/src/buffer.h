#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace foresight {

/** Zeroed floats on a boundary of 64 bytes. Running out of memory is a state to ask for, not the end of the process. */
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { release(); }

  bool allocate(size_t floats) {
    release();
    raw_ = std::calloc(floats + 16, sizeof(float));
    if (raw_ == nullptr) return false;
    data_ = reinterpret_cast<float*>((reinterpret_cast<uintptr_t>(raw_) + 63) & ~static_cast<uintptr_t>(63));
    floats_ = floats;
    return true;
  }
  void release() {
    std::free(raw_);
    raw_ = nullptr;
    data_ = nullptr;
    floats_ = 0;
  }
  void swap(Buffer& other) {
    std::swap(raw_, other.raw_);
    std::swap(data_, other.data_);
    std::swap(floats_, other.floats_);
  }
  float* data() { return data_; }
  const float* data() const { return data_; }
  size_t floats() const { return floats_; }

 private:
  void* raw_ = nullptr;
  float* data_ = nullptr;
  size_t floats_ = 0;
};

}  // namespace foresight
