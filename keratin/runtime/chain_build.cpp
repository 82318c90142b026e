// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "keratin/graph/ops/elementwise.h"
#include "keratin/graph/ops/fused.h"
#include "keratin/runtime/chain_ops.h"
#include "keratin/runtime/chain_pairs.h"
#include "keratin/runtime/chain_program.h"

namespace keratin::runtime {

namespace {

using compiler::Extent;
using compiler::is_row_reduction;
using compiler::TileSpace;
using simd::Micro;

constexpr int64_t tile_elements = 512;
constexpr int64_t alignment = 64;

// Is a result that has another form in memory.
struct Written {
  Micro micro;
  int from, to;
};

class Builder {
 public:
  explicit Builder(ChainProgram& program)
      : program_(program), slots_(program.slots), instructions_(program.instructions) {}

  void build(const Graph& body, const KernelCall& call) {
    choose_space(body);
    map_.resize(body.values().size(), -1);
    add_outputs(body, call);
    if (compiler::begins_with_product(body)) add_product(body, call);
    add_inputs(body, call);
    for (size_t i = program_.product ? 1 : 0; i < body.nodes().size(); ++i)
      add_node(body, body.nodes()[i]);
    for (const Written& it : written_) add(it.micro, it.to, it.from);
    join_pairs(instructions_, slots_);
    join_groups(instructions_, slots_);
    find_overwritten(call);
    for (Slot& slot : slots_) slot.buffer_bytes = buffer_bytes(slot);
    program_.memory = place_buffers(slots_, instructions_);
    fill_constants(body);
  }

 private:
  // The space is that of the largest value; where nothing depends on rows, each element is a row.
  void choose_space(const Graph& body) {
    const TileSpace space = compiler::space_of(body);
    extents_.assign(body.values().size(), Extent::one);
    bool in_rows = false;
    const auto note = [&](ValueId id, Extent extent) {
      extents_[static_cast<size_t>(id)] = extent;
      in_rows = in_rows || extent == Extent::column || extent == Extent::row;
    };
    for (const Node& node : body.nodes()) {
      in_rows = in_rows || is_row_reduction(*node.op);
      note(node.outputs[0], space.of_result(body.value(node.outputs[0]).spec.shape));
      if (node.op == &ops::batch_matmul_op) continue;
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        note(node.inputs[i], space.of_operand(body, node, i));
      }
    }
    program_.rows = in_rows ? space.rows() : space.shape.element_count();
    program_.columns = in_rows ? space.columns() : 1;
    const bool is_cut = space.shape.rank() > (in_rows ? 1 : 0) && program_.rows > 1;
    program_.leading = is_cut ? space.shape[0] : 0;
    int64_t rows = std::max<int64_t>(1, tile_elements / program_.columns);
    if (rows > program_.lanes) rows -= rows % program_.lanes;
    program_.tile_rows = std::min(rows, program_.rows);
  }

  int add_slot(Slot slot) {
    slots_.push_back(slot);
    return static_cast<int>(slots_.size()) - 1;
  }

  int scratch(Extent extent) { return add_slot({.extent = extent}); }

  int at(ValueId id) const { return map_[static_cast<size_t>(id)]; }
  Extent extent(ValueId id) const { return extents_[static_cast<size_t>(id)]; }

  void add_outputs(const Graph& body, const KernelCall& call) {
    for (size_t i = 0; i < body.outputs.size(); ++i) {
      const ValueId id = body.outputs[i];
      const auto size = static_cast<int64_t>(size_of(call.outputs[i].dtype));
      const int slot = add_slot(
          {.kind = Slot::Kind::output, .extent = extent(id), .element_size = size, .index = i});
      const DType dtype = call.outputs[i].dtype;
      const Micro micro = dtype == DType::bool_ ? Micro::mask_to_byte : half_of(dtype).write;
      map_[static_cast<size_t>(id)] = micro == Micro::count ? slot : scratch(extent(id));
      if (micro != Micro::count) written_.push_back({micro, at(id), slot});
    }
  }

  void add_product(const Graph& body, const KernelCall& call) {
    const Node& node = body.nodes()[0];
    const ValueId result = node.outputs[0];
    int streams = 0;
    const std::vector<ValueId> inputs = body.inputs();
    for (size_t i = 2; i < inputs.size(); ++i) streams += extent(inputs[i]) == Extent::full ? 1 : 0;
    program_.product.emplace(node.attrs.as<ops::MatmulAttrs>(), call, 0, 1,
                             body.value(result).spec.shape, streams);
    map_[static_cast<size_t>(result)] = add_slot({.kind = Slot::Kind::product});
  }

  void add_inputs(const Graph& body, const KernelCall& call) {
    const std::vector<ValueId> inputs = body.inputs();
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (program_.product && program_.product->reads(i)) continue;
      const ValueId id = inputs[i];
      Slot slot{.kind = Slot::Kind::input,
                .extent = extent(id),
                .element_size = static_cast<int64_t>(size_of(call.inputs[i].dtype)),
                .index = i};
      map_[static_cast<size_t>(id)] = add_slot(slot);
      const DType dtype = call.inputs[i].dtype;
      const Micro micro = dtype == DType::bool_ ? Micro::byte_to_mask : half_of(dtype).read;
      if (micro != Micro::count) {
        const int wide = scratch(extent(id) == Extent::row ? Extent::full : extent(id));
        add(micro, wide, at(id));
        map_[static_cast<size_t>(id)] = wide;
      }
    }
    for (size_t i = 0; i < body.values().size(); ++i) {
      if (body.values()[i].kind != ValueKind::constant) continue;
      map_[i] = scratch(Extent::one);
    }
  }

