// One tile of rows under way: where its operands begin.
#pragma once

#include <string>

#include "program.h"

namespace foresight {

struct Tile {
  Program& program;
  /** The first word of every space: constants, arena, local, then by index inputs and outputs. */
  const std::vector<float*>& inputs;
  const std::vector<float*>& outputs;
  std::string& error;
  int64_t batch = 0, row = 0, rows = 0;
  bool isFull = true;
  bool beginsBatch = false;

  float* at(const Operand& operand) const {
    switch (operand.space) {
      case SPACE_CONSTANT: return program.constants.data() + offset(operand);
      case SPACE_ARENA: return program.arena.data() + offset(operand);
      case SPACE_LOCAL: return program.local.data() + operand.offset;
      case SPACE_INPUT: return inputs[static_cast<size_t>(operand.index)] + offset(operand);
      default: return outputs[static_cast<size_t>(operand.index)] + offset(operand);
    }
  }

 private:
  int64_t offset(const Operand& operand) const {
    return operand.offset + batch * operand.batch + row * operand.row;
  }
};

void runMatmul(const Tile& tile, Matmul& matmul);
void runMap(const Tile& tile, const Map& map);
void runReduce(const Tile& tile, const Reduce& reduce);
bool runGather(const Tile& tile, const Gather& gather);
bool runScatter(const Tile& tile, const Scatter& scatter);
void runScan(const Tile& tile, const Scan& scan);
void runTopK(const Tile& tile, const TopK& topk);

}  // namespace foresight
