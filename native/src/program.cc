#include "program.h"

#include <algorithm>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "verify.h"

namespace foresight {
namespace {

constexpr int64_t MOST_WORDS = int64_t{1} << 31;  // of any one space
constexpr int64_t MOST_PACKED = int64_t{1} << 29;

/** Reads one region's instructions; every reader checks what it reads before anything is planned or allocated for it. */
class Decoder {
 public:
  Decoder(const Description& description, Program& program, std::string& error)
      : code_(description.code), end_(description.codeWords), program_(program), verifier_(description, error) {}

  bool decode() {
    size_t at = 0;
    while (at < end_) {
      if (!decodeRegion(at)) return false;
    }
    return true;
  }

 private:
  bool fail(const char* format, ...) __attribute__((format(printf, 2, 3))) {
    char sentence[256];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return verifier_.fail(sentence);
  }

  bool decodeRegion(size_t& at) {
    if (end_ - at < 5 || code_[at] != OP_REGION) return fail("Word %zu does not begin a region.", at);
    const int64_t words = code_[at + 1];
    if (words < 5 || words > static_cast<int64_t>(end_ - at)) return fail("The region at word %zu has no room.", at);
    Region region{code_[at + 2], code_[at + 3], code_[at + 4], {}};
    if (region.rows < 1 || region.perBatch < 1 || region.tile < 1 || region.rows % region.perBatch != 0 ||
        region.tile > region.perBatch) {
      return fail("The region at word %zu has impossible rows.", at);
    }
    const size_t end = at + static_cast<size_t>(words);
    for (at += 5; at < end;) {
      if (end - at < 2) return fail("Word %zu is no instruction.", at);
      const int64_t length = code_[at + 1];
      if (length < 2 || length > static_cast<int64_t>(end - at)) return fail("The instruction at word %zu has no room.", at);
      verifier_.at(region, code_[at], at);
      position_ = at + 2;
      limit_ = at + static_cast<size_t>(length);
      if (!decodeInstruction(code_[at], region)) return false;
      if (position_ != limit_) return fail("The instruction at word %zu is not of its length.", at);
      at = limit_;
    }
    program_.regions.push_back(std::move(region));
    return true;
  }

  bool decodeInstruction(int32_t opcode, Region& region) {
    switch (opcode) {
      case OP_MATMUL: return decodeMatmul(region);
      case OP_MAP: return decodeMap(region);
      case OP_REDUCE: return decodeReduce(region);
      case OP_GATHER: return decodeGather(region);
      case OP_SCATTER: return decodeScatter(region);
      case OP_SCAN: return decodeScan(region);
      case OP_TOPK: return decodeTopK(region);
      default: return fail("Word %zu is no instruction that this version knows.", position_ - 2);
    }
  }

  bool need(size_t words) {
    return limit_ - position_ >= words || fail("The instruction that ends at word %zu is too short.", limit_);
  }
  int32_t word() { return code_[position_++]; }
  Operand operand() {
    Operand read;
    read.space = word();
    read.index = word();
    read.offset = word();
    read.batch = word();
    read.row = word();
    for (int64_t& stride : read.s) stride = word();
    return read;
  }
  bool extents(int64_t (&d)[4]) {
    int64_t places = 1;
    for (int64_t& extent : d) {
      extent = word();
      if (extent < 1) return fail("An extent before word %zu is below 1.", position_);
      places *= extent;
      if (places > MOST_WORDS) return fail("The extents before word %zu are too large.", position_);
    }
    return true;
  }