  void add(Micro micro, int to, int a, int b = -1, int c = -1, int single = simd::single_none) {
    const simd::MicroKernel kernel = simd::level().micro[static_cast<int>(micro)][single];
    instructions_.push_back(
        {kernel, micro, single, slots_[static_cast<size_t>(to)].extent, to, a, b, c});
  }

  // Returns a value in all columns of the tile's rows.
  int spread(ValueId id) {
    if (extent(id) != Extent::column) return at(id);
    const auto [found, is_new] = spread_.try_emplace(id, -1);
    if (is_new) {
      found->second = scratch(Extent::full);
      add(Micro::repeat, found->second, at(id));
    }
    return found->second;
  }

  void add_node(const Graph& body, const Node& node) {
    const ValueId out = node.outputs[0];
    if (at(out) < 0) map_[static_cast<size_t>(out)] = scratch(extent(out));
    compute(body, node);
    const Micro round = half_of(body.value(out).spec.dtype).round;
    if (round != Micro::count && !keeps_half(*node.op)) add(round, at(out), at(out));
  }

  void compute(const Graph& body, const Node& node) {
    const ValueId out = node.outputs[0];
    Micro micro = micro_of(*node.op);
    if (node.op == &ops::cast_op) {
      micro = cast_of(body.value(node.inputs[0]).spec.dtype, body.value(out).spec.dtype);
    }
    if (is_row_reduction(*node.op) || micro == Micro::one_hot) {
      add(micro, at(out), at(node.inputs[0]));
      return;
    }
    const bool is_full = extent(out) == Extent::full;
    std::array<int, 3> operands{-1, -1, -1};
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      operands[i] = is_full ? spread(node.inputs[i]) : at(node.inputs[i]);
    }
    if (micro == Micro::repeat) {
      copy(at(out), node.inputs[0], operands[0]);
      return;
    }
    const size_t first = micro == Micro::where ? 1 : 0;
    int single = 0;
    for (size_t i = first; i < std::min(node.inputs.size(), first + 2); ++i) {
      const bool is_one = extent(node.inputs[i]) == Extent::one && extent(out) != Extent::one;
      if (is_one) single |= 1 << (i - first);
    }
    if (node.inputs.size() - first == 1 && single != 0) {
      // One operand, one value for all: it is written out first.
      const int wide = scratch(extent(out));
      copy(wide, node.inputs[0], operands[0]);
      operands[0] = wide;
      single = 0;
    }
    add(micro, at(out), operands[0], operands[1], operands[2], single);
  }

  // x or x says the same for floats and for masks, with an operand that is one value too.
  void copy(int to, ValueId from, int slot) {
    const bool is_one =
        extent(from) == Extent::one && slots_[static_cast<size_t>(to)].extent != Extent::one;
    add(Micro::logical_or, to, slot, slot, -1, is_one ? simd::single_both : simd::single_none);
  }

  int64_t buffer_bytes(const Slot& slot) const {
    // What lies along the columns is repeated for each row of a tile.
    const Extent extent = slot.extent == Extent::row ? Extent::full : slot.extent;
    const int64_t bytes = program_.count_of(extent, program_.tile_rows) * slot.element_size;
    return (bytes + alignment - 1) / alignment * alignment + alignment;
  }

  void fill_constants(const Graph& body) {
    for (size_t i = 0; i < body.values().size(); ++i) {
      if (body.values()[i].kind != ValueKind::constant) continue;
      const Array& value = body.values()[i].constant;
      char* to = slots_[static_cast<size_t>(map_[i])].buffer;
      if (is_chain_float(value.dtype())) {
        const auto number = static_cast<float>(value.item<double>());
        std::memcpy(to, &number, sizeof number);
      } else if (value.dtype() == DType::bool_) {
        const int32_t mask = value.item<double>() != 0.0 ? -1 : 0;
        std::memcpy(to, &mask, sizeof mask);
      } else {
        std::memcpy(to, value.contiguous().raw(), value.bytes());
      }
    }
  }

  // Inputs that are written over go through a buffer where an instruction reads them later.
  void find_overwritten(const KernelCall& call) {
    for (size_t in = 0; in < slots_.size(); ++in) {
      if (slots_[in].kind != Slot::Kind::input) continue;
      for (size_t out = 0; out < slots_.size(); ++out) {
        if (slots_[out].kind != Slot::Kind::output) continue;
        if (call.inputs[slots_[in].index].data != call.outputs[slots_[out].index].data) continue;
        slots_[in].buffered = slots_[in].buffered || is_read_late(in, out);
      }
    }
  }

  bool is_read_late(size_t in, size_t out) const {
    if (slots_[in].extent != Extent::full || slots_[out].extent != Extent::full) return true;
    bool is_written = false;
    for (const Instruction& it : instructions_) {
      const std::array<int, 5> operands = it.operands();
      const bool reads =
          std::find(operands.begin(), operands.end(), static_cast<int>(in)) != operands.end();
      if (is_written && reads) return true;
      is_written = is_written || it.to == static_cast<int>(out);
    }
    return slots_[in].element_size != slots_[out].element_size;
  }

  ChainProgram& program_;
  std::vector<Slot>& slots_;
  std::vector<Instruction>& instructions_;
  std::vector<Extent> extents_;  // of the body's values
  std::vector<int> map_;         // from values to slots
  std::unordered_map<ValueId, int> spread_;
  std::vector<Written> written_;
};

}  // namespace

ChainProgram build_chain(const Graph& body, const KernelCall& call) {
  ChainProgram program;
  Builder(program).build(body, call);
  return program;
}

}  // namespace keratin::runtime
