// Compiled once for every vector level, with that level's flags. Nothing of the C++ library may be used here: a function
// of it that was compiled with wide vectors could be the one that the linker keeps for everybody.
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"
#include "kernels/elementwise.h"
#include "kernels/matmul.h"
#include "kernels/reduce.h"

namespace foresight {
namespace FORESIGHT_LEVEL {
namespace {
constexpr MapTable maps;
}

extern const Kernels table;
const Kernels table = {FORESIGHT_LEVEL_NAME, maps.kernels, packedWords, pack, matmulTile, reduceTile, loadBlock, storeBlock};

}  // namespace FORESIGHT_LEVEL
}  // namespace foresight