  bool decodeMatmul(Region& region) {
    if (!need(4 + 5 * OPERAND_WORDS)) return false;
    auto made = std::make_unique<Matmul>();
    Matmul& m = *made;
    m.n = word();
    m.k = word();
    m.activation = word();
    const int32_t flags = word();
    m.accumulate = (flags & MATMUL_ACCUMULATE) != 0;
    for (Operand* operand_ : {&m.a, &m.b, &m.bias, &m.c, &m.pre}) *operand_ = operand();
    if (m.n < 1 || m.k < 1 || m.n * m.k > MOST_PACKED) return fail("The product before word %zu has impossible sizes.", position_);
    if (m.activation < 0 || m.activation >= ACT_COUNT || (flags & ~MATMUL_ACCUMULATE) != 0) {
      return fail("The product before word %zu has an unknown activation or flag.", position_);
    }
    const int64_t ak[4] = {m.k, 1, 1, 1}, bkn[4] = {m.k, m.n, 1, 1}, cn[4] = {m.n, 1, 1, 1};
    if (m.b.row != 0 || m.b.space == SPACE_LOCAL) {
      return fail("The second factor before word %zu may not differ from row to row.", position_);
    }
    if (!verifier_.reads(m.a, ak) || !verifier_.reads(m.b, bkn) || !verifier_.writes(m.c, cn)) return false;
    if (m.bias.present() && !verifier_.reads(m.bias, cn)) return false;
    if (m.pre.present() && !verifier_.writes(m.pre, cn)) return false;
    region.instructions.push_back({OP_MATMUL, program_.matmuls.size()});
    program_.matmuls.push_back(std::move(made));
    return true;
  }

  bool decodeMap(Region& region) {
    if (!need(7)) return false;
    Map map;
    if (!extents(map.d)) return false;
    const int32_t inputs = word(), ops = word(), outputs = word();
    if (inputs < 1 || inputs > MAX_MAP_INPUTS || ops < 0 || ops > MAX_MAP_OPS || outputs < 1 || outputs > MAX_MAP_OUTPUTS) {
      return fail("The map before word %zu has an impossible number of inputs, operations or outputs.", position_);
    }
    if (!need(static_cast<size_t>(inputs * OPERAND_WORDS + ops * 4 + outputs * (1 + OPERAND_WORDS)))) return false;
    for (int32_t i = 0; i < inputs; i++) {
      map.inputs.push_back(operand());
      if (!verifier_.reads(map.inputs.back(), map.d)) return false;
    }
    for (int32_t j = 0; j < ops; j++) {
      MapValueOp op{word(), word(), word(), word()};
      const int arity = arityOf(op.code);
      if (arity == 0) return fail("The operation before word %zu is unknown.", position_);
      if (arity < 2) op.b = -1;
      if (arity < 3) op.c = -1;
      for (int32_t value : {op.a, arity < 2 ? 0 : op.b, arity < 3 ? 0 : op.c}) {
        if (value < 0 || value >= inputs + j) return fail("The operation before word %zu reads a value not yet made.", position_);
      }
      map.ops.push_back(op);
    }
    for (int32_t o = 0; o < outputs; o++) {
      const int32_t value = word();
      map.outputs.push_back({value, operand()});
      if (value < 0 || value >= inputs + ops) return fail("The output before word %zu is no value of the map.", position_);
      if (!verifier_.writes(map.outputs.back().to, map.d)) return false;
    }
    region.instructions.push_back({OP_MAP, program_.maps.size()});
    program_.maps.push_back(std::move(map));
    return true;
  }

  static int arityOf(int32_t code) {
    switch (code) {
#define X(name, number, arity) \
  case number: return arity;
      FORESIGHT_MAP_OPS(X)
#undef X
      default: return 0;
    }
  }

  bool decodeReduce(Region& region) {
    if (!need(5 + 2 * OPERAND_WORDS)) return false;
    Reduce r;
    r.kind = word();
    if (r.kind < 0 || r.kind >= REDUCE_COUNT) return fail("The reduction before word %zu is unknown.", position_);
    if (!extents(r.d)) return false;
    r.in = operand();
    r.out = operand();
    const int64_t kept[4] = {r.d[0], r.d[1], 1, 1};
    if (!verifier_.reads(r.in, r.d) || !verifier_.writes(r.out, kept)) return false;
    region.instructions.push_back({OP_REDUCE, program_.reduces.size()});
    program_.reduces.push_back(r);
    return true;
  }

