// Does an operand stay inside its space for every row, batch and place it is used at?
#pragma once

#include <string>

#include "program.h"

namespace foresight {

class Verifier {
 public:
  Verifier(const Description& description, std::string& error) : description_(description), error_(error) {}

  /** The instruction that is checked from now on. */
  void at(const Region& region, int32_t opcode, size_t word);
  bool reads(const Operand& operand, const int64_t (&extents)[4]);
  /** Also refuses read-only spaces, and places that would be written more than once. */
  bool writes(const Operand& operand, const int64_t (&extents)[4]);
  /** As writes, but several places may meet. */
  bool scatters(const Operand& operand, const int64_t (&extents)[4]);
  bool fail(const char* sentence) {
    error_ = sentence;
    return false;
  }

 private:
  bool inside(const Operand& operand, const int64_t (&extents)[4]);
  int64_t wordsOf(const Operand& operand) const;

  const Description& description_;
  std::string& error_;
  int64_t rows_ = 1, batches_ = 1, tile_ = 1;
  int32_t opcode_ = 0;
  size_t word_ = 0;
};

}  // namespace foresight
