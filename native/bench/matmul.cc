// GFLOP/s of the matrix kernels alone, at the shapes of small nets. Build and run: see native/README.md.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "../src/abi.h"
#include "../src/buffer.h"
#include "../src/levels.h"

using namespace foresight;

namespace {

struct Shape {
  const char* name;
  size_t rows, k, n;
  bool transposedA;
  int32_t activation;
  bool inPlace = false;  // B as it lies, not packed
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double gflops(const Kernels& kernels, const Shape& s) {
  Buffer a, b, c, packed, bias;
  a.allocate(s.rows * s.k + 64);
  b.allocate(s.k * s.n + 64);
  c.allocate(s.rows * s.n + 64);
  bias.allocate(s.n + 64);
  packed.allocate(kernels.packedWords(s.k, s.n));
  for (size_t i = 0; i < s.rows * s.k; i++) a.data()[i] = 0.01f * static_cast<float>(i % 17) - 0.05f;
  for (size_t i = 0; i < s.k * s.n; i++) b.data()[i] = 0.01f * static_cast<float>(i % 13) - 0.05f;
  kernels.pack(packed.data(), b.data(), static_cast<ptrdiff_t>(s.n), 1, s.k, s.n);
  MatmulTile t{};
  t.rows = s.rows;
  t.n = s.n;
  t.k = s.k;
  t.a = a.data();
  t.aRow = s.transposedA ? 1 : static_cast<ptrdiff_t>(s.k);
  t.aK = s.transposedA ? static_cast<ptrdiff_t>(s.rows) : 1;
  t.b = packed.data();
  if (s.inPlace) {
    t.b = b.data();
    t.bRow = static_cast<ptrdiff_t>(s.n);
  }
  t.c = c.data();
  t.cRow = static_cast<ptrdiff_t>(s.n);
  t.cCol = 1;
  t.bias = bias.data();
  t.activation = s.activation;
  const double flops = 2.0 * static_cast<double>(s.rows * s.k * s.n);
  const int calls = static_cast<int>(2e7 / flops) + 1;
  double best = 0;
  for (int round = 0; round < 200; round++) {
    const double start = now();
    for (int i = 0; i < calls; i++) kernels.matmul(t);
    const double rate = flops * calls / (now() - start) / 1e9;
    if (rate > best) best = rate;
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const Kernels* kernels = argc > 1 ? levelNamed(argv[1]) : defaultLevel();
  if (kernels == nullptr) return 1;
  const Shape shapes[] = {
      {"80 x 5 x 128 silu", 80, 5, 128, false, ACT_SILU},       {"80 x 128 x 128", 80, 128, 128, false, ACT_NONE},
      {"80 x 128 x 128 silu", 80, 128, 128, false, ACT_SILU},   {"80 x 128 x 128 relu", 80, 128, 128, false, ACT_RELU},
      {"80 x 128 x 8", 80, 128, 8, false, ACT_NONE},            {"80 x 128 x 16", 80, 128, 16, false, ACT_NONE},
      {"64 x 200 x 200", 64, 200, 200, false, ACT_NONE},        {"100 x 200 x 200 silu", 100, 200, 200, false, ACT_SILU},
      {"256 x 200 x 200", 256, 200, 200, false, ACT_NONE},      {"256 x 128 x 128", 256, 128, 128, false, ACT_NONE},
      {"32 x 128 x 128 in place", 32, 128, 128, false, ACT_NONE, true}, {"64 x 200 x 200 in place", 64, 200, 200, false, ACT_NONE, true},
      {"32 x 128 x 128", 32, 128, 128, false, ACT_NONE},        {"32 x 200 x 200", 32, 200, 200, false, ACT_NONE},
      {"128 x 256 x 128 A^T in place", 128, 256, 128, true, ACT_NONE, true}, {"64 x 256 x 128 A^T in place", 64, 256, 128, true, ACT_NONE, true},
      {"200 x 256 x 200 A^T in place", 200, 256, 200, true, ACT_NONE, true},
      {"128 x 256 x 128 A^T", 128, 256, 128, true, ACT_NONE},   {"200 x 256 x 200 A^T", 200, 256, 200, true, ACT_NONE},
  };
  std::printf("%s\n", kernels->name);
  for (const Shape& shape : shapes) std::printf("%-30s %6.1f GFLOP/s\n", shape.name, gflops(*kernels, shape));
  return 0;
}