  bool decodeGather(Region& region) {
    if (!need(4 + 3 * OPERAND_WORDS)) return false;
    Gather g;
    if (!extents(g.d)) return false;
    g.index = operand();
    g.data = operand();
    g.out = operand();
    const int64_t places[4] = {g.d[0], g.d[1], g.d[2], 1};
    if (!verifier_.reads(g.index, places) || !verifier_.reads(g.data, g.d) || !verifier_.writes(g.out, places)) return false;
    region.instructions.push_back({OP_GATHER, program_.gathers.size()});
    program_.gathers.push_back(g);
    return true;
  }

  bool decodeScatter(Region& region) {
    if (!need(5 + 3 * OPERAND_WORDS)) return false;
    Scatter s;
    s.mode = word();
    if (s.mode != SCATTER_SET && s.mode != SCATTER_ADD) return fail("The scatter before word %zu has an unknown mode.", position_);
    if (!extents(s.d)) return false;
    s.index = operand();
    s.data = operand();
    s.out = operand();
    const int64_t places[4] = {s.d[0], s.d[1], s.d[2], 1};
    if (!verifier_.reads(s.index, places) || !verifier_.reads(s.data, places) || !verifier_.scatters(s.out, s.d)) return false;
    region.instructions.push_back({OP_SCATTER, program_.scatters.size()});
    program_.scatters.push_back(s);
    return true;
  }

  bool decodeScan(Region& region) {
    if (!need(6 + 2 * OPERAND_WORDS)) return false;
    Scan s;
    s.kind = word();
    s.flags = word();
    if ((s.kind != SCAN_SUM && s.kind != SCAN_PRODUCT) || (s.flags & ~(SCAN_EXCLUSIVE | SCAN_REVERSE)) != 0) {
      return fail("The scan before word %zu is unknown.", position_);
    }
    if (!extents(s.d)) return false;
    s.in = operand();
    s.out = operand();
    if (!verifier_.reads(s.in, s.d) || !verifier_.writes(s.out, s.d)) return false;
    region.instructions.push_back({OP_SCAN, program_.scans.size()});
    program_.scans.push_back(s);
    return true;
  }

  bool decodeTopK(Region& region) {
    if (!need(6 + 3 * OPERAND_WORDS)) return false;
    TopK t;
    t.k = word();
    t.largest = word() != 0;
    if (!extents(t.d)) return false;
    t.in = operand();
    t.values = operand();
    t.indices = operand();
    if (t.k < 1 || t.k > t.d[3]) return fail("The selection before word %zu wants more than there are.", position_);
    const int64_t chosen[4] = {t.d[0], t.d[1], t.d[2], t.k};
    if (!verifier_.reads(t.in, t.d)) return false;
    if (t.values.present() && !verifier_.writes(t.values, chosen)) return false;
    if (t.indices.present() && !verifier_.writes(t.indices, chosen)) return false;
    program_.orderWords = std::max(program_.orderWords, static_cast<size_t>(t.d[3]));
    region.instructions.push_back({OP_TOPK, program_.topks.size()});
    program_.topks.push_back(t);
    return true;
  }

