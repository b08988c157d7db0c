// A program as createProgram hands it in, decoded and verified: nothing in here reaches outside the spaces it names.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "abi.h"
#include "buffer.h"
#include "map-plan.h"
#include "shared.h"

namespace foresight {

struct Extent {
  int64_t words = 0;
  int32_t kind = KIND_WORDS;
};

/** address = offset + batch · batchStride + row · rowStride + Σ i · s[i], in words of its space. */
struct Operand {
  int32_t space = SPACE_NONE;
  int32_t index = 0;
  int64_t offset = 0, batch = 0, row = 0;
  int64_t s[4] = {0, 0, 0, 0};
  bool present() const { return space != SPACE_NONE; }
};

struct Matmul {
  int64_t n, k;
  int32_t activation;
  bool accumulate;
  Operand a, b, bias, c, pre;
  /** A constant B, packed at creation for every batch. */
  Shared shared;
  /** Any other B that is packed: of one batch, made anew at the first tile of each. */
  Buffer packed;
  size_t packedWords = 0;
  bool constant = false;
  /** B is used as it lies: its columns are side by side, and what is read behind its end is there. */
  bool inPlace = false;
  /** The bias of one batch, padded to whole groups. */
  Buffer padded;
};

struct MapValueOp {
  int32_t code;
  int32_t a, b, c;
};

struct MapOutput {
  int32_t value;
  Operand to;
};

struct Map {
  int64_t d[4];
  std::vector<Operand> inputs;
  std::vector<MapValueOp> ops;
  std::vector<MapOutput> outputs;
  /** For tiles of T rows, and for the shorter last tile of a batch where there is one. */
  MapPlan full, rest;
};

struct Reduce {
  int32_t kind;
  int64_t d[4];
  Operand in, out;
};

struct Gather {
  int64_t d[4];
  Operand index, data, out;
};

struct Scatter {
  int32_t mode;
  int64_t d[4];
  Operand index, data, out;
};

struct Scan {
  int32_t kind, flags;
  int64_t d[4];
  Operand in, out;
};

struct TopK {
  int64_t k;
  bool largest;
  int64_t d[4];
  Operand in, values, indices;
};

struct Instruction {
  int32_t opcode;
  size_t at;  // in the program's list of this opcode
};

struct Region {
  int64_t rows, perBatch, tile;
  std::vector<Instruction> instructions;
  int64_t batches() const { return rows / perBatch; }
  int64_t restRows() const { return perBatch % tile; }
};

struct Program {
  const Kernels* kernels = nullptr;
  Buffer constants, arena, local, scratch;
  std::vector<Extent> inputs, outputs;
  /** Bool inputs and outputs as float32, one buffer each where the kind is bytes. */
  std::vector<std::unique_ptr<Buffer>> wideInputs, wideOutputs;
  std::vector<Region> regions;
  std::vector<std::unique_ptr<Matmul>> matmuls;
  std::vector<Map> maps;
  std::vector<Reduce> reduces;
  std::vector<Gather> gathers;
  std::vector<Scatter> scatters;
  std::vector<Scan> scans;
  std::vector<TopK> topks;
  Buffer order;  // scratch of TOPK
  size_t orderWords = 0;
  bool used = false;           // is a run under way?
};

struct Description {
  const Kernels* kernels;
  const int32_t* code;
  size_t codeWords;
  const void* constants;
  size_t constantWords;
  int64_t arenaWords, localWords;
  std::vector<Extent> inputs, outputs;
};

/** Decodes, verifies and plans. @returns the program, or null and a sentence in `error` */
std::unique_ptr<Program> createProgram(const Description& description, std::string& error);

}  // namespace foresight
