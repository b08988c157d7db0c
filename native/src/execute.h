// Runs a verified program on bound arrays.
#pragma once

#include <string>
#include <vector>

#include "program.h"

namespace foresight {

/**
 * @param inputs, outputs one pointer each, with the words (or bytes) that the description asked for
 * @returns false and a sentence where an index of a gather or scatter is outside; outputs are then not whole
 */
bool execute(Program& program, const std::vector<const void*>& inputs, const std::vector<void*>& outputs, std::string& error);

}  // namespace foresight