  const int32_t* code_;
  size_t end_;
  Program& program_;
  Verifier verifier_;
  size_t position_ = 0, limit_ = 0;
};

bool noMemory(std::string& error, int64_t words) {
  error = "This machine has no " + std::to_string(words / 262144 + 1) + " MB for the program. Close other programs, or make it smaller.";
  return false;
}

/** May B be read as it lies, whole groups of columns at a time? */
bool readableInPlace(const Program& program, const Matmul& m) {
  if (m.b.s[1] != 1 || m.b.s[0] == 0) return false;
  if (m.n % static_cast<int64_t>(GROUP) == 0 || m.b.space == SPACE_CONSTANT || m.b.space == SPACE_ARENA) return true;
  const auto& wide = m.b.space == SPACE_INPUT ? program.wideInputs : program.wideOutputs;
  return wide[static_cast<size_t>(m.b.index)] != nullptr;  // an array of JavaScript's ends where it ends
}

/** Packed factors, padded biases, plans of maps and the scratch for the largest of them. */
bool prepare(Program& program, std::string& error) {
  const Kernels& kernels = *program.kernels;
  size_t scratch = GROUP;
  for (const Region& region : program.regions) {
    for (const Instruction& instruction : region.instructions) {
      if (instruction.opcode == OP_MAP) {
        Map& map = program.maps[instruction.at];
        map.full = planMap(map, static_cast<size_t>(region.tile), kernels);
        if (region.restRows() != 0) map.rest = planMap(map, static_cast<size_t>(region.restRows()), kernels);
        scratch = std::max({scratch, map.full.scratchFloats, map.rest.scratchFloats});
      }
      if (instruction.opcode != OP_MATMUL) continue;
      Matmul& m = *program.matmuls[instruction.at];
      const size_t k = static_cast<size_t>(m.k), n = static_cast<size_t>(m.n);
      m.packedWords = kernels.packedWords(k, n);
      m.constant = m.b.space == SPACE_CONSTANT;
      m.inPlace = !m.constant && readableInPlace(program, m);
      const int64_t copies = m.constant && m.b.batch != 0 ? region.batches() : 1;
      if (copies * static_cast<int64_t>(m.packedWords) > MOST_PACKED) return noMemory(error, MOST_PACKED);
      const size_t words = m.inPlace ? 0 : static_cast<size_t>(copies) * m.packedWords;
      if (!m.packed.allocate(words) || !m.padded.allocate(n + 4 * GROUP)) return noMemory(error, static_cast<int64_t>(words));
      if (!m.constant) continue;
      for (int64_t batch = 0; batch < copies; batch++) {
        kernels.pack(m.packed.data() + static_cast<size_t>(batch) * m.packedWords,
                     program.constants.data() + m.b.offset + batch * m.b.batch, m.b.s[0], m.b.s[1], k, n);
      }
      m.shared.take(m.packed);
    }
  }
  return (program.scratch.allocate(scratch) && program.order.allocate(program.orderWords)) ||
         noMemory(error, static_cast<int64_t>(scratch + program.orderWords));
}

bool spaces(const Description& description, Program& program, std::string& error) {
  if (description.arenaWords < 0 || description.arenaWords > MOST_WORDS || description.localWords < 0 ||
      description.localWords > MOST_WORDS) {
    error = "The program's own memory has an impossible size.";
    return false;
  }
  const std::pair<Buffer*, int64_t> own[] = {{&program.constants, static_cast<int64_t>(description.constantWords)},
                                             {&program.arena, description.arenaWords},
                                             {&program.local, description.localWords}};
  for (auto [buffer, words] : own) {
    if (!buffer->allocate(static_cast<size_t>(words) + READ_PADDING)) return noMemory(error, words);
  }
  if (description.constantWords > 0) {  // an empty array of JavaScript's lies nowhere
    std::memcpy(program.constants.data(), description.constants, description.constantWords * sizeof(float));
  }
  program.inputs = description.inputs;
  program.outputs = description.outputs;
  const std::pair<const std::vector<Extent>*, std::vector<std::unique_ptr<Buffer>>*> bound[] = {
      {&program.inputs, &program.wideInputs}, {&program.outputs, &program.wideOutputs}};
  for (auto [extents, wide] : bound) {
    for (const Extent& extent : *extents) {
      wide->push_back(nullptr);
      if (extent.kind != KIND_BYTES) continue;
      wide->back() = std::make_unique<Buffer>();
      if (!wide->back()->allocate(static_cast<size_t>(extent.words) + READ_PADDING)) return noMemory(error, extent.words);
    }
  }
  return true;
}

}  // namespace

std::unique_ptr<Program> createProgram(const Description& description, std::string& error) {
  auto program = std::make_unique<Program>();
  program->kernels = description.kernels;
  if (!Decoder(description, *program, error).decode()) return nullptr;
  if (!spaces(description, *program, error) || !prepare(*program, error)) return nullptr;
  return program;
}

}  // namespace foresight
