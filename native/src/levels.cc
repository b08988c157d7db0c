#include "levels.h"

#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace foresight {

#if defined(__x86_64__)
namespace level_avx2 {
extern const Kernels table;
}
namespace level_avx512 {
extern const Kernels table;
}

namespace {

/** State of the vector registers that the operating system saves; only asked where it says that it can be (OSXSAVE). */
uint64_t savedState() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

std::vector<const Kernels*> detect() {
  std::vector<const Kernels*> found;
  uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return found;
  const bool fma = (c & bit_FMA) != 0, avx = (c & bit_AVX) != 0, osxsave = (c & bit_OSXSAVE) != 0;
  if (!fma || !avx || !osxsave || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
  const uint64_t state = savedState();
  const uint32_t wide = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
  if ((state & 0xe6) == 0xe6 && (b & wide) == wide) found.push_back(&level_avx512::table);
  if ((state & 0x6) == 0x6 && (b & bit_AVX2) != 0) found.push_back(&level_avx2::table);
  return found;
}

}  // namespace
#elif defined(__aarch64__)
namespace level_neon {
extern const Kernels table;
}

namespace {
std::vector<const Kernels*> detect() { return {&level_neon::table}; }
}  // namespace
#else
namespace {
std::vector<const Kernels*> detect() { return {}; }
}  // namespace
#endif

const std::vector<const Kernels*>& availableLevels() {
  // Never destroyed: Node lets go of a library that only a worker thread had loaded, and what it had registered to be
  // destroyed at the process' end would be called where nothing is any more.
  static const std::vector<const Kernels*>& levels = *new std::vector<const Kernels*>(detect());
  return levels;
}

const Kernels* levelNamed(const char* name) {
  for (const Kernels* level : availableLevels()) {
    if (std::strcmp(level->name, name) == 0) return level;
  }
  return nullptr;
}

const Kernels* defaultLevel() {
  static const char* const wanted = std::getenv("FORESIGHT_VECTOR");
  const Kernels* named = wanted == nullptr ? nullptr : levelNamed(wanted);
  if (named != nullptr) return named;
  return availableLevels().empty() ? nullptr : availableLevels().front();
}

}  // namespace foresight
