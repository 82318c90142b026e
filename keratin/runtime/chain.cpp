// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/chain.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "keratin/compiler/tiles.h"
#include "keratin/graph/ops/elementwise.h"
#include "keratin/graph/ops/fused.h"
#include "keratin/runtime/chain_ops.h"
#include "keratin/runtime/chain_pairs.h"
#include "keratin/runtime/chain_product.h"
#include "keratin/runtime/chain_slots.h"

namespace keratin::runtime {

namespace {

using compiler::Extent;
using compiler::is_row_reduction;
using compiler::TileSpace;
using simd::Micro;

constexpr int64_t tile_elements = 512;
constexpr int64_t alignment = 64;

class Program {
 public:
  Program(const Graph& body, const KernelCall& call) {
    choose_space(body);
    map_.resize(body.values().size(), -1);
    add_outputs(body, call);
    if (compiler::begins_with_product(body)) add_product(body, call);
    add_inputs(body, call);
    for (size_t i = product_ ? 1 : 0; i < body.nodes().size(); ++i) add_node(body, body.nodes()[i]);
    for (const auto& [from, to] : bool_outputs_) add(Micro::mask_to_byte, to, from);
    join_pairs(instructions_, slots_);
    find_overwritten(call);
    for (Slot& slot : slots_) slot.buffer_bytes = buffer_bytes(slot);
    memory_ = place_buffers(slots_, instructions_);
    fill_constants(body);
  }

  void run(const KernelCall& call) {
    for (Slot& slot : slots_) {
      if (slot.extent == Extent::row || slot.extent == Extent::one) fill_spread(slot, call);
    }
    const int64_t each = leading_ == 0 ? 0 : rows_ / leading_;  // rows of a part of the first axis
    const int64_t first = call.first_row * each;
    const int64_t last = call.last_row < 0 ? rows_ : call.last_row * each;
    if (!product_) return run_tiles(call, first, last);
    for (block_ = first; block_ < last; block_ += product_->block_rows() * each) {
      const int64_t end = std::min(last, block_ + product_->block_rows() * each);
      product_->run(call, block_ / each, end / each, wanted(call, block_, end));
      run_tiles(call, block_, end);
    }
  }

  Split split(const KernelCall& call) const {
    Split split{
        .parts = leading_, .own = std::vector<bool>(call.inputs.size(), false), .work = 0.0};
    for (const Slot& slot : slots_) {
      if (slot.kind != Slot::Kind::input) continue;
      split.own[slot.index] = slot.extent == Extent::full || slot.extent == Extent::column;
    }
    if (product_) {
      split.work = product_->work();
      for (size_t i = 0; i < call.inputs.size(); ++i) {
        if (product_->reads(i)) split.own[i] = product_->reads_own_rows(i);
      }
    }
    for (const Instruction& it : instructions_) {
      split.work += static_cast<double>(count_of(it.extent, rows_));
    }
    return split;
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
    rows_ = in_rows ? space.rows() : space.shape.element_count();
    columns_ = in_rows ? space.columns() : 1;
    const bool is_cut = space.shape.rank() > (in_rows ? 1 : 0) && rows_ > 1;
    leading_ = is_cut ? space.shape[0] : 0;
    tile_rows_ = std::max<int64_t>(1, tile_elements / columns_);
    if (tile_rows_ > lanes_) tile_rows_ -= tile_rows_ % lanes_;
    tile_rows_ = std::min(tile_rows_, rows_);
  }

  int64_t count_of(Extent extent, int64_t rows) const {
    switch (extent) {
      case Extent::full:
        return rows * columns_;
      case Extent::column:
        return rows;
      case Extent::row:
        return columns_;
      default:
        return 1;
    }
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
      if (call.outputs[i].dtype == DType::bool_) {
        map_[static_cast<size_t>(id)] = scratch(extent(id));
        bool_outputs_.emplace_back(at(id), slot);
      } else {
        map_[static_cast<size_t>(id)] = slot;
      }
    }
  }

  void add_product(const Graph& body, const KernelCall& call) {
    const Node& node = body.nodes()[0];
    const ValueId result = node.outputs[0];
    int streams = 0;
    const std::vector<ValueId> inputs = body.inputs();
    for (size_t i = 2; i < inputs.size(); ++i) streams += extent(inputs[i]) == Extent::full ? 1 : 0;
    product_.emplace(node.attrs.as<ops::MatmulAttrs>(), call, 0, 1, body.value(result).spec.shape,
                     streams);
    map_[static_cast<size_t>(result)] = add_slot({.kind = Slot::Kind::product});
  }

