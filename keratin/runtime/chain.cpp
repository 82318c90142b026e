// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/chain.h"

#include <algorithm>
#include <cstring>

#include "keratin/graph/ops/fused.h"
#include "keratin/runtime/chain_program.h"

namespace keratin::runtime {

namespace {

using compiler::Extent;

// Runs a program on one thread.
class Chain {
 public:
  explicit Chain(ChainProgram program) : program_(std::move(program)) {}

  void run(const KernelCall& call) {
    for (Slot& slot : program_.slots) {
      if (slot.extent == Extent::row || slot.extent == Extent::one) fill_spread(slot, call);
    }
    const int64_t each =
        program_.leading == 0
            ? 0
            : program_.rows / program_.leading;  // rows of a part of the first axis
    const int64_t first = call.first_row * each;
    const int64_t last = call.last_row < 0 ? program_.rows : call.last_row * each;
    if (!program_.product) return run_tiles(call, first, last);
    for (block_ = first; block_ < last; block_ += program_.product->block_rows() * each) {
      const int64_t end = std::min(last, block_ + program_.product->block_rows() * each);
      program_.product->run(call, block_ / each, end / each, wanted(call, block_, end));
      run_tiles(call, block_, end);
    }
  }

  Split split(const KernelCall& call) const {
    const int64_t parts = call.last_row < 0 ? program_.leading : call.last_row;
    Split split{.parts = parts, .own = std::vector<bool>(call.inputs.size(), false), .work = 0.0};
    for (const Slot& slot : program_.slots) {
      if (slot.kind != Slot::Kind::input) continue;
      split.own[slot.index] = slot.extent == Extent::full || slot.extent == Extent::column;
    }
    if (program_.product) {
      split.work = program_.product->work();
      for (size_t i = 0; i < call.inputs.size(); ++i) {
        if (program_.product->reads(i)) split.own[i] = program_.product->reads_own_rows(i);
      }
    }
    for (const Instruction& it : program_.instructions) {
      split.work += static_cast<double>(program_.count_of(it.extent, program_.rows));
    }
    if (parts > 0) split.work *= static_cast<double>(parts) / static_cast<double>(program_.leading);
    return split;
  }

 private:
  // Returns what the tiles of these rows read of memory.
  simd::Wanted wanted(const KernelCall& call, int64_t first, int64_t last) {
    simd::Wanted result;
    if (!program_.product->fetches()) return result;
    for (const Slot& slot : program_.slots) {
      if (slot.kind != Slot::Kind::input || slot.extent != Extent::full) continue;
      if (result.count == simd::Wanted::most) break;
      result.begin[result.count] = place_of(slot, call, first);
      result.bytes[result.count] = program_.count_of(slot.extent, last - first) * slot.element_size;
      ++result.count;
    }
    return result;
  }

  // Returns where a slot's part of the tile at `row` begins.
  char* place_of(const Slot& slot, const KernelCall& call, int64_t row) {
    if (slot.kind == Slot::Kind::product) {
      return reinterpret_cast<char*>(program_.product->result() +
                                     program_.count_of(slot.extent, row - block_));
    }
    const bool is_input = slot.kind == Slot::Kind::input;
    const Operand& operand = is_input ? call.inputs[slot.index] : call.outputs[slot.index];
    const int64_t before = slot.extent == Extent::one ? 0 : program_.count_of(slot.extent, row);
    return static_cast<char*>(operand.data) + before * slot.element_size;
  }

  // Inputs along the columns are laid out for all rows of a tile, single values behind each other's
  // padding; neither changes from tile to tile.
  void fill_spread(Slot& slot, const KernelCall& call) const {
    if (slot.kind != Slot::Kind::input) return;
    const auto* from = static_cast<const char*>(call.inputs[slot.index].data);
    const auto bytes = static_cast<size_t>(program_.count_of(slot.extent, 1) * slot.element_size);
    const int64_t times = slot.extent == Extent::row ? program_.tile_rows : 1;
    for (int64_t i = 0; i < times; ++i) {
      std::memcpy(slot.buffer + static_cast<size_t>(i) * bytes, from, bytes);
    }
  }

  // Vectors may be used on a place of memory when they end where it ends; bytes go one by one. The
  // number of lanes is a power of two.
  bool needs_buffer(const Slot& slot, int64_t count) const {
    return slot.buffered || (slot.element_size == 4 && (count & (program_.lanes - 1)) != 0);
  }

  void enter_tile(const KernelCall& call, int64_t row, int64_t rows) {
    for (Slot& slot : program_.slots) {
      if (slot.kind == Slot::Kind::scratch) continue;
      if (slot.extent != Extent::full && slot.extent != Extent::column) continue;
      char* place = place_of(slot, call, row);
      const int64_t count = program_.count_of(slot.extent, rows);
      const bool buffers = needs_buffer(slot, count);
      slot.current = buffers ? slot.buffer : place;
      if (buffers && slot.kind != Slot::Kind::output) {
        std::memcpy(slot.buffer, place, static_cast<size_t>(count * slot.element_size));
      }
    }
  }

  void leave_tile(const KernelCall& call, int64_t row, int64_t rows) {
    for (const Slot& slot : program_.slots) {
      if (slot.kind != Slot::Kind::output || slot.current != slot.buffer) continue;
      char* place = place_of(slot, call, row);
      const int64_t count = slot.extent == Extent::one ? 1 : program_.count_of(slot.extent, rows);
      std::memcpy(place, slot.buffer, static_cast<size_t>(count * slot.element_size));
    }
  }

  void run_tiles(const KernelCall& call, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; row += program_.tile_rows) {
      run_tile(call, row, std::min(program_.tile_rows, last - row));
    }
  }

  void run_tile(const KernelCall& call, int64_t row, int64_t rows) {
    enter_tile(call, row, rows);
    const auto address = [&](int slot) -> char* {
      return slot < 0 ? nullptr : program_.slots[static_cast<size_t>(slot)].current;
    };
    for (const Instruction& it : program_.instructions) {
      it.run({address(it.to), address(it.a), address(it.b), address(it.c),
              program_.count_of(it.extent, rows), rows, program_.columns, address(it.d),
              address(it.e)});
    }
    leave_tile(call, row, rows);
  }

  ChainProgram program_;
  int64_t block_ = 0;  // where the rows that the product has computed begin
};

void run_chain(const KernelCall& call) { static_cast<Chain*>(call.state.get())->run(call); }

}  // namespace

Kernel prepare_chain(KernelCall& call) {
  const Graph& body = *call.attrs.as<ops::FusedAttrs>().body.graph;
  call.state = std::make_shared<Chain>(build_chain(body, call));
  return run_chain;
}

Split chain_split(const KernelCall& call) {
  return static_cast<const Chain*>(call.state.get())->split(call);
}

}  // namespace keratin::runtime
