#include "execute.h"

#include <algorithm>
#include <cstring>

#include "tile.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace foresight {
namespace {

/** Numbers too small to be normal count as zero while this lives; the thread's own state is put back. */
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr((before_ | 0x8040u | 0x1f80u) & ~0x6000u); }
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#elif defined(__aarch64__)
  FlushDenormals() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
    __asm__ volatile("msr fpcr, %0" : : "r"((before_ | (uint64_t{1} << 24)) & ~(uint64_t{3} << 22)));
  }
  ~FlushDenormals() { __asm__ volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  uint64_t before_;
#endif
};

bool runInstruction(const Tile& tile, const Instruction& instruction) {
  Program& program = tile.program;
  switch (instruction.opcode) {
    case OP_MATMUL: runMatmul(tile, *program.matmuls[instruction.at]); return true;
    case OP_MAP: runMap(tile, program.maps[instruction.at]); return true;
    case OP_REDUCE: runReduce(tile, program.reduces[instruction.at]); return true;
    case OP_GATHER: return runGather(tile, program.gathers[instruction.at]);
    case OP_SCATTER: return runScatter(tile, program.scatters[instruction.at]);
    case OP_SCAN: runScan(tile, program.scans[instruction.at]); return true;
    default: runTopK(tile, program.topks[instruction.at]); return true;
  }
}

bool runRegion(Tile& tile, const Region& region) {
  for (int64_t batch = 0; batch < region.batches(); batch++) {
    for (int64_t row = 0; row < region.perBatch; row += region.tile) {
      tile.batch = batch;
      tile.row = row;
      tile.rows = std::min(region.tile, region.perBatch - row);
      tile.isFull = tile.rows == region.tile;
      tile.beginsBatch = row == 0;
      for (const Instruction& instruction : region.instructions) {
        if (!runInstruction(tile, instruction)) return false;
      }
    }
  }
  return true;
}

}  // namespace

/** Words of A, B and C that a long product may go through at a time, so that they stay in the second-level cache. */
constexpr size_t BLOCK_WORDS = 65536;

/**
 * A product over a large k, as a weight's gradient over all rows of a batch is: a part of k after the other, because every block of
 * rows reads all of B again. What has been summed lies in C between the parts, so that every element is summed in the same order.
 */
void runLongMatmul(const Kernels& kernels, MatmulTile t, size_t part) {
  const size_t k = t.k;
  const int32_t activation = t.activation;
  float* pre = t.pre;
  for (size_t from = 0; from < k; from += part) {
    const bool isLast = k - from <= part;
    t.k = isLast ? k - from : part;
    t.activation = isLast ? activation : ACT_NONE;
    t.pre = isLast ? pre : nullptr;
    kernels.matmul(t);
    t.accumulate = true;
    t.bias = nullptr;
    t.a += static_cast<ptrdiff_t>(t.k) * t.aK;
    t.b += static_cast<ptrdiff_t>(t.k) * t.bRow;
  }
}

void runMatmul(const Tile& tile, Matmul& m) {
  const Kernels& kernels = *tile.program.kernels;
  const size_t k = static_cast<size_t>(m.k), n = static_cast<size_t>(m.n);
  const float* packed = m.constant ? m.shared.data() : m.packed.data();
  if (m.inPlace) {
    packed = tile.at(m.b);
  } else if (m.constant) {
    if (m.b.batch != 0) packed += static_cast<size_t>(tile.batch) * m.packedWords;
  } else if (tile.beginsBatch && (m.b.batch != 0 || tile.batch == 0)) {
    kernels.pack(m.packed.data(), tile.at(m.b), m.b.s[0], m.b.s[1], k, n);
  }
  MatmulTile t{};
  t.rows = static_cast<size_t>(tile.rows);
  t.n = n;
  t.k = k;
  t.a = tile.at(m.a);
  t.aRow = m.a.row;
  t.aK = m.a.s[0];
  t.b = packed;
  t.bRow = m.inPlace ? m.b.s[0] : 0;
  t.c = tile.at(m.c);
  t.cRow = m.c.row;
  t.cCol = m.c.s[0];
  t.accumulate = m.accumulate;
  t.activation = m.activation;
  if (m.bias.present() && m.bias.row == 0) {
    kernels.load(m.padded.data(), tile.at(m.bias), m.bias.s[0], 0, n, 1);
    t.bias = m.padded.data();
  } else if (m.bias.present()) {
    // A start that differs from row to row is laid into C first.
    const float* from = tile.at(m.bias);
    for (int64_t r = 0; r < tile.rows; r++) {
      for (int64_t i = 0; i < m.n; i++) {
        float& c = t.c[r * m.c.row + i * m.c.s[0]];
        const float start = from[r * m.bias.row + i * m.bias.s[0]];
        c = m.accumulate ? c + start : start;
      }
    }
    t.accumulate = true;
  }
  if (m.pre.present()) {
    t.pre = tile.at(m.pre);
    t.preRow = m.pre.row;
    t.preCol = m.pre.s[0];
  }
  const size_t part = BLOCK_WORDS / (t.rows + n);
  if (m.inPlace && t.rows * n <= BLOCK_WORDS / 2 && part > 0 && k >= 2 * part) return runLongMatmul(kernels, t, part);
  kernels.matmul(t);
}

void runReduce(const Tile& tile, const Reduce& r) {
  ReduceTile t{};
  t.kind = r.kind;
  t.kept[0] = static_cast<size_t>(tile.rows);
  t.kept[1] = static_cast<size_t>(r.d[0]);
  t.kept[2] = static_cast<size_t>(r.d[1]);
  t.reduced[0] = static_cast<size_t>(r.d[2]);
  t.reduced[1] = static_cast<size_t>(r.d[3]);
  t.in = tile.at(r.in);
  t.out = tile.at(r.out);
  t.inKept[0] = r.in.row;
  t.outKept[0] = r.out.row;
  for (int i = 0; i < 2; i++) {
    t.inKept[i + 1] = r.in.s[i];
    t.outKept[i + 1] = r.out.s[i];
    t.inReduced[i] = r.in.s[i + 2];
  }
  tile.program.kernels->reduce(t);
}

bool execute(Program& program, const std::vector<const void*>& inputs, const std::vector<void*>& outputs, std::string& error) {
  FlushDenormals flushed;
  std::vector<float*> in, out;
  for (size_t i = 0; i < inputs.size(); i++) {
    if (program.wideInputs[i] == nullptr) {
      in.push_back(static_cast<float*>(const_cast<void*>(inputs[i])));  // the verifier lets nothing write there
      continue;
    }
    const uint8_t* bytes = static_cast<const uint8_t*>(inputs[i]);
    float* wide = program.wideInputs[i]->data();
    for (int64_t word = 0; word < program.inputs[i].words; word++) wide[word] = bytes[word] != 0 ? 1.0f : 0.0f;
    in.push_back(wide);
  }
  for (size_t i = 0; i < outputs.size(); i++) {
    out.push_back(program.wideOutputs[i] == nullptr ? static_cast<float*>(outputs[i]) : program.wideOutputs[i]->data());
  }
  Tile tile{program, in, out, error};
  for (const Region& region : program.regions) {
    if (!runRegion(tile, region)) return false;
  }
  for (size_t i = 0; i < outputs.size(); i++) {
    if (program.wideOutputs[i] == nullptr) continue;
    uint8_t* bytes = static_cast<uint8_t*>(outputs[i]);
    for (int64_t word = 0; word < program.outputs[i].words; word++) bytes[word] = out[i][word] != 0.0f ? 1 : 0;
  }
  return true;
}

}  // namespace foresight