  void add_inputs(const Graph& body, const KernelCall& call) {
    const std::vector<ValueId> inputs = body.inputs();
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (product_ && product_->reads(i)) continue;
      const ValueId id = inputs[i];
      Slot slot{.kind = Slot::Kind::input,
                .extent = extent(id),
                .element_size = static_cast<int64_t>(size_of(call.inputs[i].dtype)),
                .index = i};
      map_[static_cast<size_t>(id)] = add_slot(slot);
      if (call.inputs[i].dtype == DType::bool_) {
        const int mask = scratch(extent(id) == Extent::row ? Extent::full : extent(id));
        add(Micro::byte_to_mask, mask, at(id));
        map_[static_cast<size_t>(id)] = mask;
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
    const int64_t bytes = count_of(extent, tile_rows_) * slot.element_size;
    return (bytes + alignment - 1) / alignment * alignment + alignment;
  }

  void fill_constants(const Graph& body) {
    for (size_t i = 0; i < body.values().size(); ++i) {
      if (body.values()[i].kind != ValueKind::constant) continue;
      const Array& value = body.values()[i].constant;
      char* to = slots_[static_cast<size_t>(map_[i])].buffer;
      if (value.dtype() == DType::bool_) {
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
      const auto reads = [&](int slot) { return slot == static_cast<int>(in); };
      if (is_written && (reads(it.a) || reads(it.b) || reads(it.c))) return true;
      is_written = is_written || it.to == static_cast<int>(out);
    }
    return slots_[in].element_size != slots_[out].element_size;
  }

  // Returns what the tiles of these rows read of memory.
  simd::Wanted wanted(const KernelCall& call, int64_t first, int64_t last) {
    simd::Wanted result;
    if (!product_->fetches()) return result;
    for (const Slot& slot : slots_) {
      if (slot.kind != Slot::Kind::input || slot.extent != Extent::full) continue;
      if (result.count == simd::Wanted::most) break;
      result.begin[result.count] = place_of(slot, call, first);
      result.bytes[result.count] = count_of(slot.extent, last - first) * slot.element_size;
      ++result.count;
    }
    return result;
  }

  // Returns where a slot's part of the tile at `row` begins.
  char* place_of(const Slot& slot, const KernelCall& call, int64_t row) {
    if (slot.kind == Slot::Kind::product) {
      return reinterpret_cast<char*>(product_->result() + count_of(slot.extent, row - block_));
    }
    const bool is_input = slot.kind == Slot::Kind::input;
    const Operand& operand = is_input ? call.inputs[slot.index] : call.outputs[slot.index];
    const int64_t before = slot.extent == Extent::one ? 0 : count_of(slot.extent, row);
    return static_cast<char*>(operand.data) + before * slot.element_size;
  }

  // Inputs along the columns are laid out for all rows of a tile, single values behind each other's
  // padding; neither changes from tile to tile.
  void fill_spread(Slot& slot, const KernelCall& call) const {
    if (slot.kind != Slot::Kind::input) return;
    const auto* from = static_cast<const char*>(call.inputs[slot.index].data);
    const auto bytes = static_cast<size_t>(count_of(slot.extent, 1) * slot.element_size);
    const int64_t times = slot.extent == Extent::row ? tile_rows_ : 1;
    for (int64_t i = 0; i < times; ++i) {
      std::memcpy(slot.buffer + static_cast<size_t>(i) * bytes, from, bytes);
    }
  }

  // Vectors may be used on a place of memory when they end where it ends; bytes go one by one.
  bool needs_buffer(const Slot& slot, int64_t count) const {
    return slot.buffered || (slot.element_size == 4 && count % lanes_ != 0);
  }

  void enter_tile(const KernelCall& call, int64_t row, int64_t rows) {
    for (Slot& slot : slots_) {
      if (slot.kind == Slot::Kind::scratch) continue;
      if (slot.extent != Extent::full && slot.extent != Extent::column) continue;
      char* place = place_of(slot, call, row);
      const int64_t count = count_of(slot.extent, rows);
      const bool buffers = needs_buffer(slot, count);
      slot.current = buffers ? slot.buffer : place;
      if (buffers && slot.kind != Slot::Kind::output) {
        std::memcpy(slot.buffer, place, static_cast<size_t>(count * slot.element_size));
      }
    }
  }

  void leave_tile(const KernelCall& call, int64_t row, int64_t rows) {
    for (const Slot& slot : slots_) {
      if (slot.kind != Slot::Kind::output || slot.current != slot.buffer) continue;
      char* place = place_of(slot, call, row);
      const int64_t count = slot.extent == Extent::one ? 1 : count_of(slot.extent, rows);
      std::memcpy(place, slot.buffer, static_cast<size_t>(count * slot.element_size));
    }
  }

  void run_tiles(const KernelCall& call, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; row += tile_rows_) {
      run_tile(call, row, std::min(tile_rows_, last - row));
    }
  }

  void run_tile(const KernelCall& call, int64_t row, int64_t rows) {
    enter_tile(call, row, rows);
    const auto address = [&](int slot) -> char* {
      return slot < 0 ? nullptr : slots_[static_cast<size_t>(slot)].current;
    };
    for (const Instruction& it : instructions_) {
      it.run({address(it.to), address(it.a), address(it.b), address(it.c),
              count_of(it.extent, rows), rows, columns_});
    }
    leave_tile(call, row, rows);
  }

  const int64_t lanes_ = simd::level().lanes;
  int64_t rows_ = 1, columns_ = 1, tile_rows_ = 1;
  int64_t leading_ = 0;  // size of the first axis, by which the work is shared; 0 where it is not
  std::optional<ChainProduct> product_;
  int64_t block_ = 0;            // where the rows that the product has computed begin
  std::vector<Extent> extents_;  // of the body's values
  std::vector<int> map_;         // from values to slots
  std::vector<Slot> slots_;
  std::vector<Instruction> instructions_;
  std::unordered_map<ValueId, int> spread_;
  std::vector<std::pair<int, int>> bool_outputs_;  // from masks to bytes
  std::unique_ptr<Buffer> memory_;
};

void run_chain(const KernelCall& call) { static_cast<Program*>(call.state.get())->run(call); }

}  // namespace

Kernel prepare_chain(KernelCall& call) {
  call.state = std::make_shared<Program>(*call.attrs.as<ops::FusedAttrs>().body.graph, call);
  return run_chain;
}

Split chain_split(const KernelCall& call) {
  return static_cast<const Program*>(call.state.get())->split(call);
}

}  // namespace keratin::runtime
