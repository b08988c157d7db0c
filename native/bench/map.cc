// Nanoseconds a vector of 16 floats for the byte code of MAP on blocks in the level-1 cache.
#include <chrono>
#include <cstdio>

#include "../src/abi.h"
#include "../src/buffer.h"
#include "../src/levels.h"

using namespace foresight;

int main(int argc, char** argv) {
  const Kernels* kernels = argc > 1 ? levelNamed(argv[1]) : defaultLevel();
  if (kernels == nullptr) return 1;
  constexpr size_t n = 1024;
  Buffer a, b;
  a.allocate(n);
  b.allocate(n);
  for (size_t i = 0; i < n; i++) a.data()[i] = 0.01f * static_cast<float>(i % 400) - 2.0f;
#define X(name, number, arity) {#name, number},
  const struct {
    const char* name;
    int32_t code;
  } ops[] = {FORESIGHT_MAP_OPS(X)};
#undef X
  for (const auto& op : ops) {
    double best = 1e9;
    for (int round = 0; round < 50; round++) {
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < 20; i++) kernels->map[op.code](b.data(), a.data(), 1, a.data(), 1, a.data(), 1, n);
      const double ns = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() * 1e9 / 20 / (n / GROUP);
      if (ns < best) best = ns;
    }
    std::printf("%-10s %6.2f ns\n", op.name, best);
  }
  return 0;
}
