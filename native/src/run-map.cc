// A MAP over one tile: blocks that stay in the level-1 cache go through the whole byte code.
#include <algorithm>

#include "tile.h"

namespace foresight {
namespace {

/** Where a value of the current block is: words one after another (step 1), or one group that repeats (step 0). */
struct Place {
  float* at;
  size_t step;
};

struct Block {
  const Kernels& kernels;
  const MapPlan& plan;
  float* scratch;
  Place* places;
  size_t inner, second;  // extents of this block
  size_t count() const { return inner * second; }
  size_t padded() const { return (count() + GROUP - 1) / GROUP * GROUP; }
  bool whole() const { return count() % GROUP == 0; }
};

void loadInput(const Block& block, int32_t value, float* from) {
  const MapAccess& access = block.plan.inputs[static_cast<size_t>(value)];
  float* slot = block.scratch + block.plan.slots[static_cast<size_t>(value)];
  Place& place = block.places[value];
  if (access.scalar) {
    block.kernels.load(slot, from, 0, 0, GROUP, 1);
    place = {slot, 0};
  } else if (access.contiguous && (access.padded || block.whole())) {
    place = {from, 1};
  } else {
    block.kernels.load(slot, from, access.inner, access.second, block.inner, block.second);
    place = {slot, 1};
  }
}

void storeOutput(const Block& block, int32_t output, int32_t value, float* to) {
  const MapAccess& access = block.plan.outputs[static_cast<size_t>(output)];
  Place place = block.places[value];
  if (place.step == 0) {
    float* slot = block.scratch + block.plan.slots[static_cast<size_t>(value)];
    block.kernels.load(slot, place.at, 0, 0, block.padded(), 1);
    block.places[value] = place = {slot, 1};
  }
  block.kernels.store(to, access.inner, access.second, place.at, block.inner, block.second);
}

void compute(const Block& block, const MapStep& step, float* const* outputs) {
  float* to = block.scratch + block.plan.slots[static_cast<size_t>(step.value)];
  const bool direct = step.output >= 0 && block.whole() && block.plan.outputs[static_cast<size_t>(step.output)].contiguous;
  if (direct) to = outputs[step.output];
  const Place none{nullptr, 0};
  const Place& a = block.places[step.a];
  const Place& b = step.b < 0 ? none : block.places[step.b];
  const Place& c = step.c < 0 ? none : block.places[step.c];
  step.kernel(to, a.at, a.step, b.at, b.step, c.at, c.step, block.padded());
  block.places[step.value] = {to, 1};
  if (step.output >= 0 && !direct) storeOutput(block, step.output, step.value, outputs[step.output]);
}

}  // namespace

void runMap(const Tile& tile, const Map& map) {
  const MapPlan& plan = tile.isFull ? map.full : map.rest;
  Place places[MAX_MAP_INPUTS + MAX_MAP_OPS];
  float* inputs[MAX_MAP_INPUTS];
  float* outputs[MAX_MAP_OUTPUTS];
  float* inputsHere[MAX_MAP_INPUTS];
  float* outputsHere[MAX_MAP_OUTPUTS];
  for (size_t i = 0; i < map.inputs.size(); i++) inputs[i] = tile.at(map.inputs[i]);
  for (size_t o = 0; o < map.outputs.size(); o++) outputs[o] = tile.at(map.outputs[o].to);

  const size_t outerCount = plan.outer[0] * plan.outer[1] * plan.outer[2];
  for (size_t outer = 0; outer < outerCount; outer++) {
    const ptrdiff_t i0 = static_cast<ptrdiff_t>(outer % plan.outer[0]);
    const ptrdiff_t i1 = static_cast<ptrdiff_t>(outer / plan.outer[0] % plan.outer[1]);
    const ptrdiff_t i2 = static_cast<ptrdiff_t>(outer / plan.outer[0] / plan.outer[1]);
    for (size_t second = 0; second < plan.second; second += plan.secondBlock) {
      for (size_t inner = 0; inner < plan.inner; inner += plan.innerBlock) {
        auto from = [&](const MapAccess& access) {
          return i0 * access.outer[0] + i1 * access.outer[1] + i2 * access.outer[2] +
                 static_cast<ptrdiff_t>(second) * access.second + static_cast<ptrdiff_t>(inner) * access.inner;
        };
        for (size_t i = 0; i < map.inputs.size(); i++) inputsHere[i] = inputs[i] + from(plan.inputs[i]);
        for (size_t o = 0; o < map.outputs.size(); o++) outputsHere[o] = outputs[o] + from(plan.outputs[o]);
        const Block block{*tile.program.kernels, plan, tile.program.scratch.data(), places,
                          std::min(plan.innerBlock, plan.inner - inner), std::min(plan.secondBlock, plan.second - second)};
        for (const MapStep& step : plan.steps) {
          switch (step.kind) {
            case MapStepKind::LOAD: loadInput(block, step.value, inputsHere[step.value]); break;
            case MapStepKind::OP: compute(block, step, outputsHere); break;
            case MapStepKind::STORE: storeOutput(block, step.output, step.value, outputsHere[step.output]); break;
          }
        }
      }
    }
  }
}

}  // namespace foresight
