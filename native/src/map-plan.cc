#include "map-plan.h"

#include <algorithm>
#include <limits>

#include "program.h"

namespace foresight {
namespace {

/** Floats of the level-1 cache that the live values of a block may take. */
constexpr size_t LIVE_FLOATS = 6144;
constexpr size_t LEAST_BLOCK = 128;
constexpr size_t MOST_BLOCK = 1024;

struct Axis {
  size_t extent;
  std::vector<ptrdiff_t> strides;  // of the inputs, then of the outputs
};

size_t groups(size_t n) { return (n + GROUP - 1) / GROUP * GROUP; }

/** The axes with more than one place, neighbours joined wherever every operand walks over them in one stride. */
std::vector<Axis> joinedAxes(const Map& map, size_t rows) {
  std::vector<const Operand*> operands;
  for (const Operand& input : map.inputs) operands.push_back(&input);
  for (const MapOutput& output : map.outputs) operands.push_back(&output.to);
  std::vector<Axis> axes;
  for (int axis = -1; axis < 4; axis++) {
    Axis made{axis < 0 ? rows : static_cast<size_t>(map.d[axis]), {}};
    if (made.extent == 1) continue;
    for (const Operand* operand : operands) made.strides.push_back(axis < 0 ? operand->row : operand->s[axis]);
    axes.push_back(made);
  }
  for (bool joined = true; joined;) {
    joined = false;
    for (size_t x = 0; x < axes.size() && !joined; x++) {
      for (size_t y = 0; y < axes.size() && !joined; y++) {
        if (x == y) continue;
        bool one = true;
        for (size_t i = 0; i < operands.size(); i++) {
          one = one && axes[x].strides[i] == axes[y].strides[i] * static_cast<ptrdiff_t>(axes[y].extent);
        }
        if (!one) continue;
        axes[y].extent *= axes[x].extent;
        axes.erase(axes.begin() + static_cast<ptrdiff_t>(x));
        joined = true;
      }
    }
  }
  return axes;
}

/** Cycles or so for one element of an operand when `inner` and `second` are the axes of a block. */
double accessCost(const Axis& inner, const Axis* second, size_t operand, size_t runsInBlock) {
  const ptrdiff_t s = inner.strides[operand];
  const ptrdiff_t t = second == nullptr ? 0 : second->strides[operand];
  if (s == 1 && (runsInBlock <= 1 || t == static_cast<ptrdiff_t>(inner.extent))) return 0;
  if (s == 0 && t == 0) return 0.1;
  if (s == 1 || s == 0) return 0.15 + 4.0 / static_cast<double>(inner.extent);
  return 1.2;
}

size_t runs(size_t innerExtent, size_t secondExtent, size_t block) {
  return innerExtent >= block ? 1 : std::min(secondExtent, std::max<size_t>(1, block / innerExtent));
}

/** Brings the axes into the order inner, second, others. */
void chooseOrder(std::vector<Axis>& axes, size_t operands, size_t block, size_t steps) {
  if (axes.size() < 2) return;
  double best = std::numeric_limits<double>::infinity();
  size_t bestInner = 0, bestSecond = 1;
  for (size_t x = 0; x < axes.size(); x++) {
    for (size_t y = 0; y < axes.size(); y++) {
      if (x == y) continue;
      const size_t m = runs(axes[x].extent, axes[y].extent, block);
      const double elements = static_cast<double>(std::min(axes[x].extent, block) * m);
      double cost = 15.0 * static_cast<double>(steps) / elements;
      for (size_t i = 0; i < operands; i++) cost += accessCost(axes[x], &axes[y], i, m);
      if (cost < best) {
        best = cost;
        bestInner = x;
        bestSecond = y;
      }
    }
  }
  std::swap(axes[0], axes[bestInner]);
  if (bestSecond == 0) bestSecond = bestInner;
  std::swap(axes[1], axes[bestSecond]);
}

MapAccess accessOf(const std::vector<Axis>& axes, size_t operand, const MapPlan& plan) {
  MapAccess access;
  ptrdiff_t* to[5] = {&access.inner, &access.second, &access.outer[0], &access.outer[1], &access.outer[2]};
  access.scalar = true;
  for (size_t i = 0; i < axes.size(); i++) {
    *to[i] = axes[i].strides[operand];
    access.scalar = access.scalar && axes[i].strides[operand] == 0;
  }
  access.contiguous = (access.inner == 1 || plan.inner == 1) &&
                      (plan.secondBlock == 1 || access.second == static_cast<ptrdiff_t>(plan.inner));
  return access;
}

struct Range {
  int64_t from, to;
};

Range rangeOf(const Operand& operand, const Map& map) {
  Range range{0, 0};
  for (int axis = 0; axis < 4; axis++) {
    const int64_t reach = (map.d[axis] - 1) * operand.s[axis];
    range.from += std::min<int64_t>(0, reach);
    range.to += std::max<int64_t>(0, reach);
  }
  return range;
}

/** May the two touch the same words? Exact where rows and batches step alike, otherwise "may". */
bool mayOverlap(const Operand& a, const Operand& b, const Map& map, size_t rows) {
  if (a.space != b.space || a.index != b.index) return false;
  if (a.batch != b.batch) return true;
  Range x = rangeOf(a, map), y = rangeOf(b, map);
  for (auto [range, operand] : {std::pair<Range*, const Operand*>{&x, &a}, {&y, &b}}) {
    const int64_t reach = static_cast<int64_t>(rows - 1) * operand->row;
    range->from += operand->offset + std::min<int64_t>(0, reach);
    range->to += operand->offset + std::max<int64_t>(0, reach);
  }
  return x.from <= y.to && y.from <= x.to;
}

/** Index of the last operation that reads a value; −1 if none does. */
std::vector<int> lastReads(const Map& map) {
  std::vector<int> last(map.inputs.size() + map.ops.size(), -1);
  for (size_t j = 0; j < map.ops.size(); j++) {
    for (int32_t operand : {map.ops[j].a, map.ops[j].b, map.ops[j].c}) {
      if (operand >= 0) last[static_cast<size_t>(operand)] = static_cast<int>(j);
    }
  }
  return last;
}

/** Is any input that this output may overlap read after operation j, by another operation or a store? */
bool readLater(const Map& map, const std::vector<int>& last, const MapOutput& output, int j, size_t rows) {
  for (size_t i = 0; i < map.inputs.size(); i++) {
    bool stored = false;
    for (const MapOutput& other : map.outputs) stored = stored || other.value == static_cast<int32_t>(i);
    if ((last[i] > j || stored) && mayOverlap(map.inputs[i], output.to, map, rows)) return true;
  }
  return false;
}

/** Loads just before their first use, stores as soon as nothing that they may overwrite is still to be read. */
void schedule(const Map& map, size_t rows, const Kernels& kernels, MapPlan& plan) {
  const std::vector<int> last = lastReads(map);
  const int32_t inputs = static_cast<int32_t>(map.inputs.size());
  std::vector<bool> loaded(map.inputs.size(), false), stored(map.outputs.size(), false);
  auto load = [&](int32_t value) {
    if (value < 0 || value >= inputs || loaded[static_cast<size_t>(value)]) return;
    loaded[static_cast<size_t>(value)] = true;
    plan.steps.push_back({MapStepKind::LOAD, value, -1, -1, -1, -1, nullptr});
  };
  for (size_t j = 0; j < map.ops.size(); j++) {
    const MapValueOp& op = map.ops[j];
    const int32_t value = inputs + static_cast<int32_t>(j);
    for (int32_t operand : {op.a, op.b, op.c}) load(operand);
    MapStep step{MapStepKind::OP, value, -1, op.a, op.b, op.c, kernels.map[op.code]};
    std::vector<int32_t> others;
    for (size_t o = 0; o < map.outputs.size(); o++) {
      if (map.outputs[o].value != value || readLater(map, last, map.outputs[o], static_cast<int>(j), rows)) continue;
      stored[o] = true;
      if (step.output < 0) {
        step.output = static_cast<int32_t>(o);
      } else {
        others.push_back(static_cast<int32_t>(o));
      }
    }
    plan.steps.push_back(step);
    for (int32_t o : others) plan.steps.push_back({MapStepKind::STORE, value, o, -1, -1, -1, nullptr});
  }
  for (const MapOutput& output : map.outputs) load(output.value);
  for (size_t o = 0; o < map.outputs.size(); o++) {
    if (!stored[o]) plan.steps.push_back({MapStepKind::STORE, map.outputs[o].value, static_cast<int32_t>(o), -1, -1, -1, nullptr});
  }
}

/** A place in the scratch for every value, used again once it is dead. @returns how many places live at once */
size_t assignPlaces(const MapPlan& plan, size_t values, std::vector<size_t>& place) {
  std::vector<int> last(values, -1);
  for (size_t i = 0; i < plan.steps.size(); i++) {
    const MapStep& step = plan.steps[i];
    for (int32_t value : {step.value, step.a, step.b, step.c}) {
      if (value >= 0) last[static_cast<size_t>(value)] = static_cast<int>(i);
    }
  }
  place.assign(values, 0);
  std::vector<size_t> free;
  size_t count = 0;
  for (size_t i = 0; i < plan.steps.size(); i++) {
    const MapStep& step = plan.steps[i];
    if (step.kind != MapStepKind::STORE) {
      if (free.empty()) free.push_back(count++);
      place[static_cast<size_t>(step.value)] = free.back();
      free.pop_back();
    }
    int32_t ended[4] = {step.value, step.a, step.b, step.c};
    for (int x = 0; x < 4; x++) {
      bool again = false;
      for (int y = 0; y < x; y++) again = again || ended[y] == ended[x];
      if (ended[x] >= 0 && !again && last[static_cast<size_t>(ended[x])] == static_cast<int>(i)) {
        free.push_back(place[static_cast<size_t>(ended[x])]);
      }
    }
  }
  return count;
}

}  // namespace

MapPlan planMap(const Map& map, size_t rows, const Kernels& kernels) {
  MapPlan plan;
  schedule(map, rows, kernels, plan);
  const size_t values = map.inputs.size() + map.ops.size();
  std::vector<size_t> place;
  const size_t live = assignPlaces(plan, values, place);
  const size_t block =
      std::clamp(LIVE_FLOATS / std::max<size_t>(1, live) / GROUP * GROUP, LEAST_BLOCK, MOST_BLOCK);

  std::vector<Axis> axes = joinedAxes(map, rows);
  const size_t operands = map.inputs.size() + map.outputs.size();
  chooseOrder(axes, operands, block, plan.steps.size());
  if (!axes.empty()) plan.inner = axes[0].extent;
  if (axes.size() > 1) plan.second = axes[1].extent;
  for (size_t i = 2; i < axes.size(); i++) plan.outer[i - 2] = axes[i].extent;
  plan.innerBlock = std::min(plan.inner, block);
  plan.secondBlock = runs(plan.inner, plan.second, block);
  for (size_t i = 0; i < operands; i++) {
    MapAccess access = accessOf(axes, i, plan);
    const bool isInput = i < map.inputs.size();
    const int32_t space = isInput ? map.inputs[i].space : map.outputs[i - map.inputs.size()].to.space;
    access.padded = space == SPACE_CONSTANT || space == SPACE_ARENA || space == SPACE_LOCAL;
    (isInput ? plan.inputs : plan.outputs).push_back(access);
  }
  const size_t slot = groups(plan.innerBlock * plan.secondBlock);
  for (size_t value = 0; value < values; value++) plan.slots.push_back(place[value] * slot);
  plan.scratchFloats = live * slot;
  return plan;
}

}  // namespace foresight
