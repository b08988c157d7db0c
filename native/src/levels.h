// Which vectors this processor (and its operating system) offers, and which kernels are used.
#pragma once

#include <vector>

#include "kernels.h"

namespace foresight {

/** Levels that this machine can run, best first; empty where it has no fused multiply-add. */
const std::vector<const Kernels*>& availableLevels();
/** The level of this name; null where this machine does not have it. */
const Kernels* levelNamed(const char* name);
/** The best level, or the one that FORESIGHT_VECTOR names if the machine has it; null where there is none. */
const Kernels* defaultLevel();

}  // namespace foresight
