#include "verify.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace foresight {
namespace {

const char* nameOf(int32_t space) {
  static const char* names[] = {"the constants", "the arena", "the local space", "an input", "an output"};
  return names[space];
}

}  // namespace

void Verifier::at(const Region& region, int32_t opcode, size_t word) {
  rows_ = region.perBatch;
  batches_ = region.batches();
  tile_ = region.tile;
  opcode_ = opcode;
  word_ = word;
}

int64_t Verifier::wordsOf(const Operand& operand) const {
  if (operand.space != SPACE_INPUT && operand.space != SPACE_OUTPUT && operand.index != 0) return -1;
  switch (operand.space) {
    case SPACE_CONSTANT: return static_cast<int64_t>(description_.constantWords);
    case SPACE_ARENA: return description_.arenaWords;
    case SPACE_LOCAL: return description_.localWords;
    case SPACE_INPUT:
    case SPACE_OUTPUT: {
      const std::vector<Extent>& bound = operand.space == SPACE_INPUT ? description_.inputs : description_.outputs;
      if (operand.index < 0 || static_cast<size_t>(operand.index) >= bound.size()) return -1;
      return bound[static_cast<size_t>(operand.index)].words;
    }
    default: return -1;
  }
}

bool Verifier::inside(const Operand& operand, const int64_t (&extents)[4]) {
  char sentence[256];
  const int64_t words = wordsOf(operand);
  if (words < 0) {
    std::snprintf(sentence, sizeof sentence, "Instruction %d at word %zu names a space that the program does not have.", opcode_, word_);
    return fail(sentence);
  }
  const bool local = operand.space == SPACE_LOCAL;
  if (local && operand.batch != 0) {
    std::snprintf(sentence, sizeof sentence, "Instruction %d at word %zu steps through batches in the local space.", opcode_, word_);
    return fail(sentence);
  }
  // Words are 32 bits wide and so are extents: no sum of six products overflows 64 bits.
  int64_t least = operand.offset, most = operand.offset;
  auto reach = [&](int64_t extent, int64_t stride) { (stride < 0 ? least : most) += (extent - 1) * stride; };
  reach(batches_, operand.batch);
  reach(local ? tile_ : rows_, operand.row);
  for (int axis = 0; axis < 4; axis++) reach(extents[axis], operand.s[axis]);
  if (least >= 0 && most < words) return true;
  std::snprintf(sentence, sizeof sentence,
                "Instruction %d at word %zu reaches words %" PRId64 " to %" PRId64 " of %s, which has %" PRId64 ".", opcode_,
                word_, least, most, nameOf(operand.space), words);
  return fail(sentence);
}

bool Verifier::reads(const Operand& operand, const int64_t (&extents)[4]) { return inside(operand, extents); }

bool Verifier::scatters(const Operand& operand, const int64_t (&extents)[4]) {
  if (operand.space != SPACE_ARENA && operand.space != SPACE_LOCAL && operand.space != SPACE_OUTPUT) {
    char sentence[160];
    std::snprintf(sentence, sizeof sentence, "Instruction %d at word %zu writes to what can only be read.", opcode_, word_);
    return fail(sentence);
  }
  return inside(operand, extents);
}

bool Verifier::writes(const Operand& operand, const int64_t (&extents)[4]) {
  bool twice = tile_ > 1 && operand.row == 0;
  for (int axis = 0; axis < 4; axis++) twice = twice || (extents[axis] > 1 && operand.s[axis] == 0);
  if (twice) {
    char sentence[160];
    std::snprintf(sentence, sizeof sentence, "Instruction %d at word %zu writes one place more than once.", opcode_, word_);
    return fail(sentence);
  }
  return scatters(operand, extents);
}

}  // namespace foresight
